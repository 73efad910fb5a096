"""A design's own page: its text, pictures, and files. A list has none of them."""

from __future__ import annotations

from typing import Any

import msgspec

from thingiverse.cleaning import clean_name, print_settings, text_of, web_url, whole_parts
from thingiverse.models import Maker, Thing, Whole, page_url

_LONGEST_TEXT = 2_000  # characters of a make's description


class Details(Thing, frozen=True, kw_only=True):
    """A design with everything from its own page. Odd parts of it are left out."""

    description: Any = None  # plain text, a little like Markdown, with \r\n
    description_html: Any = None
    details_parts: Any = None  # sections of the page, including print settings
    parents: Any = msgspec.field(default=None, name="ancestors")
    default_image: Any = None
    collected: bool | None = msgspec.field(default=None, name="is_collected")  # by the token's owner, anywhere

    @property
    def text_html(self) -> str:
        """The description as HTML; empty if there is none."""
        return self.description_html if isinstance(self.description_html, str) else ""

    @property
    def text(self) -> str:
        return self.description if isinstance(self.description, str) else ""

    @property
    def ancestors(self) -> tuple[Thing, ...]:
        """The designs it's a remix of."""
        return tuple(thing for thing in whole_parts(self.parents, Thing) if thing.is_public)

    @property
    def large_picture(self) -> str | None:
        """Its main picture, large; otherwise the one from lists."""
        found = next(whole_parts([self.default_image], Picture), None)
        return (found and found.url) or self.picture

    @property
    def settings(self) -> dict[str, str]:
        """Print settings as plain text. Names are lower case, with spaces instead of underscores."""
        return dict(print_settings(self.details_parts))


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
        """The URL of the largest version for display (1024 pixels), or of a smaller one."""
        given = {(size.type, size.size): size.url for size in self.sizes or () if size is not None}
        order = [("display", "large"), ("preview", "featured"), ("preview", "card"), ("thumb", "large")]
        return next((found for key in order if (found := web_url(given.get(key)))), None)


class File(msgspec.Struct, frozen=True, kw_only=True):
    """A file of a design; `size` is in bytes."""

    title: str | None = msgspec.field(default=None, name="name")
    size: Whole | None = None
    public_url: str | None = None

    @property
    def name(self) -> str:
        return clean_name(self.title)

    @property
    def url(self) -> str | None:
        """The URL that a browser downloads it from."""
        return web_url(self.public_url)


class Make(msgspec.Struct, frozen=True, kw_only=True):
    """Someone's print of a design (Thingiverse's description of /copies; no list of them was ever captured)."""

    id: Whole
    maker: Maker | None = msgspec.field(default=None, name="creator")
    public_url: str | None = None
    added: str | None = None  # ISO 8601
    like_count: Whole | None = None
    description: Any = None
    preview_image: str | None = None
    thumbnail: str | None = None
    moderated: bool | None = msgspec.field(default=None, name="needs_moderation")

    @property
    def url(self) -> str:
        return page_url(self.public_url, f"make:{self.id}")

    @property
    def picture(self) -> str | None:
        return web_url(self.preview_image) or web_url(self.thumbnail)

    @property
    def text(self) -> str:
        """What its maker says about it, as plain text on one line."""
        return text_of(self.description, _LONGEST_TEXT) if isinstance(self.description, str) else ""


class Makes(msgspec.Struct, frozen=True, kw_only=True):
    """One page of makes; `page` counts from 1, and `total` is None if Thingiverse doesn't send it."""

    makes: tuple[Make, ...] = ()
    total: int | None = None
    page: int = 1
    more: bool = False
