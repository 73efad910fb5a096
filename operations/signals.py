"""Stop cleanly on signals, on Windows too."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine, Generator
from contextlib import contextmanager, suppress
from typing import Any

# Ctrl-C, a supervisor's stop, a closed terminal; Windows has no SIGHUP and sends SIGBREAK for Ctrl-Break.
_NAMES = ("SIGINT", "SIGTERM", "SIGHUP", "SIGBREAK")

Handler = Callable[[int], None]


class Stopped(Exception):
    """A signal stopped the work; the exit code is 128 plus its number, as in shells."""

    def __init__(self, number: int) -> None:
        super().__init__(signal.Signals(number).name)
        self.code = 128 + number


@contextmanager
def on_signals(handle: Handler) -> Generator[None]:
    """Call `handle` in the loop for each signal that stops a process. Ignored ones, as with nohup, stay ignored."""
    numbers = [getattr(signal, name) for name in _NAMES if hasattr(signal, name)]
    heeded = [number for number in numbers if signal.getsignal(number) is not signal.SIG_IGN]
    before = {number: signal.getsignal(number) for number in heeded}
    loop = asyncio.get_running_loop()
    for number in heeded:
        _add(loop, number, handle)
    try:
        yield
    finally:
        for number in heeded:
            with suppress(NotImplementedError):  # Windows, which only has `signal.signal`
                loop.remove_signal_handler(number)
            signal.signal(number, before[number] or signal.SIG_DFL)


async def until_stopped(work: Coroutine[Any, Any, None]) -> None:
    """Do the work, and cancel it on a signal. Raises Stopped."""
    stopped: list[int] = []
    working = asyncio.ensure_future(work)

    def stop(number: int) -> None:
        stopped.append(number)
        working.cancel()

    with on_signals(stop):
        await asyncio.wait({working})
    if working.cancelled() and stopped:
        raise Stopped(stopped[0])
    working.result()


def _add(loop: asyncio.AbstractEventLoop, number: int, handle: Handler) -> None:
    try:
        loop.add_signal_handler(number, handle, number)
    except NotImplementedError:  # Windows
        signal.signal(number, lambda number, _: loop.call_soon_threadsafe(handle, number))
