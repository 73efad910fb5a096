"""`python bot.py person export|erase ID`, for people who ask the operator instead of the bot."""

from __future__ import annotations

import click

from actions.rights import Rights


async def export(rights: Rights, person: int) -> None:
    """Print the person's data as JSON on standard output; the log goes to standard error."""
    click.echo(await rights.export(person))  # bytes, so that it's UTF-8 in every terminal


async def erase(rights: Rights, person: int) -> None:
    erased = await rights.erase(person)
    for table, count in erased.items():
        click.echo(f"{count:6} {table}")
    click.echo("✓ Deleted." if any(erased.values()) else "✓ There was nothing to delete.")
