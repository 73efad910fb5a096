"""Ports to listen on, for settings that have to name one before anything listens there."""

from __future__ import annotations

import os
import socket
from itertools import count

# Below the ports that systems hand out by themselves (from 32768 on Linux, from 49152 elsewhere): no connection takes
# one between the moment it's chosen and the moment the bot listens. Each process starts at its own place.
_FIRST, _LAST = 10_000, 32_000
_next = count(os.getpid() * 997)


def free_port() -> int:
    """A port that nothing listens on, different at each call."""
    while True:
        port = _FIRST + next(_next) % (_LAST - _FIRST)
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind(("127.0.0.1", port))
            except OSError:
                continue
            return port
