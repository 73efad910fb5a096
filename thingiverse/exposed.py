"""Find keys and codes in messages that others can read. Text that could be something else doesn't count."""

from __future__ import annotations

import re

from thingiverse.links import INVISIBLE
from thingiverse.oauth import NotAnAnswer, PastedCode, PastedToken, pieces_in, place_of, read_piece
from thingiverse.repair import STATE_LENGTH, bare_key, is_whole, tidied

_LONGEST = 4_000  # characters of a message
_BEARS_ANSWER = re.compile(r"access\\?_token(?:=|%3d)|code(?:=|%3d)", re.IGNORECASE)
_KNOWN_SITES = {
    "amazon.com",
    "apple.com",
    "auth0.com",
    "discord.com",
    "discordapp.com",
    "dropbox.com",
    "facebook.com",
    "github.com",
    "gitlab.com",
    "google.com",
    "googleapis.com",
    "instagram.com",
    "linkedin.com",
    "live.com",
    "mapbox.com",
    "microsoft.com",
    "microsoftonline.com",
    "okta.com",
    "patreon.com",
    "paypal.com",
    "reddit.com",
    "slack.com",
    "spotify.com",
    "steampowered.com",
    "strava.com",
    "stripe.com",
    "twitch.tv",
    "twitter.com",
    "x.com",
    "youtube.com",
}


def shows_answer(text: str, *, redirect_uri: str | None) -> bool:
    """Whether a message clearly contains a reply from Thingiverse for our app."""
    if not _BEARS_ANSWER.search(INVISIBLE.sub("", text)):
        return False
    return any(_is_ours(piece, redirect_uri) for piece in pieces_in(tidied(text[:_LONGEST])))


def is_bare_key(text: str) -> bool:
    """Whether a message is a key and little else; if the author is linking right now, the key is theirs."""
    return bare_key(text[:_LONGEST]) is not None


def _is_ours(piece: str, redirect_uri: str | None) -> bool:
    host = _host_of(piece)
    try:
        found = read_piece(piece, redirect_uri)
    except NotAnAnswer:
        return False
    at_home = host is not None and redirect_uri is not None  # `read_piece` rejects every other host then
    match found:
        case PastedToken(token=token):
            return at_home or (is_whole(token) and not _is_known(host))
        case PastedCode(state=str(state)):
            return at_home or (len(state) == STATE_LENGTH and not _is_known(host))
        case _:
            return False


def _host_of(piece: str) -> str | None:
    """The link's host; None if the reply isn't part of a link."""
    found = re.match(r"https?://([^\s/?#]*)", piece, re.IGNORECASE)
    host = found[1] if found else place_of(piece).partition("/")[0]
    return host.partition(":")[0].lower() or None


def _is_known(host: str | None) -> bool:
    return host is not None and any(host == site or host.endswith(f".{site}") for site in _KNOWN_SITES)
