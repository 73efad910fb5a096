"""Build Discord's objects as JSON. Nothing here has state.

Shapes are those of Discord's own OpenAPI description and of its developer documentation, API v10.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from itertools import count
from typing import Any

Payload = dict[str, Any]

DISCORD_EPOCH = 1_420_070_400_000  # milliseconds; snowflakes count from here

# Channel types
TEXT, DM_CHANNEL, GROUP_DM, ANNOUNCEMENT, PUBLIC_THREAD, FORUM = 0, 1, 3, 5, 11, 15

# Permission bits
VIEW_CHANNEL, SEND_MESSAGES, MANAGE_MESSAGES = 1 << 10, 1 << 11, 1 << 13
SEND_IN_THREADS, READ_HISTORY = 1 << 38, 1 << 16
MEMBER_PERMISSIONS = 0x0004_24C7_8F7F_7FFF & ~MANAGE_MESSAGES & ~(1 << 3)  # not a moderator's

# Message flags
CROSSPOSTED, EPHEMERAL, LOADING, COMPONENTS_V2 = 1 << 0, 1 << 6, 1 << 7, 1 << 15

# Interaction types
COMMAND, COMPONENT, AUTOCOMPLETE, MODAL_SUBMIT = 2, 3, 4, 5


def snowflakes(clock: Callable[[], datetime] = lambda: datetime.now(UTC)) -> Callable[[], str]:
    """Increasing IDs that contain the time they were made, as Discord's do."""
    step = count(1)

    def fresh() -> str:
        now = int(clock().timestamp() * 1000) - DISCORD_EPOCH
        return str((now << 22) + (next(step) & 0x3FFFFF))

    return fresh


def timestamp() -> str:
    return datetime.now(UTC).isoformat()


def user(user_id: str, name: str, *, bot: bool = False) -> Payload:
    return {
        "id": user_id,
        "username": name,
        "discriminator": "0000" if bot else "0",
        "global_name": None if bot else name.title(),
        "avatar": None,
        "avatar_decoration_data": None,
        "banner": None,
        "bot": bot,
        "clan": None,
        "collectibles": None,
        "primary_guild": None,
        "public_flags": 0,
        "flags": 0,
    }


def own_guild(number: str, name: str) -> Payload:
    """A server in the list that `GET /users/@me/guilds` gives."""
    return {
        "id": number,
        "name": name,
        "icon": None,
        "banner": None,
        "owner": False,
        "permissions": str(MEMBER_PERMISSIONS),
        "features": [],
    }


def own_user(bot: Payload) -> Payload:
    """The bot as `GET /users/@me` and READY show it."""
    return {**bot, "email": None, "mfa_enabled": True, "verified": True, "locale": "en-US"}


def member(of: Payload | None, *, permissions: int | None = None) -> Payload:
    made: Payload = {
        "avatar": None,
        "banner": None,
        "communication_disabled_until": None,
        "deaf": False,
        "flags": 0,
        "joined_at": "2024-01-02T03:04:05.678000+00:00",
        "mute": False,
        "nick": None,
        "pending": False,
        "premium_since": None,
        "roles": [],
        "unusual_dm_activity_until": None,
    }
    if of is not None:
        made["user"] = of
    if permissions is not None:
        made["permissions"] = str(permissions)
    return made


def text_channel(channel_id: str, guild_id: str, name: str, *, nsfw: bool = False) -> Payload:
    return {
        "id": channel_id,
        "type": TEXT,
        "guild_id": guild_id,
        "name": name,
        "nsfw": nsfw,
        "topic": None,
        "parent_id": None,
        "position": 0,
        "rate_limit_per_user": 0,
        "last_message_id": None,
        "permission_overwrites": [],
        "flags": 0,
    }


def thread(channel_id: str, parent: Payload, name: str) -> Payload:
    """A thread. It doesn't have an age restriction of its own; its parent does."""
    return {
        "id": channel_id,
        "type": PUBLIC_THREAD,
        "guild_id": parent["guild_id"],
        "parent_id": parent["id"],
        "owner_id": "1",
        "name": name,
        "last_message_id": None,
        "message_count": 0,
        "member_count": 1,
        "total_message_sent": 0,
        "rate_limit_per_user": 0,
        "flags": 0,
        "thread_metadata": {
            "archived": False,
            "archive_timestamp": "2024-01-02T03:04:05.678000+00:00",
            "auto_archive_duration": 1440,
            "locked": False,
            "create_timestamp": "2024-01-02T03:04:05.678000+00:00",
        },
    }


