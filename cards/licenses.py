"""A design's license: its short name, and in a sentence what it lets people do."""

from __future__ import annotations

from errors import N_
from texts import Language, plain

_MEANING = {
    "by": N_("Use, change, and sell it, as long as you credit the maker."),
    "by-sa": N_("Use, change, and sell it, as long as you credit the maker and share changes under the same license."),
    "by-nd": N_("Use and sell it as is, as long as you credit the maker. Don't publish changes."),
    "by-nc": N_("Use and change it, but not commercially, as long as you credit the maker."),
    "by-nc-sa": N_(
        "Use and change it, but not commercially, as long as you credit the maker and share changes under "
        "the same license."
    ),
    "by-nc-nd": N_("Use it as is, but not commercially, as long as you credit the maker. Don't publish changes."),
    "public": N_("Do anything you like with it."),
    "gpl": N_("Use, change, and sell it. If you pass it on, include its source and keep the same license."),
    "lgpl": N_(
        "Use, change, and sell it. If you pass on changes to it, include their source and keep the same license."
    ),
    "bsd": N_("Use, change, and sell it, as long as you keep its copyright notice."),
    "reserved": N_("The maker keeps all rights. Ask them before using it for more than personal use."),
}
_SHORT = {
    "by": "CC BY",
    "by-sa": "CC BY-SA",
    "by-nd": "CC BY-ND",
    "by-nc": "CC BY-NC",
    "by-nc-sa": "CC BY-NC-SA",
    "by-nc-nd": "CC BY-NC-ND",
    "gpl": "GPL",
    "lgpl": "LGPL",
    "bsd": "BSD",
}
_SAID = {"public": N_("Public domain"), "reserved": N_("All rights reserved")}
_LONGEST = 24  # characters of a name that isn't known, so that it stays on one line
_BY_WORD = (
    ("all rights", "reserved"),
    ("public domain", "public"),
    ("lgpl", "lgpl"),
    ("gpl", "gpl"),
    ("bsd", "bsd"),
)


def meaning(language: Language, license: str) -> str | None:
    """None for one that isn't known. Spacing, dashes, and the prefix vary in what Thingiverse sends."""
    kind = _kind(license.casefold())
    return None if kind is None else language.say(_MEANING[kind])


def short(language: Language, license: str) -> str:
    """Its name as people know it, such as CC BY-SA; for one that isn't known, the beginning of Thingiverse's name."""
    kind = _kind(license.casefold())
    if kind in _SAID:
        return language.say(_SAID[kind])
    return _SHORT.get(kind or "") or plain(license, _LONGEST)


def _kind(name: str) -> str | None:
    for word, kind in _BY_WORD:
        if word in name:
            return kind
    if "attribution" not in name and "creative commons" not in name:
        return None
    together = name.replace(" ", "").replace("-", "")
    terms = [("noncommercial", "-nc"), ("sharealike", "-sa"), ("noderiv", "-nd")]
    return "by" + "".join(term for word, term in terms if word in together)
