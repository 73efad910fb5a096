"""Make a release: `make release VERSION=1.2.3`."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from textwrap import shorten

import click

from tools import catalogs

VERSION = re.compile(r'^VERSION = ".*"$', re.MULTILINE)
UNRELEASED = re.compile(r"^## .*\bunreleased\b.*$", re.MULTILINE | re.IGNORECASE)


def problems(root: Path, version: str) -> Iterator[str]:
    """Why this version can't be released from this folder."""
    if not re.fullmatch(r"\d+\.\d+\.\d+", version):
        yield f"{version or 'No version'}: give a version such as 1.2.3, with: make release VERSION=1.2.3"
    elif _git(root, "tag", "--list", f"v{version}"):
        yield f"The tag v{version} already exists."
    if _git(root, "status", "--porcelain"):
        yield "There are uncommitted changes. Commit or stash them first."
    if not UNRELEASED.search((root / "CHANGELOG.md").read_text(encoding="utf-8")):
        yield 'CHANGELOG.md has no heading "## Unreleased".'
    yield from _problems_of_catalogs(root)


def _problems_of_catalogs(root: Path) -> Iterator[str]:
    if not catalogs.is_current(root):
        yield "locales/thingamabot.pot is out of date. Run make texts."
    for language, messages in catalogs.missing(root).items():
        if messages:
            listed = "".join(f"\n    {shorten(message, 100, placeholder=' …')!r}" for message in messages)
            yield f"locales/{language}.po: {len(messages)} without a translation:{listed}"


def release(root: Path, version: str) -> None:
    """Set the version, date the changelog, commit, and tag. Raises click.ClickException if anything is in the way."""
    if found := list(problems(root, version)):
        raise click.ClickException("This can't be released yet.\n" + "\n".join(f"✗ {each}" for each in found))
    _replace(root / "version.py", VERSION, f'VERSION = "{version}"')
    _replace(root / "CHANGELOG.md", UNRELEASED, f"## {version} ({datetime.now(UTC).date()})")
    _git(root, "commit", "--quiet", "--message", f"Release {version}", "version.py", "CHANGELOG.md")
    _git(root, "tag", "--annotate", f"v{version}", "--message", f"Thingamabot {version}")


def _replace(path: Path, pattern: re.Pattern[str], line: str) -> None:
    path.write_text(pattern.sub(line, path.read_text(encoding="utf-8"), count=1), encoding="utf-8")


def _git(root: Path, *arguments: str) -> str:
    return subprocess.run(["git", *arguments], cwd=root, check=True, capture_output=True, text=True).stdout


@click.command()
@click.argument("version", default="")
def main(version: str) -> None:
    """Set the version, date the changelog, commit, and tag."""
    release(catalogs.ROOT, version)
    click.echo(f"✓ Tagged v{version}. Publish it with: git push --follow-tags")


if __name__ == "__main__":
    main()
