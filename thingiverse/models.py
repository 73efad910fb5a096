"""Thingiverse's objects. They accept missing fields, nulls, and numbers for booleans, as the API sends them.

Shapes from captured answers (2022 to 2026): lists have no license, no `is_liked`, and no description.
"""

from __future__ import annotations

import contextlib
import re
from datetime import UTC, datetime
from typing import Annotated, Any

import msgspec

from thingiverse.cleaning import clean_name, web_url

Whole = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]  # no count or ID is larger

FOUNDED = 2008  # the year Thingiverse opened
SITE = "https://www.thingiverse.com"
# on this machine, it's the demo's Thingiverse
_PAGE = re.compile(
    r"https?://(?:(?:www\.)?thingiverse\.com|127\.0\.0\.1:[0-9]+|localhost:[0-9]+)/((?:thing|make):[0-9]+)"
)


def page_url(given: str | None, page: str) -> str:
    """The URL of a page such as thing:5; made from that if Thingiverse gives none, or a link to another site."""
    found = _PAGE.fullmatch(given or "")
    return found[0] if found is not None and found[1] == page else f"{SITE}/{page}"


def moment_of(said: str | None) -> datetime | None:
    """A date of Thingiverse's; None for nonsense."""
    with contextlib.suppress(ValueError):
        given = datetime.fromisoformat(said or "")
        when = given if given.tzinfo is not None else given.replace(tzinfo=UTC)
        return when if FOUNDED <= when.year < 3000 else None
    return None


class _Tag(msgspec.Struct, frozen=True):
    name: str | None = None


class Maker(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An account on Thingiverse. `id` never changes (0: unknown); `name` is the login, which may have dots."""

    number: Whole | None = msgspec.field(default=None, name="id")
    login: str | None = msgspec.field(default=None, name="name")
    public_url: str | None = None
    thumbnail: str | None = None
    count_of_designs: Whole | None = None
    count_of_followers: Whole | None = None
    location: str | None = None

    @property
    def id(self) -> int:
        return self.number or 0

    @property
    def name(self) -> str:
        return clean_name(self.login)

    @property
    def url(self) -> str | None:
        """Their page, or None if Thingiverse doesn't give one."""
        return web_url(self.public_url)

    @property
    def picture(self) -> str | None:
        return web_url(self.thumbnail)


class _Titled(msgspec.Struct, frozen=True, kw_only=True):
    id: Whole
    title: str | None = msgspec.field(default=None, name="name")

    @property
    def name(self) -> str:
        """The title without spaces around it; empty if there is none."""
        return clean_name(self.title)


class Thing(_Titled, frozen=True, kw_only=True, omit_defaults=True):
    """A design. Counts are None if Thingiverse doesn't send them."""

    maker: Maker | None = msgspec.field(default=None, name="creator")
    public_url: str | None = None
    thumbnail: str | None = None
    preview_image: str | None = None
    like_count: Whole | None = None
    make_count: Whole | None = None
    collect_count: Whole | None = None
    comment_count: Whole | None = None
    download_count: Whole | None = None
    remix_count: Whole | None = None
    license: str | None = None
    created_at: str | None = None  # ISO 8601, in lists
    added: str | None = None  # the same, in details
    is_liked: bool | None = None
    nsfw: bool | None = msgspec.field(default=None, name="is_nsfw")
    ai: bool | None = msgspec.field(default=None, name="is_ai")
    is_wip: bool | None = None
    is_private: bool | None = None
    published: bool | None = msgspec.field(default=None, name="is_published")
    tagged: tuple[_Tag | str | None, ...] | None = msgspec.field(default=None, name="tags")

    @property
    def maker_name(self) -> str:
        """Empty if Thingiverse doesn't say whose it is."""
        return self.maker.name if self.maker is not None else ""

    @property
    def url(self) -> str:
        return page_url(self.public_url, f"thing:{self.id}")

    @property
    def picture(self) -> str | None:
        return web_url(self.preview_image) or web_url(self.thumbnail)

    @property
    def is_nsfw(self) -> bool:
        return bool(self.nsfw)

    @property
    def is_ai(self) -> bool:
        return bool(self.ai)

    @property
    def is_public(self) -> bool:
        """Whether everyone may see it. If a list doesn't say, it's published."""
        return not self.is_private and self.published is not False

    @property
    def tags(self) -> list[str]:
        """Names of the tags; Thingiverse sends objects, and used to send strings."""
        names = (tag.name if isinstance(tag, _Tag) else tag for tag in self.tagged or ())
        return [name for name in names if name]

    @property
    def published_at(self) -> datetime | None:
        """When it was published, if Thingiverse says so; some of its dates are nonsense."""
        return moment_of(self.added or self.created_at)

    def as_listed(self) -> Thing:
        """The design as lists show it to everyone, without details, tags, or anyone's like."""
        kept: dict[str, Any] = {name: getattr(self, name) for name in Thing.__struct_fields__}
        kept["is_liked"] = kept["tagged"] = None
        return Thing(**kept)


class Collection(_Titled, frozen=True, kw_only=True):
    """A list of designs that a maker put together."""

    maker: Maker | None = msgspec.field(default=None, name="creator")
    count: Whole | None = None


class Category(_Titled, frozen=True, kw_only=True):
    """A group of designs, such as 3D Printing."""


class Listing(msgspec.Struct, frozen=True, kw_only=True):
    """One page of designs; `page` counts from 1, and `total` is None if Thingiverse doesn't send it."""

    things: tuple[Thing, ...] = ()
    total: int | None = None
    page: int = 1
    more: bool = False
    unsaid: bool = False  # page 1 was null, 400, or 404: the list is empty, or Thingiverse has a problem


class TokenInfo(msgspec.Struct, frozen=True, kw_only=True):
    """Which app a token was made for, and for which account."""

    audience: str
    user_id: int | None = None
