"""The part of `check` that looks at this machine: settings, files, and Redis."""

from __future__ import annotations

import stat
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

import config
from settings import LOOPBACK, NAMES, Settings

if TYPE_CHECKING:
    from rich.console import Console

EXIT_FOUND = 1
_SIGNS = {"well": "[green]✓[/]", "warning": "[yellow]![/]", "wrong": "[red]✗[/]"}
_OTHERS = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True)
class Finding:
    """A line of `check`. "wrong" means that the bot, or a part of it, doesn't work."""

    how: Literal["well", "warning", "wrong"]
    what: str
    fix: str = ""


def show(console: Console, finding: Finding) -> None:
    console.print(_SIGNS[finding.how], end=" ")
    console.print(finding.what, markup=False)
    if finding.fix:
        console.print("   ", finding.fix, markup=False)


def of_settings(settings: Settings) -> list[Finding]:
    """How many settings are set, and which are unsafe. Never the value of a secret."""
    given = len(settings.model_fields_set)
    findings = [Finding("well", f"{given} settings are set, {len(NAMES) - given} use the default")]
    findings += _dotenv()
    findings += of_files(settings)
    for name in ("DISCORD_API_BASE", "THINGIVERSE_API_URL", "THINGIVERSE_URL"):
        address = urlsplit(str(getattr(settings, name.lower())))
        if address.scheme == "http" and address.hostname not in LOOPBACK:
            findings.append(Finding("wrong", f"{name} would send tokens unencrypted", "Use an https:// URL."))
    if settings.https_proxy or settings.http_proxy:
        findings.append(Finding("well", "Connections go through the proxy in HTTPS_PROXY or HTTP_PROXY"))
    return findings + _redirect(settings)


async def of_redis(url: str) -> Finding:
    """Only this imports the room, because Redis's client takes memory."""
    from shared.link import Link

    link = Link(url, "check")
    try:
        refusal = await link.refusal()
    finally:
        await link.close()
    if refusal is None:
        return Finding("well", "Redis answers, so several processes can run together")
    return Finding(
        "warning",
        f"Redis doesn't answer at REDIS_URL ({refusal})",
        "Check the server, its password, and the network. Until then, each process goes on with its share of the "
        "requests to Thingiverse.",
    )


def _dotenv() -> list[Finding]:
    path = next((folder / ".env" for folder in config.folders() if (folder / ".env").is_file()), None)
    if path is None:
        return []
    well = Finding("well", f"Settings come from {path} and the environment")
    return [readable(path) if _is_open(path) else well]


def of_files(settings: Settings) -> list[Finding]:
    """Warn about files of ours that others can read: files with secrets, and backups."""
    files = config.value_files()
    backups = Path(settings.backup_folder)
    if backups.is_dir():
        files += [backups, *sorted(backups.iterdir())]
    return [readable(path) for path in files if path.exists() and _is_open(path)]


def readable(path: Path | str) -> Finding:
    mode = "700" if Path(path).is_dir() else "600"
    return Finding("warning", f"Other users of this machine can read {path}", f"Run: chmod {mode} {path}")


def _is_open(path: Path) -> bool:
    return sys.platform != "win32" and bool(path.stat().st_mode & _OTHERS)


def _redirect(settings: Settings) -> list[Finding]:
    """Warn about a missing slash: servers redirect to the URL with it, and Safari on iOS then drops the key."""
    if settings.thingiverse_redirect_uri is None:
        return []
    path = urlsplit(settings.thingiverse_redirect_uri).path
    if path.endswith("/") or "." in path.rpartition("/")[2] or not path:
        return []
    return [
        Finding(
            "warning",
            "THINGIVERSE_REDIRECT_URI has no slash at the end",
            "If your server redirects to the URL with a slash, iPhones lose the key on the way. Then register the URL "
            "with the slash at Thingiverse and set it here.",
        )
    ]
