"""Thingiverse's objects, tolerant of what the real API leaves out, sends as null, or as a number for a truth.

Shapes from captured answers (2022 to 2026): lists carry no licence, no `is_liked` and no description.
"""

from __future__ import annotations

from urllib.parse import quote

import msgspec

_SITE = "https://www.thingiverse.com"
_LONGEST_ADDRESS = 2_000
_SIGNS = ":/?#[]@!$&'()*+,;=%~"  # what has a meaning in an address, and stays


class _Tag(msgspec.Struct, frozen=True):
    name: str | None = None


class Maker(msgspec.Struct, frozen=True, kw_only=True):
    """An account on Thingiverse. `id` is the stable key (0: unknown), `name` the login, which may hold dots."""

    number: int | None = msgspec.field(default=None, name="id")
    login: str | None = msgspec.field(default=None, name="name")
    public_url: str | None = None
    thumbnail: str | None = None

    @property
    def id(self) -> int:
        return self.number or 0

    @property
    def name(self) -> str:
        return _clean(self.login)

    @property
    def url(self) -> str | None:
        """Its page, where Thingiverse names one."""
        return _web(self.public_url)

    @property
    def picture(self) -> str | None:
        return _web(self.thumbnail)


class Thing(msgspec.Struct, frozen=True, kw_only=True):
    """A design. Counts are None where Thingiverse says nothing."""

    id: int
    title: str | None = msgspec.field(default=None, name="name")
    maker: Maker | None = msgspec.field(default=None, name="creator")
    public_url: str | None = None
    thumbnail: str | None = None
    preview_image: str | None = None
    like_count: int | None = None
    make_count: int | None = None
    collect_count: int | None = None
    comment_count: int | None = None
    download_count: int | None = None
    remix_count: int | None = None
    license: str | None = None
    description: str | None = None  # plain text, somewhat like Markdown, with \r\n
    instructions: str | None = None
    created_at: str | None = None  # ISO 8601, in lists
    added: str | None = None  # the same, in details
    is_liked: bool | None = None
    nsfw: bool | None = msgspec.field(default=None, name="is_nsfw")
    ai: bool | None = msgspec.field(default=None, name="is_ai")
    wip: bool | None = msgspec.field(default=None, name="is_wip")
    private: bool | None = msgspec.field(default=None, name="is_private")
    tagged: tuple[_Tag | str | None, ...] | None = msgspec.field(default=None, name="tags")

    @property
    def name(self) -> str:
        """Without the blanks that some have around it; empty where there is none."""
        return _clean(self.title)

    @property
    def url(self) -> str:
        """Its page; made from the number where Thingiverse names none, or another."""
        given = _web(self.public_url)
        return given if given is not None and given.endswith(f"/thing:{self.id}") else f"{_SITE}/thing:{self.id}"

    @property
    def picture(self) -> str | None:
        return _web(self.preview_image) or _web(self.thumbnail)

    @property
    def is_nsfw(self) -> bool:
        return bool(self.nsfw)

    @property
    def is_ai(self) -> bool:
        return bool(self.ai)

    @property
    def is_wip(self) -> bool:
        return bool(self.wip)

    @property
    def is_private(self) -> bool:
        return bool(self.private)

    @property
    def tags(self) -> list[str]:
        """Names; Thingiverse sends objects, and once sent plain words."""
        names = (tag.name if isinstance(tag, _Tag) else tag for tag in self.tagged or ())
        return [name for name in names if name]


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of things; `page` counts from 1, `total` is None where Thingiverse does not say."""

    things: tuple[Thing, ...] = ()
    total: int | None = None
    page: int = 1
    more: bool = False


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which app a token was made for, and whose account it opens."""

    audience: str
    user_id: int | None = None


def _clean(name: str | None) -> str:
    """Without blanks around it, and without the one character that PostgreSQL keeps in no text."""
    return (name or "").replace("\x00", "").strip()


def _web(address: str | None) -> str | None:
    """The address if it is one of the web, spelt so that Discord takes it: one blank would cost the whole card."""
    address = quote((address or "").strip(), safe=_SIGNS, errors="replace")
    return address if address.startswith(("https://", "http://")) and len(address) <= _LONGEST_ADDRESS else None
