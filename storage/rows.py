"""Rows to records and back. A row's columns stand in the order of its table, its times are milliseconds."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from storage.records import Attempt, Like, Link, Parked
from storage.tables import from_milliseconds

_PARKED = (
    "token",
    "maker_id",
    "maker_name",
    "maker_picture",
    "audience_checked",
    "until",
    "browser_hash",
    "sign_in_hash",
    "proven",
)


def link_of_row(row: Sequence[Any]) -> Link:
    person, maker_id, name, picture, token, linked_at, dead_at = row[:7]
    return Link(person, maker_id, name, picture, token, from_milliseconds(linked_at), _moment(dead_at))


def attempt_of_row(row: Sequence[Any]) -> Attempt:
    person, state_hash, began_at, expires_at, tries, then_like, *account, locale, asked_as, used_at = row[:14]
    return Attempt(
        person=person,
        state_hash=state_hash,
        began_at=from_milliseconds(began_at),
        expires_at=from_milliseconds(expires_at),
        tries=tries,
        then_like=then_like,
        parked=_parked_of_row(account, row[14:18]),
        locale=locale,
        asked_as=asked_as,
        state_used_at=_moment(used_at),
    )


def _parked_of_row(account: Sequence[Any], page: Sequence[Any]) -> Parked | None:
    token, maker_id, name, picture, checked = account
    until, browser_hash, sign_in_hash, proven = page
    if token is None:
        return None
    return Parked(
        token, maker_id, name, picture, bool(checked), _moment(until), browser_hash, sign_in_hash, bool(proven)
    )


def _moment(milliseconds: int | None) -> datetime | None:
    return None if milliseconds is None else from_milliseconds(milliseconds)


def values_of_link(link: Link) -> dict[str, Any]:
    return {
        "person": link.person,
        "maker_id": link.maker_id,
        "maker_name": link.maker_name,
        "maker_picture": link.maker_picture,
        "token": link.token,
        "linked_at": link.linked_at,
        "dead_at": link.dead_at,
    }


def values_of_attempt(attempt: Attempt) -> dict[str, Any]:
    return {
        "person": attempt.person,
        "state_hash": attempt.state_hash,
        "began_at": attempt.began_at,
        "expires_at": attempt.expires_at,
        "tries": attempt.tries,
        "then_like": attempt.then_like,
        "asked_as": attempt.asked_as,
        "state_used_at": attempt.state_used_at,
        **values_of_parked(attempt.parked),
        "locale": attempt.locale,
    }


def values_of_parked(parked: Parked | None) -> dict[str, Any]:
    """All None where nothing is parked."""
    return {f"parked_{name}": getattr(parked, name, None) for name in _PARKED}


def values_of_like(like: Like) -> dict[str, Any]:
    return {
        "person": like.person,
        "thing": like.thing,
        "name": like.name,
        "guild": like.guild,
        "liked_at": like.liked_at,
    }
