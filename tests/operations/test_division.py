"""Which shards a process takes and gives."""

from __future__ import annotations

import pytest

from operations.division import Division


def division(total: int, has: dict[str, int]) -> Division:
    """From the point of view of the process "us"; each has so many shards, from the first on."""
    owners = [name for name, count in has.items() for _ in range(count)]
    return Division("us", total, frozenset(has), dict(enumerate(owners)))


@pytest.mark.parametrize(
    ("total", "has", "room"),
    [
        (16, {"us": 0}, 16),
        (16, {"us": 0, "b": 0, "c": 0, "d": 0}, 4),
        (16, {"us": 4, "b": 4, "c": 4, "d": 4}, 0),
        (16, {"us": 4, "b": 4, "c": 4}, 2),
        (1, {"us": 0, "b": 1}, 1),
    ],
)
def test_a_process_takes_its_part(total: int, has: dict[str, int], room: int) -> None:
    assert division(total, has).room() == room


@pytest.mark.parametrize(
    ("total", "has", "too_many"),
    [
        (16, {"us": 16}, 0),
        (16, {"us": 8, "b": 8}, 0),
        (16, {"us": 6, "b": 6, "c": 4, "d": 0}, 2),
        (16, {"us": 16, "b": 0}, 8),
        (16, {"us": 5, "b": 6, "c": 5}, 0),
        (16, {"us": 4, "b": 4, "c": 4, "d": 0}, 0),
        (1, {"us": 1, "b": 0}, 0),
    ],
)
def test_it_gives_what_others_are_short_of(total: int, has: dict[str, int], too_many: int) -> None:
    assert division(total, has).too_many() == too_many


@pytest.mark.parametrize("processes", range(1, 8))
@pytest.mark.parametrize("total", [1, 2, 7, 16, 33])
def test_from_any_start_everyone_ends_with_a_fair_part(processes: int, total: int) -> None:
    names = ["us", *"bcdefg"][:processes]
    owners = dict.fromkeys(range(total), "us")
    for _ in range(2 * total + 10):
        for name in names:
            seen = Division(name, total, frozenset(names), dict(owners))
            for shard in seen.free[: seen.room()]:
                owners[shard] = name
            much = Division(name, total, frozenset(names), dict(owners)).too_many()
            for shard in seen.mine[-much:] if much else []:
                owners.pop(shard, None)
    counts = [list(owners.values()).count(name) for name in names]
    assert sum(counts) == total
    assert max(counts) - min(counts) <= 1 or min(counts) >= total // processes
