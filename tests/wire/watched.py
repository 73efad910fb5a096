"""`bot.py run`, which on SIGUSR1 writes every text and every run of bytes that a live object holds into a file.

python -m tests.wire.watched FILE
"""

from __future__ import annotations

import gc
import signal
import sys
from pathlib import Path

import bot


def held() -> set[bytes]:
    """What the collector knows of, and what that holds: small dictionaries and tuples of texts it does not track."""
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
    file = Path(sys.argv.pop())

    def write_down(*_: object) -> None:
        unfinished = file.with_suffix(".part")
        unfinished.write_bytes(b"\n".join(held()))
        unfinished.rename(file)

    signal.signal(signal.SIGUSR1, write_down)
    bot.main(["run"])


if __name__ == "__main__":
    main()
