"""What `check` says about who runs which shards."""

from __future__ import annotations

import pytest

from operations.database_checks import of_shards
from storage.leases import Lease
from tests.storage.records import NOW


def lease(shard: int, total: int, owner: str = "us") -> Lease:
    return Lease(f"shard:{shard}/{total}", owner, "here", 1, 1, NOW, NOW)


def test_where_nobody_runs_nothing_is_said() -> None:
    assert of_shards([]) is None


@pytest.mark.parametrize(
    ("leases", "how", "said"),
    [
        ([lease(0, 1)], "well", "All 1 shards are run, by 1 process"),
        ([lease(0, 2), lease(1, 2, "them")], "well", "All 2 shards are run, by 2 processes"),
        ([lease(0, 8), lease(1, 8), lease(5, 8)], "warning", "Nobody runs shards 2-4, 6-7 of 8"),
        ([lease(0, 1), lease(0, 2)], "wrong", "Some processes divide servers into 1 and 2 shards"),
    ],
)
def test_gaps_and_contradictions_are_found(leases: list[Lease], how: str, said: str) -> None:
    found = of_shards(leases)
    assert found is not None
    assert (found.how, found.what.startswith(said)) == (how, True)
    assert bool(found.fix) == (how != "well")
