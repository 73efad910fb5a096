"""Undo what chats, phones, and mail do to a pasted link: line breaks, quotes, Markdown, percent signs."""

from __future__ import annotations

import re
from itertools import islice, zip_longest
from urllib.parse import unquote

from thingiverse.links import INVISIBLE, without_backslashes

MOST_BREAKS = 10  # in one link
STATE_LENGTH = 22  # characters of the states we make: 128 bits, urlsafe
# never part of a key
AROUND = "<>()[]{}`'\"*~|.,;:!?…“”„‟‘’‚«»‹›´′″❝❞、。〈〉《》「」『』【】〔〕（），．：；！？［］｛｝＂＇＜＞｀"

_ENCODED = re.compile(r"https?%3a%2f%2f\S*", re.IGNORECASE)
_ENCODED_ANSWER = re.compile(r"(?:%23|%3f)(?:access_token|code|state|error)(?:%3d|=)", re.IGNORECASE)
_ENCODED_NAME = re.compile(r"[#?](?:access_token|code|state|error)%3d[^=]*$", re.IGNORECASE)
_ESCAPED = re.compile(r"&(?:(?:amp|#0*38|#x0*26);)+|\\u0026", re.IGNORECASE)  # as HTML and JSON write &
_SHORTENED = re.compile(r"(access_token|code|state)=([\w-]*)(?:…|\.{2,})", re.ASCII)
_BREAKS = re.compile(r"[\s<>|`…“”„‟‘’‚«»‹›、。〈-】（），．：；！？［］｛｝]+")
_URLISH = re.compile(r"[\w#?&=%./:+~-]+", re.ASCII)
_LAST_MEMBER = re.compile(r"(?:^|[#?&])([A-Za-z_]*)(=?)([^#?&=]*)$")
_HEX = re.compile(r"[0-9a-f]+", re.IGNORECASE)
_MEMBER = re.compile(r"(?:access_token|code|state|error)=")
_NEW_LINE = re.compile("[\n\r\v\f\x85\u2028\u2029]")
_KEY = re.compile(r"(?<![\w/.:=#?&-])(?:[0-9a-f]{40}|[0-9a-f]{32})(?![\w/=-]|\.\w)", re.IGNORECASE)
_MENTION = re.compile(r"<[@#:][^<>\s]*>")
_FILE_HASH = re.compile(
    r"\b(?:md5|sha-?[0-9]*|hash|commit|checksum|digest|[gu]uid|etag|git|checkout|rev(?:ert|ision)?|torrent|btih|eth)\b",
    re.IGNORECASE,
)
_MOST_BESIDE = 12  # letters next to a bare key, such as "my key is"


def tidied(text: str) -> str:
    """Remove invisible characters, backslashes, and Markdown links, and decode a link that is escaped as a whole."""
    text = _ESCAPED.sub("&", without_backslashes(INVISIBLE.sub("", text))).replace("](", " ")
    text = _ENCODED.sub(lambda found: unquote(found[0]), text).strip()
    for mark in ("***", "**", "~~", "__", "||"):
        if text.startswith(mark) and text.endswith(mark) and len(text) > 2 * len(mark):
            text = text.removeprefix(mark).removesuffix(mark)
    return text


def joined(text: str) -> str | None:
    """The link at the beginning of the text, with line breaks inside it removed.

    None if its key ends with an ellipsis, or if it's unclear whether the next line belongs to it.
    """
    if any(not _is_complete(name, value) for name, value in _SHORTENED.findall(text)):
        return None
    gaps = [*islice(_BREAKS.finditer(text), MOST_BREAKS)]
    link = text[: gaps[0].start()] if gaps else text
    for gap, after in zip_longest(gaps, gaps[1:]):
        piece = text[gap.end() : after.start() if after else len(text)].rstrip(AROUND)
        if not gap[0].isspace() or not _URLISH.fullmatch(piece) or "://" in piece:
            break
        goes_on = _goes_on(link, piece, new_line=_NEW_LINE.search(gap[0]) is not None)
        if goes_on is None:
            return None
        if not goes_on:
            break
        link += piece
    link = link.rstrip(AROUND)
    if (("#" not in link and "?" not in link) and _ENCODED_ANSWER.search(link)) or _ENCODED_NAME.search(link):
        link = unquote(link)
    return link


def is_whole(secret: str) -> bool:
    """Whether it has the shape of all known keys: 32 or 40 hexadecimal digits."""
    return len(secret) in {32, 40} and _HEX.fullmatch(secret) is not None


def bare_key(text: str) -> str | None:
    """The key of a text that has little else in it; None if it may be something else, such as the hash of a file."""
    said = _MENTION.sub("", INVISIBLE.sub("", text))
    keys: list[str] = _KEY.findall(said)
    rest = _KEY.sub("", said)
    letters = sum(sign.isalnum() for sign in rest)
    return keys[0] if len(keys) == 1 and letters <= _MOST_BESIDE and not _FILE_HASH.search(rest) else None


def key_in_marks(secret: str) -> str:
    """A key without the underscores that Markdown puts around it; they can also be part of an unknown kind of key."""
    bare = secret.strip("_")
    return bare if is_whole(bare) else secret


def state_in_marks(state: str) -> str:
    """A state without the underscores of Markdown after it."""
    return state if len(state) <= STATE_LENGTH else state[: max(len(state.rstrip("_")), STATE_LENGTH)]


def is_cut(secret: str) -> bool:
    """Whether it's the beginning of such a key. Longer text, or other letters, may be a new kind of key."""
    return len(secret) < 40 and not is_whole(secret) and _HEX.fullmatch(secret) is not None


def _is_complete(name: str, value: str) -> bool:
    return len(value) == STATE_LENGTH if name == "state" else is_whole(value)


def _goes_on(link: str, piece: str, *, new_line: bool) -> bool | None:
    """Whether the text after a line break belongs to the link; None if it's unclear."""
    if piece[0] in "&#?" or link[-1:] in {"&", "#", "?", "="}:
        return True
    last = _LAST_MEMBER.search(link)
    if last is None or not _MEMBER.search(link):
        return new_line and _MEMBER.search(piece) is not None
    name, equals, value = last.groups()
    more = re.split(r"[&#]", piece, maxsplit=1)[0]
    if not equals:
        return new_line and "=" in piece
    if name == "state":
        return len(value) + len(more) == STATE_LENGTH
    if name not in {"access_token", "code"} or (is_whole(value) and not is_whole(value + more)):
        return False
    if is_whole(value + more) or (is_cut(value) and is_cut(value + more)):
        return True
    return None if new_line and not is_cut(value) else False
