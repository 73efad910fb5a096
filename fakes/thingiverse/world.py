"""The state of the fake Thingiverse: designs, people, tokens, and likes."""

from __future__ import annotations

import secrets
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Literal

from aiohttp import web

from fakes.thingiverse.faults import Faults
from fakes.thingiverse.things import MAKERS, FakeThing, all_things


@dataclass
class Settings:
    """Behavior that isn't known about the real Thingiverse."""

    echo_state: bool = True
    popular_exists: bool = True
    double_like: Literal["ok", "400", "409"] = "ok"
    unlike_unliked: Literal["ok", "400", "404"] = "ok"
    past_the_end: Literal["404", "400", "empty"] = "404"
    exchange_json: bool = False
    tokeninfo_bad_status: int = 200
    approved: bool = True
    per_page_ignored: bool = False
    random_exists: bool = True
    double_save: Literal["ok", "twice", "400", "409"] = "ok"  # "twice": it's in the collection twice then
    me_has_collections: bool = True  # otherwise /users/me/collections is 404
    create_path: Literal["slash", "bare"] = "slash"  # of POST /collections
    create_says: Literal["collection", "ok"] = "collection"
    says_collected: bool = True  # whether a design says that it's in one of the asker's collections


@dataclass
class Maker:
    id: int
    name: str
    first_name: str


@dataclass
class FakeCollection:
    id: int
    name: str
    maker: str
    things: list[int]
    private: bool = False
    by_app: set[int] = field(default_factory=set[int])  # designs that the app added


@dataclass
class FakeMake:
    id: int
    thing: int
    maker: str | None
    description: str
    days_old: int
    like_count: int = 0
    flags: set[str] = field(default_factory=set[str])  # of: no_picture, moderated, odd


@dataclass
class RegisteredApp:
    """The app that is registered with Thingiverse."""

    client_id: str
    client_secret: str = field(repr=False)
    app_token: str = field(repr=False)
    redirect_uri: str
    owner: str = "owner"
    name: str = "Thingamabot"


@dataclass
class Token:
    maker: str
    client_id: str
    is_app: bool = False


@dataclass(frozen=True)
class SeenRequest:
    """A request; `person` is whose token it had, and the token itself isn't kept."""

    method: str
    path: str
    query: dict[str, str]
    owner: str | None
    user_agent: str
    at: float


