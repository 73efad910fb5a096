"""Which shards a process may take, and which it should give to others."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass


@dataclass(frozen=True)
class Division:
    """Who has which shards now. `us` is one of the `members`."""

    us: str
    total: int
    members: frozenset[str]
    owners: Mapping[int, str]

    @property
    def mine(self) -> list[int]:
        return sorted(shard for shard, owner in self.owners.items() if owner == self.us)

    @property
    def free(self) -> list[int]:
        return [shard for shard in range(self.total) if shard not in self.owners]

    def room(self) -> int:
        """How many more shards this process may take."""
        return max(0, math.ceil(self.total / len(self.members)) - len(self.mine))

    def too_many(self) -> int:
        """How many shards another process is short of, and this one has beyond its part."""
        fair = self.total // len(self.members)
        has = Counter(self.owners.values())
        short = sum(max(0, fair - has[member]) for member in self.members) - len(self.free)
        return max(0, min(short, len(self.mine) - fair))


@dataclass
class Portion:
    """Which part of all shards this process has, from 0 to 1."""

    part: float = 0.0
