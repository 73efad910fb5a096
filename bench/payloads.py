# ruff: noqa: E501  payloads as Discord sends them
"""What the fakes send, as Discord and Thingiverse do."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from typing import Any

import orjson

APPLICATION = 1_150_000_000_000_000_001
GUILD, CHANNEL = 800_000_000_000_000_001, 800_000_000_000_000_002
ANY_DESIGN, ANY_PERSON, ANY_NUMBER = "ANY-DESIGN", "ANY-PERSON", "ANY-NUMBER"
LIKE = re.compile(rb"t1:like:[0-9]+")


def gateway_event(name: str | None, data: Any, op: int = 0) -> bytes:
    return orjson.dumps({"op": op, "d": data, "t": name, "s": 1 if name else None})


def press_on(body: bytes) -> str:
    """The event of a press on the first Like button of a message that was sent."""
    data = orjson.loads(LIKE.sub(f"t1:like:{ANY_DESIGN}".encode(), body, count=1))["data"]
    message = {**_PLAIN, "flags": 1 << 15, **{key: data[key] for key in ("components", "embeds") if key in data}}
    for number, part in enumerate(_parts(message["components"]), 1):
        part["id"] = number
    pressed = press(ANY_NUMBER, ANY_PERSON, f"t1:like:{ANY_DESIGN}", message)
    return gateway_event("INTERACTION_CREATE", pressed).decode()


def whole(body: bytes) -> bytes:
    """What Discord returns where the message is asked for: with the components that were sent."""
    sent = orjson.loads(body)
    data = sent.get("data") or {}
    message = {**_PLAIN, **{key: data[key] for key in ("components", "embeds", "flags") if key in data}}
    for number, part in enumerate(_parts(message["components"]), 1):
        part["id"] = number
    about = {"id": "1", "type": 2, "response_message_id": _PLAIN["id"]}
    return orjson.dumps({"interaction": about, "resource": {"type": sent["type"], "message": message}})


def _parts(components: list[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for each in components:
        yield each
        yield from _parts(each.get("components", []))
        if "accessory" in each:
            yield each["accessory"]


def thing(number: int) -> dict[str, Any]:
    return {
        "id": number,
        "name": f"Design number {number}",
        "public_url": f"https://www.thingiverse.com/thing:{number}",
        "thumbnail": f"https://cdn.thingiverse.com/assets/{number}.jpg",
        "preview_image": f"https://cdn.thingiverse.com/assets/{number}.jpg",
        "creator": {"id": 7, "name": "mira", "thumbnail": "https://cdn.thingiverse.com/m.jpg"},
        "like_count": 1_000 + number,
        "make_count": number,
        "is_nsfw": False,
        "is_ai": False,
    }


def bot() -> dict[str, Any]:
    return {"id": str(APPLICATION), "username": "bench", "discriminator": "0", "avatar": None, "bot": True, "flags": 0}


def application() -> dict[str, Any]:
    return {
        "id": str(APPLICATION), "name": "bench", "description": "", "icon": None, "bot_public": True,
        "bot_require_code_grant": False, "verify_key": "", "flags": 0, "owner": bot(), "team": None,
    }  # fmt: skip


def ready(gateway: str) -> dict[str, Any]:
    return {
        "v": 10, "user": bot(), "guilds": [], "session_id": "s", "shard": [0, 1],
        "application": {"id": str(APPLICATION), "flags": 0}, "resume_gateway_url": gateway,
    }  # fmt: skip


def interaction(number: str, command: str, person: int | str, options: dict[str, str]) -> dict[str, Any]:
    user = {"id": str(person), "username": f"p{person}", "discriminator": "0", "avatar": None, "global_name": None}
    member = {
        "user": user, "roles": [], "joined_at": "2024-01-01T00:00:00+00:00", "deaf": False, "mute": False, "flags": 0,
        "permissions": "2248473465835073", "nick": None, "avatar": None, "premium_since": None, "pending": False,
    }  # fmt: skip
    channel = {"id": str(CHANNEL), "type": 0, "name": "bench", "guild_id": str(GUILD), "nsfw": False, "position": 0,
               "permissions": "2248473465835073", "last_message_id": None, "parent_id": None, "topic": None}  # fmt: skip
    return {
        "id": number, "application_id": str(APPLICATION), "type": 2, "token": f"interaction-{number}", "version": 1,
        "data": {"id": "1", "name": command, "type": 1,
                 "options": [{"name": name, "type": 3, "value": value} for name, value in options.items()]},
        "guild_id": str(GUILD), "guild": {"id": str(GUILD), "locale": "en-US", "features": []}, "channel_id": str(CHANNEL),
        "channel": channel, "member": member, "locale": "en-US", "guild_locale": "en-US", "app_permissions": "2248473465835073",
        "entitlements": [], "authorizing_integration_owners": {"0": str(GUILD)}, "context": 0, "attachment_size_limit": 10_485_760,
    }  # fmt: skip


def typing(number: str, command: str, person: int, options: dict[str, str]) -> dict[str, Any]:
    """Somebody types the last of the options."""
    payload = interaction(number, command, person, options)
    payload["type"] = 4
    payload["data"]["options"][-1]["focused"] = True
    return payload


def press(number: str, person: int | str, custom_id: str, message: dict[str, Any]) -> dict[str, Any]:
    payload = interaction(number, "like", person, {})
    data = {"custom_id": custom_id, "component_type": 2, "id": 1}
    return payload | {"type": 3, "message": message, "data": data}


_PLAIN: dict[str, Any] = {
    "id": "950000000000000001", "channel_id": str(CHANNEL), "author": bot(), "content": "", "timestamp": "2026-01-01T00:00:00+00:00",
    "edited_timestamp": None, "tts": False, "mention_everyone": False, "mentions": [], "mention_roles": [], "attachments": [],
    "embeds": [], "pinned": False, "type": 20, "flags": 0, "components": [],
}  # fmt: skip
MESSAGE = json.dumps(_PLAIN).encode()
CALLBACK = json.dumps(
    {"interaction": {"id": "1", "type": 2, "response_message_id": "950000000000000001"},
     "resource": {"type": 4, "message": _PLAIN}}
).encode()  # fmt: skip
