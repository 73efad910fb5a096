"""A server that starts bots. It imports once what bot.py imports late, and forks for each: a second less per start.

python -m tests.wire.starter

It prints the path of its socket. An order is a line of JSON; the response is a line with the child's PID, and one with
its exit code. When its standard input ends, it exits with all its children.
"""

from __future__ import annotations

import atexit
import gc
import json
import os
import selectors
import signal
import socket
import sys
import tempfile
import threading
import traceback
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from importlib import import_module
from pathlib import Path
from typing import NoReturn

import bot
from texts import Texts

# What the commands import once they're called.
_LATE = (
    "uvloop",
    "config",
    "log",
    "wiring.bot",
    "wiring.page",
    "wiring.services",
    "operations.check",
    "operations.client",
    "operations.running",
    "web.server",
)


@dataclass(frozen=True)
class Order:
    arguments: Sequence[str]  # of bot.py
    environment: dict[str, str]
    folder: str
    log: str  # a file for the child's output

    def as_line(self) -> bytes:
        return json.dumps(asdict(self)).encode() + b"\n"

    def carry_out(self) -> None:
        """In the child: run `python bot.py ARGUMENTS`, and exit with its code."""
        os.environ.clear()
        os.environ.update(self.environment)
        os.chdir(self.folder)
        log = os.open(self.log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o644)
        for number, file in ((0, os.open(os.devnull, os.O_RDONLY)), (1, log), (2, log)):
            os.dup2(file, number)
        sys.argv = ["bot.py", *self.arguments]
        _end(_code_of(bot.main))


def _code_of(main: Callable[[], object]) -> int:
    try:
        main()
    except SystemExit as end:
        return end.code if isinstance(end.code, int) else int(end.code is not None)
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _end(code: int) -> NoReturn:
    """Exit like Python, but without half a second of freeing imports."""
    threading._shutdown()  # waits for non-daemon threads
    atexit._run_exitfuncs()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


class Starter:
    def __init__(self, listening: socket.socket) -> None:
        self._listening = listening
        self._children: dict[int, socket.socket] = {}
        self._woken, self._waking = os.pipe()
        os.set_blocking(self._waking, False)
        signal.signal(signal.SIGCHLD, lambda *_: None)
        signal.set_wakeup_fd(self._waking)

    def serve(self) -> Order | None:
        """Handle orders. Returns the order in each child, and None in the server at the end."""
        with selectors.DefaultSelector() as ready:
            for each in (sys.stdin.fileno(), self._listening.fileno(), self._woken):
                ready.register(each, selectors.EVENT_READ)
            while True:
                events = {key.fd for key, _ in ready.select()}
                if self._woken in events:
                    os.read(self._woken, 1024)
                    self._report()
                if self._listening.fileno() in events and (order := self._start()) is not None:
                    return order
                if sys.stdin.fileno() in events:
                    return None

    def end(self) -> None:
        for child in self._children:
            os.kill(child, signal.SIGKILL)

    def _start(self) -> Order | None:
        connection, _ = self._listening.accept()
        order = Order(**json.loads(connection.makefile().readline()))
        child = os.fork()
        if child == 0:
            self._become_child(connection)
            return order
        self._children[child] = connection
        connection.sendall(b"%d\n" % child)
        return None

    def _become_child(self, connection: socket.socket) -> None:
        signal.set_wakeup_fd(-1)
        signal.signal(signal.SIGCHLD, signal.SIG_DFL)
        signal.signal(signal.SIGHUP, signal.SIG_DFL)  # under nohup the tests ignore it, and so would the bot
        for each in (connection, self._listening, *self._children.values()):
            each.close()
        os.close(self._woken)
        os.close(self._waking)

    def _report(self) -> None:
        for child in list(self._children):
            ended, status = os.waitpid(child, os.WNOHANG)
            if ended:
                with self._children.pop(child) as connection:
                    _tell(connection, os.waitstatus_to_exitcode(status))


def _tell(connection: socket.socket, code: int) -> None:
    try:
        connection.sendall(b"%d\n" % code)
    except BrokenPipeError:
        pass  # the test that sent it has ended


def main() -> None:
    folder = Path(tempfile.mkdtemp(prefix="starter-"))
    path = folder / "socket"
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))
        listening.listen()
        sys.stdout.write(f"{path}\n")
        sys.stdout.flush()
        starter = Starter(listening)
        for name in _LATE:
            import_module(name)
        Texts()  # keeps the catalogs it reads
        gc.collect()
        gc.freeze()  # otherwise each child copies the memory of all imports
        order = starter.serve()
    if order is not None:
        order.carry_out()
        return
    starter.end()
    path.unlink()
    folder.rmdir()


if __name__ == "__main__":
    main()