def dm_channel(channel_id: str, *recipients: Payload, group: bool = False) -> Payload:
    made: Payload = {
        "id": channel_id,
        "type": GROUP_DM if group else DM_CHANNEL,
        "last_message_id": None,
        "flags": 0,
        "recipients": list(recipients),
    }
    if group:
        made |= {"name": None, "icon": None, "owner_id": recipients[0]["id"]}
    return made


def everyone(guild_id: str) -> Payload:
    """The role that every member has."""
    return {
        "id": guild_id,
        "name": "@everyone",
        "permissions": str(MEMBER_PERMISSIONS),
        "position": 0,
        "color": 0,
        "colors": {"primary_color": 0, "secondary_color": None, "tertiary_color": None},
        "hoist": False,
        "managed": False,
        "mentionable": False,
        "icon": None,
        "unicode_emoji": None,
        "flags": 0,
    }


def guild(guild_id: str, name: str, locale: str, channels: list[Payload], me: Payload) -> Payload:
    """The data of GUILD_CREATE, with only the fields clients need."""
    return {
        "id": guild_id,
        "name": name,
        "icon": None,
        "owner_id": "1",
        "preferred_locale": locale,
        "features": [],
        "roles": [everyone(guild_id)],
        "emojis": [],
        "stickers": [],
        "channels": [channel for channel in channels if channel["type"] == TEXT],
        "threads": [channel for channel in channels if channel["type"] == PUBLIC_THREAD],
        "members": [member(me)],
        "presences": [],
        "voice_states": [],
        "stage_instances": [],
        "guild_scheduled_events": [],
        "member_count": 2,
        "large": False,
        "unavailable": False,
        "joined_at": "2024-01-02T03:04:05.678000+00:00",
        "afk_timeout": 300,
        "default_message_notifications": 1,
        "explicit_content_filter": 0,
        "mfa_level": 0,
        "nsfw_level": 0,
        "premium_tier": 0,
        "premium_progress_bar_enabled": False,
        "system_channel_flags": 0,
        "verification_level": 0,
        "vanity_url_code": None,
    }


def application(application_id: str, bot: Payload, name: str) -> Payload:
    return {
        "id": application_id,
        "name": name,
        "icon": None,
        "description": "",
        "summary": "",
        "type": None,
        "bot": bot,
        "bot_public": True,
        "bot_require_code_grant": False,
        "owner": user("1", "owner"),
        "team": None,
        "verify_key": "0" * 64,
        "flags": 0,
        "flags_new": "0",
        "redirect_uris": [],
        "interactions_endpoint_url": None,
        "role_connections_verification_url": None,
        "approximate_guild_count": 1,
        "approximate_user_install_count": 1,
        "approximate_user_authorization_count": 0,
        "explicit_content_filter": 0,
        "eligible_oauth2_scopes": ["applications.commands", "bot"],
        "event_webhooks_url": None,
        "event_webhooks_status": 1,
        "integration_types_config": {"0": {}, "1": {}},
    }


def message(message_id: str, channel_id: str, author: Payload, body: Payload) -> Payload:
    """A message made from what was sent (content, embeds, components, flags)."""
    return {
        "id": message_id,
        "channel_id": channel_id,
        "type": 0,
        "author": author,
        "content": body.get("content") or "",
        "timestamp": timestamp(),
        "edited_timestamp": None,
        "tts": False,
        "mention_everyone": False,
        "mentions": [],
        "mention_roles": [],
        "attachments": [],
        "embeds": [{"type": "rich", **embed} for embed in body.get("embeds") or []],
        "components": body.get("components") or [],
        "pinned": False,
        "flags": int(body.get("flags") or 0),
    }


def resolved_channel(channel: Payload) -> Payload:
    """A channel that someone chose, with what they may do there."""
    return {**channel, "permissions": str(MEMBER_PERMISSIONS)}
