"""Run `bot.py run`. On SIGUSR1, it writes all strings and bytes of living objects to a file.

python -m tests.wire.memory run FILE
"""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path

import bot


def held() -> set[bytes]:
    """All objects the garbage collector tracks, and what they contain: it doesn't track some dicts and tuples."""
    gc.unfreeze()
    gc.collect()
    found: set[bytes] = set()
    open_: list[object] = gc.get_objects()
    seen = {id(each) for each in open_}
    while open_:
        for each in gc.get_referents(open_.pop()):
            if isinstance(each, str):
                found.add(each.encode(errors="surrogatepass"))
            elif isinstance(each, bytes | bytearray | memoryview):
                found.add(bytes(each))
            elif id(each) not in seen:
                seen.add(id(each))
                open_.append(each)
    return found


def main() -> None:
    *arguments, last = sys.argv[1:]
    file = Path(last)

    def write_down(*_: object) -> None:
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(b"\n".join(held()))
        unfinished.rename(file)

    signal.signal(signal.SIGUSR1, write_down)
    bot.main(arguments)


if __name__ == "__main__":
    main()
