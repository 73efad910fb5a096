"""The moderators' panel: each setting under its name, as what is chosen now and can be changed."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from cards.components import Component, button, container, custom_id, row, separator, text
from cards.feed_lines import troubled_note
from cards.selects import ANNOUNCEMENTS, FORUM, TEXT, option, picker, select
from records import ServerSettings
from texts import Language, Markup, Texts, plain

MOST_CHOSEN = 25
MOST_DAYS = 365
MOST_HIDDEN = 50  # makers
MOST_NAMED = 10  # of them on the panel


def panel(
    language: Language,
    texts: Texts,
    settings: ServerSettings,
    *,
    previews_possible: bool,
    changed: str | None = None,
    troubled: int = 0,
) -> list[Component]:
    """`changed` is the setting that was changed just now: its sentence stands first. `troubled` counts feeds."""
    said = sentences(language, texts, settings)
    top = language.say("## Server settings\nChanges apply right away.")
    if changed is not None:
        top = f"{top}\n✓ {said[changed]}"
    if troubled:
        top = f"{top}\n{troubled_note(language, troubled)}"
    parts: list[Component] = [text(top)]
    for label, *means in _settings(language, texts, settings, said, previews_possible=previews_possible):
        parts += [separator(), text(label), row(*means)]
    return [container(*parts)]


def _settings(
    language: Language, texts: Texts, settings: ServerSettings, said: dict[str, str], *, previews_possible: bool
) -> list[tuple[str, *tuple[Component, ...]]]:
    """Each one's name, and what it is changed with."""
    note = "" if previews_possible else "\n" + language.say("-# The people who run this bot haven't turned this on.")
    previewed = _channels("previewed", settings.previewed, language.say("No channels: links don't get previews"))
    quiet = _channels("quiet", settings.quiet, language.say("No channels: my replies are public"))
    showcase = [settings.showcase] if settings.showcase else []
    shown_in = _channels("showcase", showcase, language.say("The channel they're shared in"), most=1, forum=True)
    sharers = _roles("sharers", settings.sharers, language.say("Everyone"))
    feeders = _roles("feeders", settings.feeders, language.say("Only moderators"))
    again = button(language.say("Change wait time"), custom_id("again", settings.share_again_days))
    hidden = button(language.say("Change hidden makers"), custom_id("hidden"))
    adult_choices = [
        ("restricted", language.say("Show adult designs in age-restricted channels")),
        ("never", language.say("Never show adult designs")),
    ]
    adult = _choices("adult", adult_choices, settings.adult, said["adult"])
    own = ("own", language.say("This server's language"))  # Discord allows no empty value
    languages = [own, *((code, texts.language(code).name) for code in texts.codes)]
    spoken = _choices("language", languages, settings.language, said["language"])
    return [
        (language.say("**Link previews in**") + note, previewed | {"disabled": not previews_possible}),
        (language.say("**Private replies in**\n-# Only the person who asked sees them."), quiet),
        (language.say("**Shared designs go to**"), shown_in),
        (language.say("**Who can share**\n-# Moderators always can."), sharers),
        (language.say("**Who can change feeds**\n-# Moderators always can."), feeders),
        (language.say("**Wait before sharing again**") + f"\n{said['again']}", again),
        (language.say("**Adult designs**"), adult),
        (
            language.say("**Left out of lists, suggestions, and previews**") + f"\n{said['ai']}\n{said['hidden']}",
            _ai_button(language, settings),
            hidden,
        ),
        (language.say("**Language of public messages**"), spoken),
    ]


def sentences(language: Language, texts: Texts, settings: ServerSettings) -> dict[str, str]:
    """Each setting's current value as a sentence."""
    own = language.say("My public messages are in this server's language.")
    return {
        "previewed": language.say("Links to designs get a preview in {channels}.", channels=_named(settings.previewed))
        if settings.previewed
        else language.say("Links to designs don't get a preview in any channel."),
        "quiet": language.say(
            "In {channels}, only the person who asked sees my replies.", channels=_named(settings.quiet)
        )
        if settings.quiet
        else language.say("My replies are public in every channel."),
        "showcase": language.say("Shared designs go to {channel}.", channel=_named([settings.showcase]))
        if settings.showcase
        else language.say("Shared designs go to the channel they're shared in."),
        "sharers": language.say("Only {roles} and moderators can share designs.", roles=_named(settings.sharers, "@&"))
        if settings.sharers
        else language.say("Everyone can share designs."),
        "feeders": language.say("{roles} and moderators can change feeds.", roles=_named(settings.feeders, "@&"))
        if settings.feeders
        else language.say("Only moderators can change feeds."),
        "again": language.count(
            "The same design can be shared again after {n} day.",
            "The same design can be shared again after {n} days.",
            settings.share_again_days,
        )
        if settings.share_again_days
        else language.say("The same design can be shared again at any time."),
        "adult": language.say("Adult designs are never shown in this server.")
        if settings.adult == "never"
        else language.say("Adult designs are only shown in age-restricted channels."),
        "ai": language.say("Designs made with AI are left out.")
        if settings.no_ai
        else language.say("Designs made with AI are shown."),
        "hidden": _hidden(language, settings.hidden_makers),
        "language": language.say(
            "My public messages are in {language}.", language=Markup(texts.language(settings.language).name)
        )
        if settings.language
        else own,
    }


def _ai_button(language: Language, settings: ServerSettings) -> Component:
    if settings.no_ai:
        return button(language.say("Show AI designs"), custom_id("hide_ai", 0))
    return button(language.say("Hide AI designs"), custom_id("hide_ai", 1))


def _hidden(language: Language, makers: Sequence[str]) -> str:
    if not makers:
        return language.say("No makers are hidden.")
    rest = len(makers) - MOST_NAMED
    names = Markup(", ".join(plain(maker) for maker in makers[:MOST_NAMED]))
    if rest > 0:
        return language.count("Hidden: {makers}, and {n} more.", "Hidden: {makers}, and {n} more.", rest, makers=names)
    return language.say("Hidden: {makers}.", makers=names)


def _named(ids: Iterable[int], sign: str = "#") -> Markup:
    return Markup(", ".join(f"<{sign}{each}>" for each in ids))


def _channels(
    name: str, chosen: Sequence[int], otherwise: str, *, most: int = MOST_CHOSEN, forum: bool = False
) -> Component:
    """`otherwise` says what is so while nothing is chosen."""
    kinds = [TEXT, ANNOUNCEMENTS, *([FORUM] if forum else [])]
    return picker("channel", custom_id("choose", name), otherwise, chosen, most=most) | {"channel_types": kinds}


def _roles(name: str, chosen: Sequence[int], otherwise: str) -> Component:
    return picker("role", custom_id("choose", name), otherwise, chosen, most=MOST_CHOSEN)


def _choices(name: str, offered: Sequence[tuple[str, str]], chosen: str, otherwise: str) -> Component:
    """`otherwise` says what is so if the choice is no longer offered."""
    options = (option(label, value, chosen=value == (chosen or "own")) for value, label in offered)
    return select(custom_id("choose", name), options, otherwise)
