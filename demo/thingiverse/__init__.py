"""A Thingiverse of our own, at least as unpleasant as the real one: for the tests and the demo."""

from demo.thingiverse.world import FakeThingiverse, Settings

__all__ = ["FakeThingiverse", "Settings"]
