"""A Discord that sends no more than its documentation promises, as any other server that speaks its API may."""

from __future__ import annotations

import zlib

from aiohttp import web

from fakes.discord.payloads import Payload

_LEFT_OUT = ("version", "attachment_size_limit", "entitlements", "entitlement_sku_ids", "channel_id")
_OF_READY = ("shard", "resume_gateway_url", "guilds")
_OF_APPLICATION = ("bot_public", "bot_require_code_grant")
_OF_USERS = {"id", "username", "global_name", "bot"}


def interaction(payload: Payload) -> Payload:
    """With partial channels, members, and users."""
    told = {name: value for name, value in payload.items() if name not in _LEFT_OUT}
    told["channel"] = {name: payload["channel"][name] for name in ("id", "type") if name in payload["channel"]}
    told["guild_locale"] = None
    told["entitlements"] = [{"id": "1", "sku_id": "2", "type": 99}]
    if "member" in told:
        told["member"] = {"user": _user(told["member"]["user"]), "permissions": told["member"]["permissions"]}
    if "user" in told:
        told["user"] = _user(told["user"])
    return told


def ready(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name not in _OF_READY}


def application(payload: Payload) -> Payload:
    return {name: value for name, value in payload.items() if name not in _OF_APPLICATION}


def answer(response: web.StreamResponse) -> web.StreamResponse:
    """With a charset, as most web servers add it, and without a proxy's Via."""
    response.headers.pop("Via", None)
    if response.content_type == "application/json":
        response.charset = "utf-8"
    return response


def frame(data: bytes) -> bytes:
    """Compressed by itself, as IDENTIFY allows, and not as a part of a stream."""
    return zlib.compress(data)


def _user(user: Payload) -> Payload:
    return {name: value for name, value in user.items() if name in _OF_USERS}
