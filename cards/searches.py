"""A search, its form in a button, and its description."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from cards.components import damaged
from errors import N_
from texts import Language
from thingiverse.filters import Filters, Sort

LONGEST_TERM = 50  # characters; it has to fit in a button's custom_id

SORTS: dict[Sort, str] = {
    "relevant": N_("Best match"),
    "popular": N_("Most popular"),
    "newest": N_("Newest"),
    "makes": N_("Most makes"),
}
# codes of /search, with the licenses' own names
LICENSES = {
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
    1: N_("Past day"),
    7: N_("Past week"),
    30: N_("Past month"),
    365: N_("Past year"),
}
REMIXES = {1: N_("Only remixes"), 0: N_("No remixes")}

_SORT_SIGNS: dict[str, Sort] = dict(zip("rpnm", SORTS, strict=True))
_DAY_SIGNS = dict(zip("-dwmy", (0, *WITHIN), strict=True))
_LICENSE_SIGNS = dict(zip("-abcdefghij", ("", *LICENSES), strict=True))
# makes, and no AI
_LAST_SIGNS = {"-": (False, False), "m": (True, False), "a": (False, True), "b": (True, True)}
_REMIX_SIGNS: dict[str, bool | None] = {"-": None, "o": True, "n": False}


@dataclass(frozen=True)
class Search:
    term: str
    filters: Filters

    def subject(self) -> str:
        """The search in a few characters: five codes, the category, the term."""
        filters = self.filters
        signs = [
            _sign(_SORT_SIGNS, filters.sort),
            _sign(_LICENSE_SIGNS, filters.license),
            _sign(_DAY_SIGNS, filters.days),
            _sign(_REMIX_SIGNS, filters.remixes),
            _sign(_LAST_SIGNS, (filters.has_makes, filters.no_ai)),
        ]
        return f"{''.join(signs)}{filters.category or ''};{self.term}"

    @classmethod
    def read(cls, subject: str) -> Search:
        """Read a search from a button. Raises BotError for what no button of ours contains."""
        signs, found, term = subject.partition(";")
        category = signs[5:] or "0"
        if not found or len(signs) < 5 or not (category.isascii() and category.isdigit() and len(category) < 7):
            raise damaged()
        try:
            has_makes, no_ai = _LAST_SIGNS[signs[4]]
            filters = Filters(
                sort=_SORT_SIGNS[signs[0]],
                license=_LICENSE_SIGNS[signs[1]],
                days=_DAY_SIGNS[signs[2]],
                remixes=_REMIX_SIGNS[signs[3]],
                has_makes=has_makes,
                no_ai=no_ai,
                category=int(category),
            )
        except KeyError:
            raise damaged() from None
        return cls(term, filters)

    @property
    def narrows(self) -> bool:
        """Whether it leaves out any designs, apart from old ones."""
        filters = self.filters
        return (
            bool(self.term or filters.license or filters.category or filters.has_makes) or filters.remixes is not None
        )

    def described(self, language: Language, category: str | None) -> str:
        """The filters in words; empty if there are none."""
        filters = self.filters
        parts = [
            language.say(SORTS[filters.sort]) if filters.sort != "relevant" else "",
            LICENSES.get(filters.license, ""),
            category or "",
            language.say(WITHIN[filters.days]) if filters.days else "",
            language.say("With makes") if filters.has_makes else "",
            language.say("No AI") if filters.no_ai else "",
            language.say(REMIXES[int(filters.remixes)]) if filters.remixes is not None else "",
        ]
        return " · ".join(part for part in parts if part)


def _sign(signs: Mapping[str, object], meant: object) -> str:
    """Raises BotError for what was never among an option's choices."""
    found = next((sign for sign, meaning in signs.items() if meaning == meant), None)
    if found is None:
        raise damaged()
    return found