class World:
    """The data, without the server. `www_url` and `app` are set when the server starts."""

    def __init__(self) -> None:
        self.settings = Settings()
        self.faults = Faults()
        self.when_mood_changes: Callable[[], None] = lambda: None  # on the panel
        self.now: Callable[[], datetime] = lambda: datetime.now(UTC)
        self.after_page: Callable[[int], None] = lambda _: None  # called once a page of a search is read
        self.things: dict[int, FakeThing] = all_things()
        self.people = {name: Maker(200 + i, name, first) for i, (name, first) in enumerate(MAKERS.items())}
        self.likes: dict[str, dict[int, float]] = {name: {} for name in self.people}
        self.collections = {found.id: found for found in self._collections()}
        self.makes: dict[int, list[FakeMake]] = {}  # by design; made when they are asked for
        self.tokens: dict[str, Token] = {}
        self.codes: dict[str, str] = {}
        self.requests: list[SeenRequest] = []
        self.www_url = ""
        self.app = RegisteredApp("", "", "", "")

    @property
    def api_url(self) -> str:
        return f"{self.www_url}/api"

    # -- for tests and the demo

    def token_for(self, name: str, *, client_id: str | None = None) -> str:
        """A token of a person, as if they had pressed Allow."""
        token = secrets.token_hex(16)
        self.tokens[token] = Token(name, client_id or self.app.client_id)
        return token

    def code_for(self, name: str) -> str:
        code = secrets.token_hex(16)
        self.codes[code] = name
        return code

    def revoke(self, token: str) -> None:
        del self.tokens[token]

    def revoke_all(self, name: str) -> None:
        for token in [token for token, known in self.tokens.items() if known.maker == name and not known.is_app]:
            del self.tokens[token]

    def like(self, name: str, thing_id: int) -> None:
        """Like a design, as if on the website."""
        if thing_id not in self.likes[name]:
            self.likes[name][thing_id] = time.time()
            self._count(thing_id, 1)

    def unlike(self, name: str, thing_id: int) -> None:
        if self.likes[name].pop(thing_id, None) is not None:
            self._count(thing_id, -1)

    def likes_of(self, name: str) -> set[int]:
        return set(self.likes[name])

    def collections_of(self, name: str) -> list[FakeCollection]:
        return [found for found in self.collections.values() if found.maker == name]

    def collect(self, name: str, title: str, things: list[int] | None = None, **given: Any) -> FakeCollection:
        """A new collection, as if made on the website. There may be several of one name."""
        number = max(self.collections, default=16_000) + 1
        self.collections[number] = FakeCollection(number, title, name, things or [], **given)
        return self.collections[number]

    def add_thing(self, thing_id: int, **extra: Any) -> FakeThing:
        """Add a design whose responses have the fields in `extra`."""
        thing = FakeThing(thing_id, f"Odd {thing_id}", "box", "ada_prints", 1, 1, None, [], extra=extra)
        self.things[thing_id] = thing
        return thing

    def publish(
        self, name: str = "Fresh vase", *, days_ago: float = 0, number: int | None = None, **given: Any
    ) -> FakeThing:
        """Publish a design. A draft has its ID from earlier, so a new one may have a lower ID than older ones."""
        values: dict[str, Any] = {
            "shape": "vase",
            "maker": "mira",
            "like_count": 0,
            "make_count": 0,
            "license": None,
            "tags": ["vase"],
            "category": 62,
            **given,
        }
        published = self.now() - timedelta(days=days_ago)
        thing = FakeThing(id=number or 1 + max(self.things), name=name, published=published, **values)
        self.things[thing.id] = thing
        return thing

    def take_down(self, thing_id: int) -> None:
        """Remove a design, which moves those after it up in every list."""
        del self.things[thing_id]

    def count(self, method: str, path: str) -> int:
        """How many requests there were for a path, such as /api/popular."""
        return sum(seen.method == method and seen.path == path for seen in self.requests)

    def clear_requests(self) -> None:
        self.requests.clear()

    # -- for the server

    def token_of(self, request: web.Request) -> Token | None:
        kind, _, token = request.headers.get("Authorization", "").partition(" ")
        return self.tokens.get(token) if kind == "Bearer" else None

    def listed(self) -> list[FakeThing]:
        """The public designs, the most popular first."""
        return [thing for thing in self.things.values() if "private" not in thing.flags]

    def makes_of(self, thing: FakeThing) -> list[FakeMake]:
        """As many as the design counts, up to seventy: some without picture or maker, one that isn't checked yet."""
        if thing.id not in self.makes:
            names = [name for name in self.people if name != thing.maker]
            self.makes[thing.id] = [
                FakeMake(
                    id=thing.id * 100 + number,
                    thing=thing.id,
                    maker=names[number % len(names)] if number % 7 != 5 else None,
                    description=f"Print {number}, 0.2 mm\r\n@everyone **look** at `it`" if number % 3 else "",
                    days_old=1 + number,
                    like_count=number % 4,
                    flags={"no_picture"} if number % 6 == 4 else {"moderated"} if number == 2 else set(),
                )
                for number in range(min(thing.make_count or 0, 70))
            ]
        return self.makes[thing.id]

    def _collections(self) -> list[FakeCollection]:
        def tagged(tag: str) -> list[int]:
            return [thing.id for thing in self.things.values() if tag in thing.tags]

        return [
            FakeCollection(16_001, "Gears that teach", "mira", tagged("gear")),
            FakeCollection(16_002, "Desk, tidy at last", "kumiko", tagged("desk")),
            FakeCollection(16_003, "Nothing so far", "gyro", []),
        ]

    def _count(self, thing_id: int, step: int) -> None:
        thing = self.things[thing_id]
        if thing.like_count is not None:
            thing.like_count += step
