"""A fake Thingiverse with all known problems of the real one."""

from fakes.thingiverse.server import FakeThingiverse
from fakes.thingiverse.world import Settings

__all__ = ["FakeThingiverse", "Settings"]
