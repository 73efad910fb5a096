"""The moderators' panel: each setting as a sentence, and under it the means to change it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Protocol

import discord

from ui.components import Component, button, container, row, separator, text
from ui.presses import custom_id
from ui.texts import Language, Markup, Texts

MOST_CHOSEN = 25
MOST_DAYS = 365
DAYS = "days"
_TEXT, _ANNOUNCEMENTS, _FORUM = 0, 5, 15  # Discord's channel types

# by its own name, for whoever does not read another
NAMES = {
    "en": "English",
    "de": "Deutsch",
    "es": "Español",
    "fr": "Français",
    "ja": "日本語",
    "pt_BR": "Português (Brasil)",
}


class Settings(Protocol):
    """What `actions.servers` keeps of a server."""

    @property
    def language(self) -> str: ...
    @property
    def adult(self) -> str: ...
    @property
    def showcase(self) -> int: ...
    @property
    def share_again_days(self) -> int: ...
    @property
    def sharers(self) -> tuple[int, ...]: ...
    @property
    def previewed(self) -> tuple[int, ...]: ...
    @property
    def quiet(self) -> tuple[int, ...]: ...


def panel(
    language: Language, texts: Texts, settings: Settings, *, previews_possible: bool, changed: str | None = None
) -> list[Component]:
    """`changed` is the setting that was changed just now: its sentence stands first, too."""
    said = sentences(language, texts, settings)
    top = language.say("## Settings of this server\nWhat you change holds at once.")
    if changed is not None:
        top = f"{top}\n✓ {said[changed]}"
    note = "" if previews_possible else "\n" + language.say("-# Whoever runs this bot has not switched that on.")
    again = button(language.say("Change the days"), custom_id("again"))
    parts: list[Component] = [
        text(top),
        separator(),
        text(said["previewed"] + note),
        row(_channels("previewed", settings.previewed, disabled=not previews_possible)),
        text(said["quiet"]),
        row(_channels("quiet", settings.quiet)),
        text(said["showcase"]),
        row(_channels("showcase", (settings.showcase,) if settings.showcase else (), most=1, forums=True)),
        text(said["sharers"]),
        row(_roles("sharers", settings.sharers)),
        text(said["again"]),
        row(again),
        text(said["adult"]),
        row(_choices("adult", _adult(language), settings.adult)),
        text(said["language"]),
        row(_choices("language", _languages(language, texts), settings.language)),
    ]
    return [container(*parts)]


def sentences(language: Language, texts: Texts, settings: Settings) -> dict[str, str]:
    """Each setting as it is, in words."""
    own = language.say("What everybody reads is in this server's own language.")
    return {
        "previewed": language.say("Posted addresses get a card in {channels}.", channels=_named(settings.previewed))
        if settings.previewed
        else language.say("Posted addresses get no card, in no channel."),
        "quiet": language.say("My answers are for the asker alone in {channels}.", channels=_named(settings.quiet))
        if settings.quiet
        else language.say("My answers to commands can be read by everybody, in every channel."),
        "showcase": language.say("Shared designs go to {channel}.", channel=_named([settings.showcase]))
        if settings.showcase
        else language.say("Shared designs are posted where somebody shares them."),
        "sharers": language.say(
            "Designs are shared by {roles} and by moderators.", roles=_named(settings.sharers, "@&")
        )
        if settings.sharers
        else language.say("Everybody may share designs."),
        "again": language.count(
            "The same design can be shared again after {n} day.",
            "The same design can be shared again after {n} days.",
            settings.share_again_days,
        )
        if settings.share_again_days
        else language.say("The same design can be shared again at any time."),
        "adult": language.say("Adult designs are shown nowhere in this server.")
        if settings.adult == "never"
        else language.say("Adult designs are shown in age-restricted channels only."),
        "language": language.say("What everybody reads is in {language}.", language=_name_of(texts, settings.language))
        if settings.language
        else own,
    }


class AgainForm(discord.ui.Modal):
    """After how many days a design may be shared again."""

    def __init__(self, language: Language, days: int) -> None:
        super().__init__(title=language.say("Sharing again"), custom_id=custom_id("again_in"), timeout=None)
        given: discord.ui.TextInput[Any] = discord.ui.TextInput(
            custom_id=DAYS, default=str(days), min_length=1, max_length=3, required=True
        )
        self.add_item(discord.ui.Label(text=language.say("After how many days? 0 for at any time"), component=given))
        self.stop()  # it comes back by its custom_id


def _named(ids: Iterable[int], sign: str = "#") -> Markup:
    return Markup(", ".join(f"<{sign}{each}>" for each in ids))


def _name_of(texts: Texts, code: str) -> Markup:
    return Markup(NAMES.get(texts.language(code).code, code))


def _adult(language: Language) -> list[tuple[str, str]]:
    return [
        ("restricted", language.say("Adult designs in age-restricted channels")),
        ("never", language.say("Adult designs nowhere")),
    ]


def _languages(language: Language, texts: Texts) -> list[tuple[str, str]]:
    """None chosen is the server's own; a value must not be empty, so that is called so."""
    return [
        ("own", language.say("This server's own language")),
        *((code, NAMES.get(code, code)) for code in texts.codes),
    ]


def _channels(
    name: str, chosen: Sequence[int], *, most: int = MOST_CHOSEN, forums: bool = False, disabled: bool = False
) -> Component:
    kinds = [_TEXT, _ANNOUNCEMENTS, *([_FORUM] if forums else [])]
    return _select(8, name, "channel", chosen, most) | {"channel_types": kinds, "disabled": disabled}


def _roles(name: str, chosen: Sequence[int]) -> Component:
    return _select(6, name, "role", chosen, MOST_CHOSEN)


def _select(kind: int, name: str, of: str, chosen: Sequence[int], most: int) -> Component:
    defaults = [{"id": str(each), "type": of} for each in chosen[:most]]
    return {
        "type": kind,
        "custom_id": custom_id("choose", name),
        "min_values": 0,
        "max_values": most,
        "default_values": defaults,
    }


def _choices(name: str, offered: Sequence[tuple[str, str]], chosen: str) -> Component:
    chosen = chosen or "own"
    options = [{"label": label[:100], "value": value, "default": value == chosen} for value, label in offered]
    return {"type": 3, "custom_id": custom_id("choose", name), "options": options}
