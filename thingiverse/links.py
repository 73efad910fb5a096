"""Find links in messages, and resolve links of archives and redirectors without fetching anything."""

from __future__ import annotations

import re
from collections.abc import Iterator
from urllib.parse import SplitResult, parse_qsl, unquote

LONGEST_LINK = 2_000

# Without \u2028, \u2029, and \u202f, which are spaces. Our own cards have \u2068 and \u2069 around some names.
INVISIBLE = re.compile("[\u00ad\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]")

# Discord makes a link of an http(s) URL even in the middle of a word. A host without a scheme has to be a word of its
# own, so that notthingiverse.com and a@thingiverse.com don't count.
_BEGIN = r"https?://|(?<![^\W_])(?<![/@.\-\\])(?:www\.)?thingiverse\.com(?=/)"
_QUOTES = '"“”„‟‘’‚«»‹›'
_CJK_MARKS = "\u3001\u3002\u3008-\u3011\u3014-\u301f\uff01-\uff0f\uff1a-\uff20\uff3b-\uff40\uff5b-\uff65"
_RUN = re.compile(rf"(?:{_BEGIN})[^\s<>|`…{_QUOTES}{_CJK_MARKS}]*", re.IGNORECASE)
_BEGINNING = re.compile(_BEGIN, re.IGNORECASE)
_OURS = re.compile(r"(?:https?://)?(?:www\.|api\.)?thingiverse\.com(?::[0-9]+)?(?=[/?#])", re.IGNORECASE)
_SCHEME = re.compile(r"https?://", re.IGNORECASE)
_BETWEEN = ",;)]}*~"  # characters that can separate two links
_BACKSLASH = re.compile(r"\\(?=[!-/:-@\[-`{-~])")

_ARCHIVES = {"web.archive.org", *(f"archive.{ending}" for ending in ("fo", "is", "li", "md", "ph", "today", "vn"))}
_ARCHIVED = re.compile(r"/(?:web/)?[0-9a-z_*]+/(?:(https?):/+)?(.+)", re.IGNORECASE)
_REDIRECTORS = {
    *("anon.to", "away.vk.com", "deviantart.com", "disq.us", "duckduckgo.com", "exit.sc", "facebook.com", "gate.sc"),
    *("getpocket.com", "go.redirectingat.com", "go.skimresources.com", "google.com", "href.li", "html.duckduckgo.com"),
    *("l.facebook.com", "l.instagram.com", "l.messenger.com", "l.threads.com", "l.workplace.com", "linkedin.com"),
    *("lm.facebook.com", "m.facebook.com", "medium.com", "out.reddit.com", "pinterest.com", "redirect.viglink.com"),
    *("slack-redir.net", "steamcommunity.com", "t.me", "t.umblr.com", "translate.google.com", "tumblr.com", "vk.com"),
    *("webcache.googleusercontent.com", "youtube.com"),
}
_GOOGLE = re.compile(r"(?:www\.)?google\.(?:com\.|co\.)?[a-z]{2}")  # of each country
_BARE_TARGET = re.compile(r"(?:cache:(?:[\w-]+:)?)?((?:https?://)?(?:www\.)?thingiverse\.com/.*)", re.IGNORECASE)
_SAFE_LINKS = ".safelinks.protection.outlook.com"
_TARGETS = {"url", "u", "q", "to", "z", "uddg"}  # the parameters that hold it


def links_in(text: str) -> Iterator[tuple[int, str]]:
    """Each link and where it begins; it may end with the sentence's punctuation."""
    for run in _RUN.finditer(text):
        for begin, end in _parts(run[0]):
            if end - begin <= LONGEST_LINK:
                yield run.start() + begin, _BACKSLASH.sub("", INVISIBLE.sub("", run[0][begin:end]))


def without_backslashes(text: str) -> str:
    """Remove the backslashes that escape Markdown."""
    return _BACKSLASH.sub("", text)


def target_of(host: str, parts: SplitResult) -> str | None:
    """Where a link of an archive or a redirector leads; None for any other site."""
    if host in _ARCHIVES:
        found = _ARCHIVED.fullmatch(unquote(parts.path))
        return None if found is None else f"{(found[1] or 'https').lower()}://{found[2]}?{parts.query}"
    if not _redirects(host):
        return None
    members = parse_qsl(parts.query, max_num_fields=50)
    values = [unquote(parts.query), *(value for name, value in members if name in _TARGETS)]
    return next((found[1] for value in values if (found := _BARE_TARGET.fullmatch(value))), None)


def _redirects(host: str) -> bool:
    return host.removeprefix("www.") in _REDIRECTORS or bool(_GOOGLE.fullmatch(host)) or host.endswith(_SAFE_LINKS)


def _parts(run: str) -> Iterator[tuple[int, int]]:
    """Split text without spaces into links. After another site's host, everything belongs to its link."""
    begin = 0
    for found in _BEGINNING.finditer(run, 1):
        twice = _SCHEME.fullmatch(run, begin, found.start()) is not None  # https://https://
        if twice or _OURS.match(run, begin) or run[found.start() - 1] in _BETWEEN:
            if not twice:
                yield begin, found.start()
            begin = found.start()
    yield begin, len(run)
