"""/privacy: what is kept, why, how long; and the two things people may ask for."""

from __future__ import annotations

from collections.abc import Sequence

from ui.components import WARNING, Component, button, container, file, link, row, separator, text
from ui.presses import custom_id
from ui.texts import Language

FILE = "thingamabot.json"


def card(
    language: Language, rules: Sequence[tuple[str, str, str]], *, entries: int, policy_url: str | None
) -> list[Component]:
    """`rules`: what, why and until when, as sentences of the catalogue; `entries`: how many are kept of the person."""
    lines = [language.say("## What I keep about you")]
    if entries:
        lines.append(language.count("At present that is {n} entry.", "At present that is {n} entries.", entries))
    else:
        lines.append(language.say("At present that is nothing at all."))
    kept = [f"**{language.say(what)}**\n{language.say(why)}; {language.say(until)}" for what, why, until in rules]
    rest = language.say(
        "I keep no messages and no names of yours. My log has your Discord number and what failed, never a key or "
        "what you wrote. To Thingiverse goes what you ask for, and nothing about your Discord account."
    )
    buttons = [button(language.say("Export"), custom_id("export"))]
    if entries:
        buttons.append(button(language.say("Delete everything"), custom_id("erase"), "danger"))
    if policy_url is not None:
        buttons.append(link(language.say("The whole policy"), policy_url))
    said = text("\n".join(lines))
    return [container(said, separator(), text("\n".join(kept)), separator(), text(rest), row(*buttons))]


def exported(language: Language) -> list[Component]:
    said = language.say(
        "This is all I keep about you, for you alone to see. The key to your Thingiverse account is not in it: I give "
        "it to nobody."
    )
    return [container(text(said)), file(FILE)]


def confirm(language: Language) -> list[Component]:
    said = language.say(
        "## Delete everything?\n"
        "Your link, its key, your likes made through me and the record of them go at once. Likes stay on Thingiverse, "
        "where they belong to your account. There is no way back, but you can link again."
    )
    buttons = row(
        button(language.say("Delete everything"), custom_id("erase_now"), "danger"),
        button(language.say("Keep it"), custom_id("privacy")),
    )
    return [container(text(said), buttons, accent=WARNING)]


def erased(language: Language, *, entries: int, revoke_url: str) -> list[Component]:
    """Honest about what only Thingiverse can do: there is no call that ends an app's access."""
    if not entries:
        return [container(text(language.say("There was nothing to delete. I keep nothing about you.")))]
    said = language.say(
        "Everything I kept about you is deleted.\n"
        "To end this app's access on Thingiverse's side as well, remove it on your account's page of apps: "
        "I have no way to do that for you."
    )
    return [container(text(said), row(link(language.say("Thingiverse's page of apps"), revoke_url)))]
