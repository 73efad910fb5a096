"""`python bot.py person export|erase ID`: for people who ask the operator instead of the bot."""

from __future__ import annotations

import click

from actions.rights import Rights
from storage.store import Store


async def export(store: Store, person: int) -> None:
    """Print it; the log goes elsewhere, so that what is printed is JSON and nothing else."""
    click.echo((await Rights(store).export(person)).decode())


async def erase(store: Store, person: int) -> None:
    erased = await Rights(store).erase(person)
    for table, count in erased.items():
        click.echo(f"{count:6} {table}")
    click.echo("✓ Deleted." if any(erased.values()) else "✓ There was nothing.")
