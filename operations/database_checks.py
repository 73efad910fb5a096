"""The part of `check` that looks at the database: keys, states, shards, and feeds."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta

from actions.states import MANY, refused_without_state
from feed_records import FeedCounts
from operations.checks import Finding, readable
from operations.failures import StartError
from operations.keys import look_for_keys
from operations.shards import SHARD, number_of, ranges, total_of
from storage.leases import Lease
from storage.look import Look
from storage.vault import Vault

WAL_FIXED = (3, 51, 3)
LATE = timedelta(minutes=15)
WAITING = ("ready", "claimed")


async def of_database(look: Look, vault: Vault) -> AsyncIterator[Finding]:
    yield _state(look)
    if look.sqlite_version is not None and look.sqlite_version < WAL_FIXED:
        yield _old_sqlite(look.sqlite_version)
    if look.state == "current":
        yield await _keys(look, vault)
        yield await _states(look)
    if look.open_to_others and sys.platform != "win32":
        yield readable(look.where)
    if look.sends_in_the_open:
        yield Finding(
            "warning",
            "The connection to the database server isn't protected against eavesdropping",
            "Add ?sslmode=verify-full to DATABASE_URL, unless the network between is your own.",
        )
    if look.state == "current":
        found = of_shards(await look.leases(SHARD)), of_feeds(await look.feed_counts())
        for finding in filter(None, found):
            yield finding


def _old_sqlite(version: tuple[int, ...]) -> Finding:
    """https://www.sqlite.org/releaselog/3_51_3.html"""
    return Finding(
        "warning",
        f"SQLite {'.'.join(map(str, version))} has a rare bug that can damage a database that two processes write to",
        "It's fixed in 3.51.3. Until then, never run two bots on one database, stop the bot for rotate-keys, and set "
        "BACKUP_EVERY. See docs/hosting.md.",
    )


def _state(look: Look) -> Finding:
    if not look.writable:
        return Finding(
            "wrong",
            f"Database {look.where} can't be written to",
            "Check the owner and permissions of its file and folder.",
        )
    said = {
        "absent": f"Database {look.where} will be created the next time the bot starts",
        "older": f"Database {look.where} will be upgraded the next time the bot starts",
        "current": f"Database {look.where} is responding",
    }
    return Finding("well", said[look.state])


async def _keys(look: Look, vault: Vault) -> Finding:
    try:
        damaged = await look_for_keys(look, vault)
    except StartError as error:
        return Finding("wrong", "Linked accounts can't be decrypted", str(error))
    if damaged:
        return Finding("warning", f"{damaged} linked accounts are damaged", "Run rotate-keys to see whose.")
    return Finding("well", "TOKEN_KEYS has the keys that linked accounts are encrypted with")


async def _states(look: Look) -> Finding:
    """Many rejected replies without a state are an attack, or mean that Thingiverse stopped sending it."""
    count = await refused_without_state(look)
    if count >= MANY:
        return Finding(
            "wrong",
            f"{count} links that came back from Thingiverse without a state were refused",
            "If nobody can link anymore, unset PUBLIC_URL and set THINGIVERSE_STATE=never. See docs/linking-page.md.",
        )
    return Finding("well", "Links come back from Thingiverse with a state")


def of_shards(leases: Sequence[Lease]) -> Finding | None:
    """Who runs which shards; `leases` are those of all. None if nobody runs any."""
    living = [lease for lease in leases if not lease.is_gone()]
    totals = sorted({total_of(lease) for lease in living})
    if not totals:
        return None
    if len(totals) > 1:
        said = " and ".join(map(str, totals))
        fix = "Stop them all, set the same number in SHARDS or none, and start them again."
        return Finding("wrong", f"Some processes divide servers into {said} shards, so servers get two answers", fix)
    (total,) = totals
    run = {number_of(lease) for lease in living}
    processes = len({lease.owner for lease in living})
    if missing := [shard for shard in range(total) if shard not in run]:
        fix = "Start a process for them, or change SHARDS. After a start or an end, it takes half a minute."
        return Finding("warning", f"Nobody runs shards {ranges(missing)} of {total}", fix)
    return Finding("well", f"All {total} shards are run, by {processes} process{'es' if processes > 1 else ''}")


def of_feeds(counts: FeedCounts, now: datetime | None = None) -> Finding | None:
    """None if there are no feeds."""
    now = now or datetime.now(UTC)
    total = sum(counts.feeds.values())
    if total == 0:
        return None
    waiting = sum(counts.outbox.get(state, 0) for state in WAITING)
    said = f"{total} feeds, {counts.feeds.get('suspended', 0)} of them suspended; {waiting} posts waiting"
    if counts.outbox.get("uncertain"):
        said += f"; {counts.outbox['uncertain']} posts may not have arrived"
    if counts.failing_since is not None:
        return Finding("warning", f"{said}; Thingiverse hasn't answered for feeds since {_time(counts.failing_since)}")
    if counts.checked_at is not None and now - counts.checked_at > LATE:
        fix = "That's normal if the bot is stopped. What was missed comes as one digest."
        return Finding("warning", f"{said}; new designs were last read at {_time(counts.checked_at)}", fix)
    if counts.oldest_ready is not None and now - counts.oldest_ready > LATE:
        return Finding("warning", f"{said}; the oldest since {_time(counts.oldest_ready)}", "See the log for reasons.")
    return Finding("well", said)


def _time(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"
