"""Start here: the command line. Commands import what they need, so that --version and --help are quick."""

from __future__ import annotations

import errno
import functools
import gc
import os
import sys
from collections.abc import AsyncGenerator, Callable, Coroutine
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from typing import TYPE_CHECKING, Any, Concatenate, ParamSpec

import click

from version import VERSION

if TYPE_CHECKING:
    import asyncio

    from actions.rights import Rights
    from settings import Settings

EXIT_BROKEN = 70  # as in sysexits.h: EX_SOFTWARE
EXIT_FULL = 74  # EX_IOERR
_P = ParamSpec("_P")


def with_settings(work: Callable[Concatenate[Settings, _P], Coroutine[Any, Any, None]]) -> Callable[_P, None]:
    """A command that reads the settings first and explains its failures to the operator."""

    @functools.wraps(work)
    def command(*arguments: _P.args, **options: _P.kwargs) -> None:
        _in_plain_words(lambda settings: work(settings, *arguments, **options))

    return command


@click.group()
@click.version_option(VERSION, message="Thingamabot %(version)s")
def main() -> None:
    """Thingamabot brings Thingiverse into Discord."""


@main.command()
@click.argument("names", nargs=-1, metavar="[NAME]...")
@click.option("--from-env", is_flag=True, help="Take the values from the environment, without questions.")
def init(names: tuple[str, ...], *, from_env: bool) -> None:
    """Set up the bot: ask for each value, try it, and write .env."""
    _guarded(lambda: _set_up(names, from_env=from_env))
    click.get_current_context().invoke(check)


def _set_up(names: tuple[str, ...], *, from_env: bool) -> None:
    from rich.console import Console

    import config
    from operations import setup
    from operations.failures import EXIT_SETTINGS, StartError
    from operations.probes import Probes
    from operations.questions import NAMES
    from wiring.actions import open_thingiverse

    unknown = [name for name in names if name not in NAMES]
    if unknown:
        raise StartError(f"init doesn't ask for {unknown[0]}, but for: {', '.join(NAMES)}", EXIT_SETTINGS)
    if not from_env and not sys.stdin.isatty():
        raise StartError(setup.NO_TERMINAL, EXIT_SETTINGS)
    path, template = config.dotenv_paths()
    probes = Probes(open_thingiverse)
    console = Console(highlight=False, soft_wrap=True)
    setting_up = setup.Setup(path, template, probes, console, setup.Terminal())
    setting_up.take() if from_env else setting_up.ask(names)
    if probes.invite is not None:
        console.print(f"\nThis link adds the bot to a server:\n  {probes.invite}\n", markup=False)


@main.command()
def run() -> None:
    """Run the bot until you stop it."""
    gc.disable()  # until everything is imported and built, which takes a fifth less time without it
    _in_plain_words(_run)


@main.command()
@with_settings
async def check(settings: Settings) -> None:
    """Check the setup and say how to fix what's wrong."""
    from pydantic import SecretStr

    import log
    from operations import check as checking
    from operations.checks import EXIT_FOUND
    from operations.failures import StartError
    from wiring.actions import vault_of
    from wiring.bot import open_bot
    from wiring.page import open_door

    log.configure("ERROR", settings.log_format, settings.secrets())
    vault = vault_of(settings)
    # the bot gets an empty database in memory, because the real one must not change
    apart = settings.model_copy(update={"database_url": SecretStr("sqlite://")})
    async with open_bot(apart) as bot, bot, AsyncExitStack() as stack:
        with suppress(StartError):  # the bot is running and serves the page itself
            await stack.enter_async_context(open_door(bot, settings))
        if not await checking.run(bot, settings, vault):
            raise StartError("Fix everything marked ✗, then run the check again.", EXIT_FOUND)


@main.command()
@with_settings
async def invite(settings: Settings) -> None:
    """Print the link that adds the bot to a server."""
    import discord

    from operations.proxies import Proxies, connector
    from operations.running import invite_url, log_in

    through = connector(Proxies.of(settings))
    async with discord.Client(intents=discord.Intents.none(), connector=through) as client:
        await log_in(client, settings.discord_token.get_secret_value())
        if client.application_id is not None:
            click.echo(invite_url(client.application_id))


