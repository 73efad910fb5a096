"""A short version of `make soak`, for some seconds and as many people as a busy CI can handle."""

from __future__ import annotations

import pytest

from bench.soak import GROWTH, Report, soak


@pytest.mark.parametrize("seconds", [2, pytest.param(6, marks=pytest.mark.slow)])
async def test_many_people_while_thingiverse_fails_one_time_in_ten(seconds: int) -> None:
    report = await soak(rate=60, seconds=seconds)
    assert report.broken_promises() == []
    assert sum(report.told.values()) == 60 * seconds
    assert report.failed > seconds
    assert len(report.told) == 10, "everything that people do was done"


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"signs": [0.1, 3.1]}, "1 interactions got no sign within 3 seconds"),
        ({"unsigned": 2}, "2 interactions got no sign within 3 seconds"),
        ({"unanswered": 1}, "1 interactions were never answered"),
        ({"memory": [100.0] * 5 + [101.0 + GROWTH] * 5}, "memory grew by 33 MB"),
        ({"tasks": (5, 7)}, "2 tasks are left over"),
        ({"unforeseen": ["oh"]}, "the log has: oh"),
    ],
)
def test_a_broken_promise_is_said(given: dict[str, object], said: str) -> None:
    kept: dict[str, object] = {
        "rate": 1.0, "told": {}, "signs": [0.1], "unsigned": 0, "unanswered": 0, "failed": 0, "requests": 0,
        "memory": [100.0] * 10, "tasks": (5, 5), "unforeseen": [], "cpu": 0.1,
    }  # fmt: skip
    assert Report(**kept).broken_promises() == []  # type: ignore[arg-type]
    assert Report(**(kept | given)).broken_promises() == [said]  # type: ignore[arg-type]
