"""How far 300 requests in five minutes go: part of a bot's evening, simulated with its own budget and shares.

python -m bench.scale

Interest is like a Zipf distribution: the second page is asked for half as often as the first, and so on. What's assumed
is in the constants; what a server sends and a page weighs is measured here.
"""

from __future__ import annotations

import heapq
import itertools
import math
import random
import time
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

import discord
import msgspec
import orjson
from cachetools import LRUCache

from bench import payloads
from thingiverse.askers import asked_by
from thingiverse.budget import Budget, Urgency
from thingiverse.errors import BudgetUsedUp, RateLimited, ShareUsedUp
from thingiverse.models import Listing, Thing

SERVERS = (1_000, 10_000, 20_000, 100_000, 1_000_000)
A_DAY, EVENING = 5, 2.0  # interactions per server and day, and how many more there are in the evening
MESSAGES = 150  # of people, per server and day; Discord sends them all
PEOPLE = 20  # per server, who ever use the bot
WARM, MEASURED = 600.0, 900.0  # seconds
FRESH, KEPT = 300.0, 86_400.0  # seconds, as actions/catalog.py has it
REDIS_MB = 192  # as deploy/compose.scale.yaml has it
A_SHARD = 1_000  # servers, as Discord recommends; at most 2,500
SERVER_KB, REST_MB, CLIENT_MB = 1.7, 109, 9  # memory for each server, at rest, and for Redis's client
FEEDS = 44  # requests in five minutes: the stream, 100 categories, and a daily look at 1,000 makers
SHARDS_EACH = 64  # that one process runs; so many connections and their heartbeats are no load
FRAME_MS = 0.1  # for a message until discord.py has it: the socket and decompression, an estimate
STATEMENTS = 2  # on PostgreSQL for an interaction: settings or a link, and a record


@dataclass(frozen=True)
class Kind:
    """What people ask for: how often, of how many pages, how steep their interest, and with how many requests."""

    share: float
    pages: int
    steepness: float
    requests: int
    urgency: Urgency = Urgency.READ
    cached: bool = True


KINDS = {
    "lists": Kind(0.35, 60, 1.2, 1),
    "searches": Kind(0.20, 500_000, 1.0, 1),
    "designs": Kind(0.25, 2_500_000, 1.0, 2),
    "makers": Kind(0.05, 200_000, 1.0, 1),
    "likes": Kind(0.10, 1, 1.0, 1, Urgency.ACTION, cached=False),
    "help and settings": Kind(0.05, 1, 1.0, 0, cached=False),
}


@dataclass
class Evening:
    """`now` is in milliseconds, as the budget counts."""

    servers: int
    page_kb: float
    now: int = 0
    chance: random.Random = field(default_factory=lambda: random.Random(7))
    told: Counter[str] = field(default_factory=Counter)
    likes: Counter[bool] = field(default_factory=Counter)  # by whether they were refused
    requests: int = 0

    def __post_init__(self) -> None:
        self.budget = Budget(clock=lambda: self.now)
        self.pages: LRUCache[tuple[str, int], float] = LRUCache(int(REDIS_MB * 1_000 / self.page_kb))
        self.rate = self.servers * A_DAY * EVENING / 86_400

    def run(self) -> None:
        at, feeds = 0.0, itertools.count(1)
        next_feed = 0.0
        while at < WARM + MEASURED:
            at += self.chance.expovariate(self.rate)
            while next_feed < at:
                self.now = int(next_feed * 1_000)
                self._request(Urgency.FEEDS, count=next_feed > WARM)
                next_feed = next(feeds) * 300 / FEEDS
            self.now = int(at * 1_000)
            name = self.chance.choices(list(KINDS), [each.share for each in KINDS.values()])[0]
            guild = self.chance.randrange(self.servers)
            with asked_by(guild * PEOPLE + self.chance.randrange(PEOPLE), guild):
                outcome = self._asked(name, KINDS[name], at)
            if at > WARM:
                self.told[outcome] += 1
                self.likes[outcome != "read"] += name == "likes"

    def _asked(self, name: str, kind: Kind, at: float) -> str:
        key = (name, rank(self.chance, kind))
        read = self.pages.get(key) if kind.cached else None
        if read is not None and at - read < FRESH:
            return "hit"
        for _ in range(kind.requests):
            error = self._request(kind.urgency, count=at > WARM)
            if error is not None:
                return "old copy" if read is not None and at - read < KEPT else type(error).__name__
        if kind.cached:
            self.pages[key] = at
        return "read" if kind.requests else "needs no request"

    def _request(self, urgency: Urgency, *, count: bool) -> RateLimited | None:
        try:
            self.budget.take(urgency)
        except (BudgetUsedUp, ShareUsedUp) as error:
            return error
        self.requests += count
        return None


