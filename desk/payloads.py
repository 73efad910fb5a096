"""Interactions and messages as discord.py can read them.

It insists on fields that Discord's documentation calls partial or optional, and an interaction without one would get
no answer. So they're filled in, and what nobody here reads is left out.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

Payload = dict[str, Any]

TEXT, PRIVATE = 0, 1  # Discord's channel types
_IN_SERVERS, _BETWEEN_PEOPLE = {0, 2, 4, 5, 10, 11, 12, 13, 15, 16}, {1, 3}  # those that discord.py knows
_USER: Payload = {"username": "", "discriminator": "0", "avatar": None}
_MEMBER: Payload = {"roles": (), "flags": 0}
_CHANNEL: Payload = {
    "name": "",
    "position": 0,
    "permissions": "0",
    "bitrate": 0,
    "user_limit": 0,
    "parent_id": None,
    "nsfw": False,
}
_THREAD: Payload = {"parent_id": 0, "owner_id": 0, "message_count": 0, "member_count": 0}
_THREADS = {10, 11, 12}
_METADATA: Payload = {
    "archived": False,
    "auto_archive_duration": 1_440,
    "archive_timestamp": "2015-01-01T00:00:00+00:00",
}
_INTERACTION: Payload = {"version": 1, "attachment_size_limit": 10 * 1024 * 1024}
_MESSAGE: Payload = {"type": 0, "content": "", "components": ()}
_READ_OF_CHANNELS = ("id", "nsfw", "parent_id")
_READ_OF_MESSAGES = (
    *("id", "channel_id", "type", "content", "embeds", "components", "flags"),
    *("message_snapshots", "message_reference"),
)
_READ_WHEN_POSTED = (
    *("id", "channel_id", "guild_id", "type", "content", "edited_timestamp"),
    *("webhook_id", "application_id", "interaction_metadata"),
)


def interaction(data: Mapping[str, Any], application: int | None) -> Payload:
    """An interaction without its message. `application` is ours."""
    given = _given(data)
    pressed: Any = given.pop("message", None) or {}
    whole = {"application_id": application, **_INTERACTION, **given, "entitlements": ()}  # nothing is sold
    if "authorizing_integration_owners" in given:
        whole["authorizing_integration_owners"] = _given(given["authorizing_integration_owners"])
    if "data" in given:
        whole["data"] = _asked(given["data"])
    _set(whole, "channel", _place(given, pressed.get("channel_id")))
    _set(whole, "user", _user(given.get("user")))
    _set(whole, "member", _member(given.get("member") or given))
    return whole


def message(data: Mapping[str, Any]) -> Payload:
    """A message that comes with an interaction, with what we read of it and of the one it refers to."""
    read = _MESSAGE | _given(data, _READ_OF_MESSAGES)
    referred = data.get("referenced_message")
    if referred is not None and "message_reference" in read:
        read["referenced_message"] = message({**referred, "message_reference": None})
    return read


def posted(data: Mapping[str, Any]) -> Payload | None:
    """A message that someone posted or edited; None without its text or author, such as when a link got a picture."""
    author = _user(data.get("author"))
    if author is None or data.get("content") is None:
        return None
    return {**_MESSAGE, **_given(data, _READ_WHEN_POSTED), "author": author}


def _given(data: Mapping[str, Any], names: Iterable[str] | None = None) -> Payload:
    """The fields that aren't null, or those of them with these names."""
    return {name: value for name in names or data if (value := data.get(name)) is not None}


def _set(whole: Payload, name: str, value: Payload | None) -> None:
    if value is None:
        whole.pop(name, None)
    else:
        whole[name] = value


def _user(user: Any) -> Payload | None:
    return _USER | _given(user) if user and user.get("id") else None


def _member(member: Any) -> Payload | None:
    """None if it doesn't say who that is."""
    user = _user(member.get("user"))
    return None if user is None else {**_MEMBER, **_given(member), "user": user}


def _place(given: Payload, other: str | None) -> Payload | None:
    """The channel of the interaction. One of a new type is treated as text."""
    channel: Payload = given.get("channel") or {}
    id_ = channel.get("id") or given.get("channel_id") or other
    if id_ is None:
        return None
    known, usual = (_IN_SERVERS, TEXT) if "guild_id" in given else (_BETWEEN_PEOPLE, PRIVATE)
    kind = channel["type"] if channel.get("type") in known else usual
    return _channel({**_given(channel, _READ_OF_CHANNELS), "id": id_, "type": kind})


def _channel(channel: Payload) -> Payload:
    if channel.get("type") not in _THREADS:
        return _CHANNEL | _given(channel)
    state = _METADATA | _given(channel.get("thread_metadata") or {})
    return {**_CHANNEL, **_THREAD, **_given(channel), "thread_metadata": state}


def _asked(data: Payload) -> Payload:
    """What was asked for, with the channels and messages that come with it."""
    whole = _given(data)
    if "resolved" in whole:
        resolved = whole["resolved"] = _given(whole["resolved"])
        for kind, read in (("channels", _channel), ("messages", message)):
            if kind in resolved:
                resolved[kind] = {id_: read(each) for id_, each in _given(resolved[kind]).items()}
    return whole
