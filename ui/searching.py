"""A search as a person asks for it, as a button keeps it, and as its gallery says it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from discord import app_commands
from discord.app_commands import locale_str

from errors import N_
from thingiverse.models import Filters, Sort
from ui.presses import damaged
from ui.texts import Language

LONGEST_TERM = 50  # characters; a page's button has to hold it

SORTS: dict[Sort, str] = {
    "relevant": N_("best match"),
    "popular": N_("most popular"),
    "newest": N_("newest"),
    "makes": N_("most makes"),
}
# by their codes in /search; the names are the licences' own
LICENCES = {
    "cc": "CC BY",
    "ccsa": "CC BY-SA",
    "ccnd": "CC BY-ND",
    "ccnc": "CC BY-NC",
    "ccncsa": "CC BY-NC-SA",
    "ccncnd": "CC BY-NC-ND",
    "pd0": "Public Domain (CC0)",
    "gpl": "GPL",
    "lgpl": "LGPL",
    "bsd": "BSD",
}
WITHIN = {
    1: N_("in the last day"),
    7: N_("in the last week"),
    30: N_("in the last month"),
    365: N_("in the last year"),
}
REMIXES = {1: N_("only remixes"), 0: N_("no remixes")}

SORT_CHOICES = [app_commands.Choice(name=locale_str(said), value=sort) for sort, said in SORTS.items()]
LICENCE_CHOICES = [app_commands.Choice(name=name, value=code) for code, name in LICENCES.items()]
WITHIN_CHOICES = [app_commands.Choice(name=locale_str(said), value=days) for days, said in WITHIN.items()]
REMIX_CHOICES = [app_commands.Choice(name=locale_str(said), value=kind) for kind, said in REMIXES.items()]

_SORT_SIGNS: dict[str, Sort] = dict(zip("rpnm", SORTS, strict=True))
_DAY_SIGNS = dict(zip("-dwmy", (0, *WITHIN), strict=True))
_LICENCE_SIGNS = dict(zip("-abcdefghij", ("", *LICENCES), strict=True))
_REMIX_SIGNS: dict[str, bool | None] = {"-": None, "o": True, "n": False}


@dataclass(frozen=True)
class Search:
    term: str
    filters: Filters

    def subject(self) -> str:
        """Everything in a few characters: five signs, the category, the term."""
        filters = self.filters
        signs = [
            _sign(_SORT_SIGNS, filters.sort),
            _sign(_LICENCE_SIGNS, filters.license),
            _sign(_DAY_SIGNS, filters.days),
            _sign(_REMIX_SIGNS, filters.remixes),
            "m" if filters.has_makes else "-",
        ]
        return f"{''.join(signs)}{filters.category or ''};{self.term}"

    @classmethod
    def read(cls, subject: str) -> Search:
        """Raises BotError for what no button of ours holds."""
        signs, found, term = subject.partition(";")
        category = signs[5:] or "0"
        if not found or len(signs) < 5 or not (category.isascii() and category.isdigit() and len(category) < 7):
            raise damaged()
        try:
            filters = Filters(
                sort=_SORT_SIGNS[signs[0]],
                license=_LICENCE_SIGNS[signs[1]],
                days=_DAY_SIGNS[signs[2]],
                remixes=_REMIX_SIGNS[signs[3]],
                has_makes=signs[4] == "m",
                category=int(category),
            )
        except KeyError:
            raise damaged() from None
        return cls(term, filters)

    def described(self, language: Language, category: str | None) -> str:
        """What it leaves out, in words; empty where it leaves out nothing."""
        filters = self.filters
        parts = [
            language.say(SORTS[filters.sort]) if filters.sort != "relevant" else "",
            LICENCES.get(filters.license, ""),
            category or "",
            language.say(WITHIN[filters.days]) if filters.days else "",
            language.say("with makes") if filters.has_makes else "",
            language.say(REMIXES[int(filters.remixes)]) if filters.remixes is not None else "",
        ]
        return " · ".join(part for part in parts if part)


def _sign(signs: Mapping[str, object], meant: object) -> str:
    return next(sign for sign, meaning in signs.items() if meaning == meant)
