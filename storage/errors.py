"""Failures of the database, for operators."""

from __future__ import annotations

from typing import Literal

Kind = Literal["busy", "full", "readonly", "unreachable", "newer", "other"]


class StorageError(Exception):
    """The database cannot do what was asked. The text has no SQL, no values and no password."""

    def __init__(self, sentence: str, cause_kind: Kind = "other") -> None:
        super().__init__(sentence)
        self.cause_kind: Kind = cause_kind
