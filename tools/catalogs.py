"""Keep locales/ in step with the code: `make texts`."""

from __future__ import annotations

import ast
import io
from collections.abc import Iterator
from pathlib import Path

import click
from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file
from babel.messages.pofile import read_po, write_po

import errors
from translations import is_translated

ROOT = Path(__file__).parent.parent
WIDTH = 110
ROOMS = ("actions", "cards", "cogs", "desk", "operations", "web")
# Calls that take a message first, among them every error for people; `count` takes its singular and its plural.
_ERRORS = (name for name, kind in vars(errors).items() if isinstance(kind, type) and issubclass(kind, errors.BotError))
CALLS = dict.fromkeys(("say", "N_", *_ERRORS))
HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"Plural-Forms: {plural_forms}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

"""


def template_path(root: Path) -> Path:
    return root / "locales" / "thingamabot.pot"


def catalog_paths(root: Path) -> list[Path]:
    return sorted((root / "locales").glob("*.po"))


def collect(root: Path, rooms: tuple[str, ...] = ROOMS) -> Catalog:
    """The messages in the code, without translations."""
    template = Catalog()
    for room in rooms:
        for path in sorted(root.glob(f"{room}/**/*.py")):
            for _, message, _, context in extract_from_file("python", path, {**CALLS, "count": (1, 2)}):
                template.add(message, context=context)
            for message in _in_decorators(ast.parse(path.read_text(encoding="utf-8"))):
                template.add(message)
    return template


def _in_decorators(module: ast.Module) -> Iterator[str]:
    """Names and descriptions of commands and their options. discord.py asks for their translations by itself."""
    for call in ast.walk(module):
        match call:
            case ast.Call(func=ast.Attribute(ast.Name("app_commands"), "command" | "describe" as kind)):
                for keyword in call.keywords:
                    yield ast.literal_eval(keyword.value)
                    if kind == "describe":
                        yield str(keyword.arg).replace("_", "-")
            case _:
                pass


def read(path: Path) -> Catalog:
    """A language's catalog. Its file may be empty."""
    with path.open("rb") as file:
        return read_po(file, locale=path.stem)


def merge(catalog: Catalog, template: Catalog) -> None:
    """Leave exactly the template's messages in the catalog. New ones have an empty translation."""
    for message in template:
        known = catalog.get(message.id, message.context)
        if known is not None and known.id != message.id:  # its plural changed
            catalog.delete(message.id, message.context)
    catalog.update(template, no_fuzzy_matching=True)
    catalog.obsolete.clear()


def written(catalog: Catalog, header: str = "") -> str:
    """The text of a catalog's file: sorted, without dates, names, or line numbers."""
    body = io.BytesIO()
    write_po(body, catalog, width=WIDTH, no_location=True, omit_header=True, sort_output=True)
    return header + body.getvalue().decode(catalog.charset).rstrip() + "\n"


def update(root: Path) -> None:
    """Collect the messages and merge them into each language. A second run changes nothing."""
    template = collect(root)
    template_path(root).write_text(written(template), encoding="utf-8")
    for path in catalog_paths(root):
        catalog = read(path)
        catalog.charset = "utf-8"
        merge(catalog, template)
        header = HEADER.format(language=path.stem, plural_forms=catalog.plural_forms)
        path.write_text(written(catalog, header), encoding="utf-8")


def is_current(root: Path) -> bool:
    """Does the template hold exactly the messages in the code?"""
    return template_path(root).read_text(encoding="utf-8") == written(collect(root))


def missing(root: Path) -> dict[str, list[str]]:
    """For each language, the messages that are shown in English because they have no translation."""
    template = [message for message in collect(root) if message.id]
    found: dict[str, list[str]] = {}
    for path in catalog_paths(root):
        catalog = read(path)
        lacking = [message.id for message in template if not is_translated(catalog.get(message.id, message.context))]
        found[path.stem] = [one if isinstance(one, str) else one[0] for one in lacking]
    return found


@click.group()
def main() -> None:
    """Keep locales/ in step with the code."""


@main.command("update")
def update_all() -> None:
    """Collect the messages and merge them into each language."""
    update(ROOT)


@main.command("missing")
def list_missing() -> None:
    """List the messages without a translation."""
    for language, messages in missing(ROOT).items():
        click.echo(f"{language}: {len(messages)} without a translation")
        for message in messages:
            click.echo(f"  {message!r}")


if __name__ == "__main__":
    main()
