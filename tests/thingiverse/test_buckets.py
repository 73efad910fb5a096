"""One window for each person, in little memory."""

from __future__ import annotations

from pyrate_limiter import Rate, RateItem

from thingiverse.buckets import Bucket


def test_they_count_apart_and_share_one_lock() -> None:
    rates = [Rate(2, 1_000)]
    one, other = Bucket(rates), Bucket(rates)
    assert [one.put(RateItem("request", now)) for now in (0, 1, 2)] == [True, True, False]
    assert other.put(RateItem("request", 2))
    assert one._lock is other._lock, "each lock of its own costs nine kilobytes"
    assert one.rates[0] is other.rates[0]
