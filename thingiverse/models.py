"""Thingiverse's objects, tolerant of what the real API leaves out, sends as null, or as a number for a truth.

Shapes from captured answers (2022 to 2026): lists carry no licence, no `is_liked` and no description.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, Literal, TypeVar, cast
from urllib.parse import quote

import msgspec

_K = TypeVar("_K")

_SITE = "https://www.thingiverse.com"
_LONGEST_ADDRESS = 2_000
_SIGNS = ":/?#[]@!$&'()*+,;=%~"  # what has a meaning in an address, and stays


class _Tag(msgspec.Struct, frozen=True):
    name: str | None = None


class Maker(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account on Thingiverse. `id` is the stable key (0: unknown), `name` the login, which may hold dots."""

    number: int | None = msgspec.field(default=None, name="id")
    login: str | None = msgspec.field(default=None, name="name")
    public_url: str | None = None
    thumbnail: str | None = None
    count_of_designs: int | None = None
    count_of_followers: int | None = None
    location: str | None = None

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


class Thing(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
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

    def as_listed(self) -> Thing:
        """As lists have it, for everybody: without details, tags, and whether somebody likes it."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in Thing.__struct_fields__}
        kept["is_liked"] = kept["tagged"] = None
        return Thing(**kept)


class Details(Thing, frozen=True, kw_only=True):
    """A design with all that only its own page tells. What is odd in it costs that part, not the design."""

    description: Any = None  # plain text, somewhat like Markdown, with \r\n
    description_html: Any = None
    details_parts: Any = None  # sections of the page; print settings among them
    parents: Any = msgspec.field(default=None, name="ancestors")
    default_image: Any = None
    file_count: Any = None

    @property
    def text_html(self) -> str:
        """The description as HTML; empty where there is none as HTML."""
        return self.description_html if isinstance(self.description_html, str) else ""

    @property
    def text(self) -> str:
        """The description as plain text."""
        return self.description if isinstance(self.description, str) else ""

    @property
    def files(self) -> int | None:
        """How many there are, where that is told."""
        return self.file_count if isinstance(self.file_count, int) else None

    @property
    def ancestors(self) -> tuple[Thing, ...]:
        """What it is a remix of."""
        return tuple(_whole(self.parents, Thing))

    @property
    def large_picture(self) -> str | None:
        """Its main picture, large; the list's one where there is no other."""
        found = next(_whole([self.default_image], Picture), None)
        return (found and found.url) or self.picture

    @property
    def settings(self) -> dict[str, str]:
        """Print settings as its maker gave them; names in lower case, blanks for underscores."""
        return dict(_settings(self.details_parts))


class _Size(msgspec.Struct, frozen=True):
    type: str | None = None
    size: str | None = None
    url: str | None = None


class Picture(msgspec.Struct, frozen=True, kw_only=True):
    """One of a design's pictures, in up to sixteen sizes."""

    name: str | None = None
    address: str | None = msgspec.field(default=None, name="url")
    sizes: tuple[_Size | None, ...] | None = None

    @property
    def url(self) -> str | None:
        """The largest one made for showing (1024 pixels), or a smaller."""
        given = {(size.type, size.size): size.url for size in self.sizes or () if size is not None}
        order = [("display", "large"), ("preview", "featured"), ("preview", "card"), ("thumb", "large")]
        return next((found for key in order if (found := _web(given.get(key)))), None)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file to print or to change; `size` is in bytes."""

    title: str | None = msgspec.field(default=None, name="name")
    size: int | None = None
    public_url: str | None = None
    download_count: int | None = None

    @property
    def name(self) -> str:
        return _clean(self.title)

    @property
    def url(self) -> str | None:
        """The address that a browser downloads it from."""
        return _web(self.public_url)


class Collection(msgspec.Struct, frozen=True, kw_only=True):
    """Designs that somebody put together."""

    id: int
    title: str | None = msgspec.field(default=None, name="name")
    maker: Maker | None = msgspec.field(default=None, name="creator")
    count: int | None = None
    absolute_url: str | None = None

    @property
    def name(self) -> str:
        return _clean(self.title)

    @property
    def url(self) -> str | None:
        return _web(self.absolute_url)


class Category(msgspec.Struct, frozen=True, kw_only=True):
    id: int
    title: str | None = msgspec.field(default=None, name="name")

    @property
    def name(self) -> str:
        return _clean(self.title)


Sort = Literal["relevant", "popular", "newest", "makes"]


class Filters(msgspec.Struct, frozen=True, kw_only=True):
    """What a search leaves out (Thingiverse's own description of /search); 0, "" and None leave out nothing."""

    sort: Sort = "relevant"
    license: str = ""  # cc, ccsa, ccnd, ccnc, ccncsa, ccncnd, pd0, gpl, lgpl, bsd
    category: int = 0
    days: int = 0  # posted in so many days
    has_makes: bool = False
    remixes: bool | None = None  # only those, or none of them
    featured: bool = False

    def params(self) -> dict[str, str]:
        """As /search takes them. A date is one of Elasticsearch's."""
        given = {
            "license": self.license,
            "category_id": str(self.category or ""),
            "posted_after": f"now-{self.days}d" if self.days else "",
            "has_makes": "1" if self.has_makes else "",
            "is_derivative": "" if self.remixes is None else str(int(self.remixes)),
            "is_featured": "1" if self.featured else "",
        }
        return {"sort": self.sort, **{name: value for name, value in given.items() if value}}


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


def _whole(items: Any, kind: type[_K]) -> Iterator[_K]:
    """Those among them that are what they should be."""
    for item in cast("list[Any]", items) if isinstance(items, list) else []:
        try:
            yield msgspec.convert(item, kind, strict=False)
        except msgspec.ValidationError:
            continue


def _settings(parts: Any) -> Iterator[tuple[str, str]]:
    for part in _whole(parts, dict[str, Any]):
        if part.get("type") != "settings":
            continue
        for block in _whole(part.get("data"), dict[str, Any]):
            for name, value in block.items():
                if isinstance(value, (str, int, float)) and _clean(str(value)):
                    yield name.lower().replace("_", " "), _clean(str(value))
