"""Why the bot can't start or stay connected, in a sentence for the operator."""

from __future__ import annotations

import errno
import ssl
from http import HTTPStatus

import aiohttp
import discord

from storage.errors import NOT_NOW, OTHER_HOST

EXIT_SETTINGS = 78  # as in sysexits.h: EX_CONFIG
EXIT_REFUSED = 77  # EX_NOPERM
EXIT_UNREACHABLE = 69  # EX_UNAVAILABLE

NEW_TOKEN = "Reset it in the Developer Portal: your application > Bot > Reset Token."  # noqa: S105
MESSAGE_CONTENT = (
    "Turn on Message Content Intent in the Developer Portal (your application > Bot), or set PREVIEWS=false."
)

UNTRUSTED = (
    "its certificate isn't trusted. If your network inspects TLS, set SSL_CERT_FILE to a file with the "
    "certificates to trust, including your network's own."
)
NOT_DISCORD = (
    "Something other than Discord responds at DISCORD_API_BASE. Check it, and any proxy or sign-in page in between."
)
OUT_OF_FILES = (
    "The bot isn't allowed to open enough files. Raise the limit: `ulimit -n 1024`, or LimitNOFILE=1024 in systemd."
)

# https://docs.discord.com/developers/topics/opcodes-and-status-codes#gateway-gateway-close-event-codes
CLOSED = {
    4004: (
        "Discord no longer accepts DISCORD_TOKEN (code 4004). It was reset, or the bot was deleted. Copy the new "
        "token, or create one in the Developer Portal: your application > Bot > Reset Token."
    ),
    4010: (
        "Discord rejected the bot's shard (code 4010). Restart the bot; it asks Discord how many shards to use. If "
        "this keeps happening, check DISCORD_API_BASE."
    ),
    4011: (
        "The bot is in too many servers for its number of shards (code 4011). Restart the bot; it asks Discord how "
        "many shards to use."
    ),
    4012: "Discord no longer supports the gateway version that the bot uses (code 4012). Update the bot.",
    4013: "Discord doesn't know one of the intents that the bot asked for (code 4013). Update the bot.",
    4014: f"PREVIEWS is on, but Discord doesn't let the bot read messages (code 4014). {MESSAGE_CONTENT}",
}


class StartError(Exception):
    """The bot can't start; the text is for the operator."""

    def __init__(self, text: str, code: int) -> None:
        super().__init__(text)
        self.code = code


_LISTENING = {
    errno.EADDRINUSE: "another program uses that port. Stop it, or choose another port.",
    errno.EADDRNOTAVAIL: "that isn't one of this machine's addresses. Use 127.0.0.1, or 0.0.0.0 for all of them.",
    errno.EACCES: "this user isn't allowed to use that port. Choose one above 1023.",
    errno.EPERM: "this user isn't allowed to use that port. Choose one above 1023.",
}


def cannot_listen(setting: str, error: OSError | UnicodeError) -> StartError:
    number = error.errno if isinstance(error, OSError) else None
    why = _LISTENING.get(number or 0, "that host isn't known here. Use 127.0.0.1, or 0.0.0.0 for all addresses.")
    return StartError(f"Can't listen on {setting}: {why}", EXIT_SETTINGS)


def explain(error: discord.DiscordException | aiohttp.ClientError | OSError) -> StartError:
    """The error for the operator when the connection to Discord ended."""
    if isinstance(error, discord.LoginFailure):
        return StartError(f"Discord rejected DISCORD_TOKEN. {NEW_TOKEN}", EXIT_REFUSED)
    if isinstance(error, discord.PrivilegedIntentsRequired):
        return StartError(CLOSED[4014], EXIT_REFUSED)
    if isinstance(error, discord.ConnectionClosed):
        unknown = f"Discord closed the connection permanently (code {error.code}). Update the bot."
        return StartError(CLOSED.get(error.code, unknown), EXIT_REFUSED)
    if isinstance(error, discord.HTTPException):
        return _answered(error.status)
    return StartError(f"Can't reach Discord: {reason(error)}", EXIT_UNREACHABLE)


def reason(error: BaseException) -> str:
    """Why Discord can't be reached, and the fix. The error's own text isn't used, because it may have URLs."""
    if isinstance(error, aiohttp.ClientConnectorCertificateError | ssl.SSLCertVerificationError):
        return _certificate(error)
    if isinstance(error, ssl.SSLError | aiohttp.ClientSSLError):
        return "the secure connection failed. Check DISCORD_API_BASE, and any proxy in between."
    if isinstance(error, aiohttp.ClientProxyConnectionError | aiohttp.ClientHttpProxyError):
        return "the proxy refused the connection. Check HTTPS_PROXY and HTTP_PROXY."
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return OUT_OF_FILES
    return f"{type(error).__name__}. Check your network connection and DISCORD_API_BASE."


def _certificate(error: BaseException) -> str:
    """What's wrong with a certificate."""
    cause = error.certificate_error if isinstance(error, aiohttp.ClientConnectorCertificateError) else error
    code = getattr(cause, "verify_code", None)
    if code in NOT_NOW:
        return "its certificate isn't valid at this machine's time. Check the clock, then the certificate."
    if code in OTHER_HOST:
        return "its certificate is for another host. Check DISCORD_API_BASE, and any proxy in between."
    return UNTRUSTED


def capital(text: str) -> str:
    """The text as a sentence of its own."""
    return text[0].upper() + text[1:]


def _answered(status: int) -> StartError:
    """The error for an HTTP status during login."""
    if status in {HTTPStatus.FORBIDDEN, HTTPStatus.TOO_MANY_REQUESTS}:
        return StartError(
            f"Discord is blocking this IP address for a while (status {status}). Leave the bot running or try again "
            "later; it waits longer each time.",
            EXIT_REFUSED,
        )
    return StartError(f"Discord returned an error during login (status {status}). Try again later.", EXIT_UNREACHABLE)