@main.command("new-key")
def print_new_key() -> None:
    """Print a new key for TOKEN_KEYS."""
    from storage.vault import new_key

    click.echo(new_key())


@main.command("rotate-keys")
@click.option("--stopped", is_flag=True, help="Use this if the bot isn't running.")
@with_settings
async def rotate_keys(settings: Settings, *, stopped: bool) -> None:
    """Re-encrypt everything with the first key in TOKEN_KEYS."""
    from operations import rotation
    from operations.keys import require_keys, require_started_with
    from storage.store import open_store
    from wiring.actions import vault_of

    vault = vault_of(settings)
    await _require_database(settings)
    async with open_store(settings.database_url.get_secret_value()) as store:
        await require_keys(store, vault)
        if not stopped:
            await require_started_with(store, vault)
        await rotation.run(store, vault)


@main.command()
@click.argument("file", required=False, type=click.Path(path_type=Path))
@click.option("--keep", type=click.IntRange(1), help="How many backups stay in BACKUP_FOLDER.")
@with_settings
async def backup(settings: Settings, file: Path | None, keep: int | None) -> None:
    """Back up the database while the bot runs, to FILE or to BACKUP_FOLDER."""
    from operations import backups

    await _require_database(settings)
    await backups.back_up(backups.Backups.of(settings, keep), file)


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_settings
async def verify(settings: Settings, file: Path) -> None:
    """Check that a backup is whole, and that TOKEN_KEYS opens it."""
    from operations import backups
    from wiring.actions import vault_of

    await backups.verify(file, vault_of(settings))


@main.command()
@click.argument("file", type=click.Path(path_type=Path))
@with_settings
async def restore(settings: Settings, file: Path) -> None:
    """Replace the database with a backup. The bot must be stopped."""
    from operations import backups
    from wiring.actions import vault_of

    await backups.restore(settings.database_url.get_secret_value(), file, vault_of(settings))


@main.command()
@click.option("--live", is_flag=True, help="Only check that it's running and not stuck.")
@with_settings
async def health(settings: Settings, *, live: bool) -> None:
    """Ask the running bot whether it's ready: the database and Discord."""
    from operations.health import ask

    await ask(settings.discord_token.get_secret_value(), live=live)


@main.group()
def person() -> None:
    """Export or delete one person's data, by Discord ID."""


@person.command("export")
@click.argument("id_", metavar="ID", type=click.IntRange(0, 2**63 - 1))
@with_settings
async def export_person(settings: Settings, id_: int) -> None:
    """Print everything kept about a person, as JSON."""
    async with _open_rights(settings) as rights:
        click.echo(await rights.export(id_))  # bytes, so that it's UTF-8 in every terminal


@person.command("erase")
@click.argument("id_", metavar="ID", type=click.IntRange(0, 2**63 - 1))
@click.confirmation_option(prompt="Delete everything kept about this person?")
@with_settings
async def erase_person(settings: Settings, id_: int) -> None:
    """Delete everything kept about a person right away."""
    async with _open_rights(settings) as rights:
        erased = await rights.erase(id_)
        for table, count in erased.items():
            click.echo(f"{count:6} {table}")
        click.echo("✓ Deleted." if any(erased.values()) else "✓ There was nothing to delete.")


@asynccontextmanager
async def _open_rights(settings: Settings) -> AsyncGenerator[Rights]:
    from wiring.actions import open_actions

    await _require_database(settings)
    async with open_actions(settings) as actions:
        yield actions.rights


async def _require_database(settings: Settings) -> None:
    """Raises StartError if there's no database, so that running in another folder doesn't create an empty one."""
    from operations.failures import EXIT_SETTINGS, StartError
    from storage.look import look_at

    async with look_at(settings.database_url.get_secret_value()) as look:
        if look.state == "absent":
            raise StartError(f"There's no database at {look.where}. Check DATABASE_URL and the folder.", EXIT_SETTINGS)


