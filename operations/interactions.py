"""Follow each interaction from Discord to its last answer: one line in the log, and numbers for /metrics."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Generator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import structlog
from cachetools import TTLCache

from desk.desk import outcome_of

log = structlog.get_logger("operations.interactions")

TYPES = {2: "application_command", 3: "component", 4: "autocomplete", 5: "modal_submit"}  # Discord's, by number
_KEPT = 15 * 60.0  # seconds that Discord accepts answers
_MOST = 10_000
_SALT = secrets.token_bytes(16)  # of this process: a server's hash can't be traced back to its ID


@dataclass(slots=True)
class Followed:
    """An interaction in progress. `command` is a command's or a button's name of ours, or "other"."""

    type: str
    command: str
    server: int | None
    began: float
    acknowledged: float | None = None
    at_work: bool = False
    outcome: str = "ok"


class Interactions:
    """`known` says which names are ours; others would be text that someone else chose."""

    def __init__(self, known: Callable[[str], bool], clock: Callable[[], float] = time.perf_counter) -> None:
        self.on_begun: Callable[[Followed], None] = lambda _: None
        self.on_acknowledged: Callable[[Followed], None] = lambda _: None
        self.on_done: Callable[[Followed], None] = lambda _: None
        self._known = known
        self._clock = clock
        self._followed: TTLCache[int, Followed] = TTLCache(_MOST, _KEPT, timer=clock)

    def seconds_since(self, followed: Followed) -> float:
        return self._clock() - followed.began

    def acknowledged(self, id_: int) -> None:
        """Discord has the first answer, or won't take one anymore."""
        followed = self._followed.get(id_)
        if followed is not None and followed.acknowledged is None:
            followed.acknowledged = self._clock()
            self.on_acknowledged(followed)
            if not followed.at_work:  # such as suggestions, or a form that was opened
                self._done(id_, followed)

    @contextmanager
    def working(self, id_: int) -> Generator[Callable[[Exception], None]]:
        """What the desk does for it. The function yielded takes the error it ends with."""
        followed = self._followed.get(id_)
        if followed is None:
            yield lambda _: None
            return

        def failed(error: Exception) -> None:
            followed.outcome = outcome_of(error)

        followed.at_work = True
        try:
            yield failed
        finally:
            self._done(id_, followed)

    def begin(self, data: dict[str, Any]) -> None:
        """Follow the interaction that Discord sent."""
        name = name_of(data.get("data") or {})
        server = data.get("guild_id")
        followed = Followed(
            type=TYPES.get(data["type"], "other"),
            command=name if self._known(name) else "other",
            server=None if server is None else int(server),
            began=self._clock(),
        )
        self._followed[int(data["id"])] = followed
        self.on_begun(followed)

    def _done(self, id_: int, followed: Followed) -> None:
        if self._followed.pop(id_, None) is None:
            return
        self.on_done(followed)
        if followed.type != "autocomplete":
            log.info(
                "interaction",
                type=followed.type,
                command=followed.command,
                outcome=followed.outcome,
                ms=round(self.seconds_since(followed) * 1000),
                server=None if followed.server is None else _hashed(followed.server),
            )


def name_of(asked: dict[str, Any]) -> str:
    """A command's name, or the verb in the custom_id of a button, a select, or a form."""
    if "name" in asked:
        return str(asked["name"])
    return str(asked.get("custom_id", "")).partition(":")[2].partition(":")[0]


def _hashed(server: int) -> str:
    return hashlib.blake2b(str(server).encode(), key=_SALT, digest_size=4).hexdigest()
