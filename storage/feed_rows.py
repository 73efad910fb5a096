"""Feeds as rows of the database."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import msgspec
import sqlalchemy as sa

from feed_records import FeedOptions, FeedSource, Subscription
from storage.database import columns_of


def subscription_of(row: sa.Row[Any]) -> Subscription:
    """A row with all columns of `feeds`; `uncertain` and `checked_at` may be missing."""
    columns = columns_of(row)
    given = {name: columns[name] for name in Subscription.__dataclass_fields__ if name in columns}
    given["source"], given["options"] = source_of(row.source), options_of(row.options)
    return Subscription(**given)


@lru_cache(maxsize=20_000)  # feeds with the same text share one object
def source_of(text: str) -> FeedSource:
    return msgspec.json.decode(text, type=FeedSource)


@lru_cache(maxsize=20_000)
def options_of(text: str) -> FeedOptions:
    return msgspec.json.decode(text, type=FeedOptions)


def text_of(value: FeedSource | FeedOptions) -> str:
    return msgspec.json.encode(value).decode()


def row_of(new: Subscription) -> dict[str, Any]:
    kept = {name: getattr(new, name) for name in ("guild", "person", "channel", "target", "state", "started_at")}
    written = {"source": text_of(new.source), "options": text_of(new.options), "query": new.source.query}
    return kept | written | {"changed_at": new.started_at, "told": False, "tries": 0, "filtered": 0}