async def _run(settings: Settings) -> None:
    from operations.keys import note_start
    from operations.login import Patience
    from operations.running import run_until_stopped
    from wiring.actions import vault_of
    from wiring.bot import open_bot
    from wiring.page import open_door
    from wiring.services import open_feeds, open_upkeep

    token = settings.discord_token.get_secret_value()
    about = f"{settings.discord_api_base} {settings.previews}"
    async with open_bot(settings) as bot, open_feeds(bot), open_door(bot, settings), open_upkeep(bot, settings):
        await note_start(bot.store, vault_of(settings))
        await run_until_stopped(bot, token, Patience(bot.store, token, about=about), VERSION)


def _in_plain_words(work: Callable[[Settings], Coroutine[Any, Any, None]]) -> None:
    """Read the settings and do the work. On failure, print one clear line per cause and exit."""

    def carry_out() -> None:
        import asyncio

        from discord.http import Route

        import config
        import log
        from operations.signals import Stopped, until_stopped

        config.enter_folder()
        settings = config.load()
        log.configure(settings.log_level, settings.log_format, settings.secrets())
        Route.BASE = settings.discord_api_base
        if work is _run and settings.sentry_dsn is not None:
            from operations import error_reports

            error_reports.turn_on(settings.sentry_dsn.get_secret_value(), settings.secrets(), VERSION)
        try:
            with asyncio.Runner(loop_factory=_loop_factory()) as runner:
                runner.run(until_stopped(work(settings)))
        except Stopped as stopped:
            if work is not _run:  # `run` handles signals itself
                _fail(["Stopped."], stopped.code)

    _guarded(carry_out)


def _guarded(work: Callable[[], None]) -> None:
    from operations.lean import import_leanly

    import_leanly()
    import structlog

    import log
    from operations.client import silence_voice
    from operations.entrance import allow_files, speak_any_encoding

    _fill_streams()
    speak_any_encoding()
    silence_voice()
    log.configure("INFO", "text", [])
    try:
        allow_files()
        work()
    except (BrokenPipeError, click.Abort):  # such as `bot.py check | head`: click exits silently
        raise
    except Exception as error:  # noqa: BLE001  the last resort
        told = _told(error)
        if told is None:
            structlog.get_logger("bot").exception("unexpected error")  # the log redacts secrets
            told = ["The bot stopped because of an unexpected error. See the log for details."], EXIT_BROKEN
        _fail(*told)


def _told(error: Exception) -> tuple[list[str], int] | None:
    """The lines for the operator and the exit code; None for an unexpected error."""
    import aiohttp
    import discord

    from config import ConfigError
    from operations.failures import EXIT_SETTINGS, OUT_OF_FILES, StartError, explain
    from storage.errors import StorageError
    from storage.vault import BadKey

    if isinstance(error, ConfigError):
        return error.problems, EXIT_SETTINGS
    if isinstance(error, BadKey):
        return [f"TOKEN_KEYS: {error}"], EXIT_SETTINGS
    if isinstance(error, StorageError):
        return [f"DATABASE_URL: {error}"], EXIT_SETTINGS
    if isinstance(error, OSError) and error.errno in {errno.EMFILE, errno.ENFILE}:
        return [OUT_OF_FILES], EXIT_SETTINGS
    if isinstance(error, OSError) and error.errno in {errno.ENOSPC, errno.EDQUOT}:
        _drop_output()
        return ["The output can't be written, because the disk is full."], EXIT_FULL
    if isinstance(error, discord.DiscordException | aiohttp.ClientError):
        error = explain(error)
    return ([str(error)], error.code) if isinstance(error, StartError) else None


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    """uvloop's event loop, if it's available for this machine."""
    try:
        import uvloop
    except ImportError:
        return None
    return uvloop.new_event_loop


def _fill_streams() -> None:
    """Open standard streams that are closed. Otherwise, connections get their numbers, and uvloop aborts."""
    while (opened := os.open(os.devnull, os.O_RDWR)) <= 2:
        pass
    os.close(opened)


def _drop_output() -> None:
    """Send what's still to be written to standard output nowhere, so that Python doesn't fail again while it exits."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.close(nowhere)


def _fail(lines: list[str], code: int) -> None:
    for line in lines:
        click.echo(f"✗ {line}", err=True)
    sys.exit(code)


if __name__ == "__main__":
    main()
