"""What every answer carries, so that a browser shows nothing of the page to anybody, and keeps nothing of it."""

from __future__ import annotations

from collections.abc import Mapping

_ALWAYS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Referrer-Policy": "no-referrer",
    "Server": "Thingamabot",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "X-Robots-Tag": "noindex, nofollow",
}
# A year; other hosts of the domain are the operator's own business.
_BEHIND_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def headers_for(public_url: str) -> Mapping[str, str]:
    """With HSTS only where the page is reached by TLS: over plain HTTP it means nothing, and on a test machine harm."""
    return _ALWAYS | _BEHIND_TLS if public_url.startswith("https://") else _ALWAYS