def rank(chance: random.Random, kind: Kind) -> int:
    """A page, 1 the most wanted. By the inverse of a continuous Zipf distribution."""
    n, s = kind.pages + 1, kind.steepness
    part = chance.random()
    if s == 1.0:
        return int(n**part)
    return int((1 + part * (n ** (1 - s) - 1)) ** (1 / (1 - s)))


def page_kb() -> float:
    things = tuple(msgspec.convert(payloads.thing(number), Thing) for number in range(28))
    return len(msgspec.msgpack.encode((time.time(), KEPT, Listing(things=things, total=1_000)))) / 1_000


def message_ms() -> float:
    """CPU time of discord.py for a message that nobody here reads."""
    client = discord.AutoShardedClient(intents=discord.Intents(guild_messages=True), max_messages=None, shard_count=1)
    message = orjson.loads(payloads.MESSAGE)
    text = payloads.gateway_event("MESSAGE_CREATE", {**message, "guild_id": str(payloads.GUILD)})
    parse = client._connection.parsers["MESSAGE_CREATE"]
    client._connection.dispatch = lambda *_: None
    times: list[float] = []
    for _ in range(5):
        before = time.process_time()
        for _ in range(1_000):
            parse(orjson.loads(text)["d"])
        times.append(time.process_time() - before)
    return heapq.nsmallest(3, times)[-1]


def row(servers: int, kb: float, ms: float) -> list[str]:
    evening = Evening(servers, kb)
    evening.run()
    told, total = evening.told, sum(evening.told.values())
    cached = total - told["needs no request"]
    refused = told["BudgetUsedUp"] + told["ShareUsedUp"] + told["GroupShareUsedUp"]
    messages = servers * MESSAGES * EVENING / 86_400
    shards = max(1, math.ceil(servers / A_SHARD))
    busy = messages * (ms + FRAME_MS) / 1_000 / 0.5  # at half of a core each
    processes = max(math.ceil(busy), math.ceil(shards / SHARDS_EACH))
    rest = REST_MB + (CLIENT_MB if processes > 1 else 0)
    an_hour = evening.requests * 3_600 / MEASURED
    upstream, misses = evening.requests / MEASURED, (cached - told["hit"]) / MEASURED
    return [
        f"{servers:,}",
        f"{evening.rate:.1f}",
        f"{an_hour:,.0f}",
        f"{told['hit'] / cached:.0%}",
        f"{told['old copy'] / cached:.0%}",
        f"{refused / cached:.0%}",
        f"{evening.likes[True] / max(1, evening.likes.total()):.0%}",
        f"{shards:,}",
        f"{messages:,.0f}",
        f"{processes}",
        f"{rest + SERVER_KB * servers / processes / 1_000:.0f} MB",
        f"{upstream * 3 + misses * 4 + processes * 3:.0f}",
        f"{evening.rate * STATEMENTS + processes * 3:.0f}",
    ]


def table(rows: list[list[str]]) -> Any:
    heads = (
        *("Servers", "Interactions/s", "Requests/h", "Fresh copies", "Old copies", "Refused", "Likes refused"),
        *("Shards", "Messages/s"),
        *("Processes", "Memory each", "Redis commands/s", "PostgreSQL statements/s"),
    )
    lines = [heads, ["---"] * len(heads), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def main() -> None:
    kb, ms = page_kb(), message_ms()
    print(f"A page of 28 designs has {kb:.1f} kB, so Redis keeps {REDIS_MB * 1_000 / kb:,.0f}.")
    print(f"A message that nobody reads takes {ms:.3f} ms.\n")
    print(table([row(servers, kb, ms) for servers in SERVERS]))


if __name__ == "__main__":
    main()
