"""Reads Discord's REST API where discord.py expects more of an answer than Discord's documentation promises."""

from __future__ import annotations

from typing import Any, cast

import aiohttp
import discord.http
import discord.webhook.async_
from discord.utils import _from_json as from_json  # pyright: ignore[reportPrivateUsage]  orjson if it's installed
from multidict import CIMultiDict, CIMultiDictProxy

JSON = "application/json"
_APPLICATION = {"bot_public": False, "bot_require_code_grant": False}  # optional in Discord's OpenAPI description


async def read(response: aiohttp.ClientResponse) -> Any:
    """The answer's JSON, or its text. A charset may follow in its Content-Type, as many web servers add it."""
    text = await response.text(encoding="utf-8")
    if response.content_type != JSON:
        return text
    try:
        data = from_json(text)
    except ValueError:
        return text
    if response.status == 429 and _is_discords_limit(data):
        _say_that_its_discords(response)
    return data


def install(client: discord.Client) -> None:
    """Have discord.py read with it; it has no setting for that."""
    discord.http.json_or_text = discord.webhook.async_.json_or_text = read  # pyright: ignore[reportPrivateImportUsage]
    ask = client.http.application_info

    async def application_info() -> Any:
        return _APPLICATION | cast("dict[str, Any]", await ask())

    client.http.application_info = application_info


def _is_discords_limit(data: Any) -> bool:
    return isinstance(data, dict) and {"retry_after", "global"} <= cast("dict[str, Any]", data).keys()


def _say_that_its_discords(response: aiohttp.ClientResponse) -> None:
    """discord.py takes each 429 without Via for Cloudflare's, and gives up. aiohttp keeps headers in a cache."""
    headers = CIMultiDict(response.headers)
    headers.setdefault("Via", "unknown")
    response._cache["headers"] = CIMultiDictProxy(headers)  # pyright: ignore[reportPrivateUsage]
