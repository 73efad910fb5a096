"""What a design's licence lets people do, in a sentence. The names are those that Thingiverse shows."""

from __future__ import annotations

from errors import N_
from ui.texts import Language

_MEANING = {
    "by": N_("Use, change and sell it, as long as you name its maker."),
    "by-sa": N_("Use, change and sell it; name its maker, and share your changes under the same licence."),
    "by-nd": N_("Use and sell it as it is; name its maker, and do not publish changes."),
    "by-nc": N_("Use and change it, but not for money; name its maker."),
    "by-nc-sa": N_("Use and change it, but not for money; name its maker, and share changes under the same licence."),
    "by-nc-nd": N_("Use it as it is, and not for money; name its maker, and do not publish changes."),
    "public": N_("Do with it what you like."),
    "gpl": N_("Use, change and sell it; pass it on with its sources and under the same licence."),
    "lgpl": N_("Use, change and sell it; pass on changes to it with their sources and under the same licence."),
    "bsd": N_("Use, change and sell it, as long as its notice stays with it."),
    "reserved": N_("All rights stay with its maker: ask before you use it for more than yourself."),
}
_BY_WORD = (
    ("all rights", "reserved"),
    ("public domain", "public"),
    ("lgpl", "lgpl"),
    ("gpl", "gpl"),
    ("bsd", "bsd"),
)


def meaning(language: Language, licence: str) -> str | None:
    """None for one that is not known. Spacing, dashes and the prefix vary in what Thingiverse sends."""
    kind = _kind(licence.casefold())
    return None if kind is None else language.say(_MEANING[kind])


def _kind(name: str) -> str | None:
    for word, kind in _BY_WORD:
        if word in name:
            return kind
    if "attribution" not in name and "creative commons" not in name:
        return None
    together = name.replace(" ", "").replace("-", "")
    terms = [("noncommercial", "-nc"), ("sharealike", "-sa"), ("noderiv", "-nd")]
    return "by" + "".join(term for word, term in terms if word in together)
