"""/privacy: what is kept now, with Export, Delete, and the rules behind Details."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from cards.components import WARNING, Component, button, container, custom_id, file, link, row, separator, text
from texts import Language, Markup

FILE = "thingamabot.json"
_NAME = re.compile(r"^[^:：]+?(?=\s*(?:[:：]|$))")  # what is kept, before the colon and its details
_BOLD = r"**\g<0>**"


def card(language: Language, entries: Mapping[str, int], *, policy_url: str | None) -> list[Component]:
    """`entries` are how many the person has, by table."""
    something = any(entries.values())
    lines = [language.say("## What I keep about you")]
    if something:
        lines.append(language.say("**Account:** {what}", what=_account(language, entries)))
        lines.append(language.say("**Likes and activity:** {what}", what=_likes(language, entries)))
        lines.append(language.say("**Everything else:** {what}", what=_rest(language, entries)))
    else:
        lines.append(language.say("Right now, that's nothing."))
    buttons = [button(language.say("Export my data"), custom_id("export"))]
    if something:
        buttons.append(button(language.say("Delete everything"), custom_id("erase"), "danger"))
    buttons.append(button(language.say("Details"), custom_id("rules")))
    return [container(text("\n".join(lines)), row(*buttons, *_policy(language, policy_url)))]


def _account(language: Language, entries: Mapping[str, int]) -> Markup:
    if entries.get("links"):
        return Markup(language.say("linked"))
    return Markup(language.say("being linked") if entries.get("attempts") else language.say("not linked"))


def _likes(language: Language, entries: Mapping[str, int]) -> Markup:
    likes, actions = entries.get("likes", 0), entries.get("deeds", 0)
    return _listed(
        language,
        language.count("{n} like", "{n} likes", likes) if likes else "",
        language.count("{n} recent action", "{n} recent actions", actions) if actions else "",
    )


def _rest(language: Language, entries: Mapping[str, int]) -> Markup:
    shares, previews, feeds = (entries.get(table, 0) for table in ("shares", "previews", "feeds"))
    return _listed(
        language,
        language.count("{n} shared design", "{n} shared designs", shares) if shares else "",
        language.count("{n} link preview", "{n} link previews", previews) if previews else "",
        language.say("counts of your designs") if entries.get("design_counts") else "",
        language.count("{n} feed", "{n} feeds", feeds) if feeds else "",
        language.say("your preferences") if entries.get("preferences") else "",
    )


def _listed(language: Language, *what: str) -> Markup:
    return Markup(" · ".join(each for each in what if each) or language.say("nothing"))


def _policy(language: Language, url: str | None) -> list[Component]:
    return [] if url is None else [link(language.say("Privacy policy"), url)]


def details(language: Language, rules: Sequence[tuple[str, str, str]], *, policy_url: str | None) -> list[Component]:
    """`rules`: what is kept, why, and until when, as sentences of the catalog."""
    kept = [
        text(f"{_NAME.sub(_BOLD, language.say(what), count=1)}\n-# {language.say(why)} · {language.say(until)}")
        for what, why, until in rules
    ]
    rest = language.say(
        "I don't keep your messages or, except while you're linking, your Discord name. My logs have your "
        "Discord ID, servers, designs, and what happened, never a key or what you wrote. Thingiverse gets what "
        "you ask for, and nothing about your Discord account."
    )
    back = button(language.say("Back"), custom_id("privacy"))
    heading = text(language.say("## What I can keep, why, and for how long"))
    parts = [heading, separator(), *kept, separator(), text(rest)]
    return [container(*parts, row(back, *_policy(language, policy_url)))]


def exported(language: Language) -> list[Component]:
    said = language.say(
        "This is everything I keep about you, and only you can see it. The key to your Thingiverse account "
        "isn't included: I don't give it to anyone."
    )
    return [container(text(said), file(FILE))]


def confirm(language: Language) -> list[Component]:
    said = language.say(
        "## Delete everything?\n"
        "This deletes everything I keep about you right away, and unlinks your account. Your likes stay on "
        "Thingiverse, where they belong to your account. You can't undo this, but you can link again."
    )
    buttons = row(
        button(language.say("Delete everything"), custom_id("erase_now"), "danger"),
        button(language.say("Keep my data"), custom_id("privacy")),
    )
    return [container(text(said), buttons, accent=WARNING)]


def erased(language: Language, *, entries: int, revoke_url: str) -> list[Component]:
    """The result of Delete everything. It says how to end the app's access on Thingiverse, which has no API for it."""
    if not entries:
        return [container(text(language.say("There was nothing to delete. I don't keep anything about you.")))]
    said = language.say(
        "I deleted everything I kept about you.\n"
        "To end this app's access on Thingiverse too, remove it from your connected apps there. I can't do "
        "that for you."
    )
    return [container(text(said), row(link(language.say("Connected apps"), revoke_url)))]
