"""Headers of every response, so that browsers don't store the page, send it on, or show it in a frame."""

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
# One year, for this host only: the operator decides about other hosts of the domain.
_BEHIND_TLS = {"Strict-Transport-Security": "max-age=31536000"}


def headers_for(public_url: str) -> Mapping[str, str]:
    """The headers, with HSTS only for https:// URLs: over HTTP it has no effect, or breaks a test setup."""
    return _ALWAYS | _BEHIND_TLS if public_url.startswith("https://") else _ALWAYS
