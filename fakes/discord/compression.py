"""Compress what the gateway sends: not at all, or in one stream per connection."""

from __future__ import annotations

import zlib
from collections.abc import Callable
from importlib.util import find_spec

Encoder = Callable[[bytes], bytes | str]


def encoder(compression: str | None) -> Encoder:
    """A function that compresses the frames of one connection: one stream, flushed after each frame."""
    if compression == "zlib-stream":
        stream = zlib.compressobj()
        return lambda data: stream.compress(data) + stream.flush(zlib.Z_SYNC_FLUSH)
    if compression == "zstd-stream" and find_spec("zstandard") is not None:
        import zstandard

        zstd = zstandard.ZstdCompressor().compressobj()
        return lambda data: zstd.compress(data) + zstd.flush(zstandard.COMPRESSOBJ_FLUSH_BLOCK)
    return lambda data: data.decode()
