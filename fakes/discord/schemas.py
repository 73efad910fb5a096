"""Check bodies against Discord's OpenAPI description."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import cache
from pathlib import Path
from typing import Any

import jsonschema_rs
import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = ROOT.parent / "shared" / "research" / "discord-openapi.json"

# Where discord.py 2.7.1 sends IDs as numbers. The description says strings, but Discord accepts both.
# (operation, place in the body)
DEVIATIONS = (
    ("POST /users/@me/channels", "recipient_id"),  # HTTPClient.start_private_message
    ("POST /channels/{channel_id}/messages", "message_reference.*_id"),  # Message.to_message_reference_dict
    ("*", "*allowed_mentions.users.*"),  # AllowedMentions.to_dict
    ("*", "*allowed_mentions.roles.*"),
    ("*", "*attachments.*.id"),  # handle_message_parameters numbers the files it uploads
)
DISCORD = "urn:discord"
MOST_WORDS = 160  # characters of an error, which otherwise contains the whole body


@dataclass(frozen=True)
class Validator:
    """One schema, twice: quick to say whether a body is right, and slow to say what is wrong."""

    quick: jsonschema_rs.Draft202012Validator
    slow: Draft202012Validator

    def errors(self, data: Any) -> Iterator[ValidationError]:
        return iter(()) if self.quick.is_valid(data) else self.slow.iter_errors(data)


class Description:
    """The schemas of all operations. Validators are built when first needed."""

    def __init__(self, contents: dict[str, Any]) -> None:
        self._paths = contents["paths"]
        resource = Resource.from_contents(contents, default_specification=DRAFT202012)
        self._registry = Registry().with_resource(DISCORD, resource)
        self._quick_registry = jsonschema_rs.Registry([(DISCORD, contents)])
        self._validators: dict[tuple[str, ...], Validator | None] = {}
        templates = sorted(self._paths, key=lambda path: path.count("{"))
        self._templates = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in templates]

    @staticmethod
    @cache
    def load(path: Path = DESCRIPTION) -> Description | None:
        """The description (1 MB, read once), or None without its file, which we may not publish."""
        return Description(orjson.loads(path.read_bytes())) if path.exists() else None

    def violations(self, method: str, path: str, body: Any) -> list[str]:
        """One line per error in a request's `body`; none for operations that aren't described."""
        template, found = self._compare(method, path, ("requestBody",), body)
        return [_line(method, template, error) for error in found if not _known(method, template, error)]

    def misfits(self, method: str, path: str, status: int, answer: Any) -> list[str]:
        """One line per error in a response of the fake, which must look like Discord's."""
        template, found = self._compare(method, path, ("responses", str(status)), answer)
        return [_line(method, template, error) for error in found]

    def _compare(self, method: str, path: str, part: tuple[str, ...], data: Any) -> tuple[str, list[ValidationError]]:
        template = next((name for pattern, name in self._templates if pattern.fullmatch(path)), "")
        validator = self._validator(template, method.lower(), *part)
        if validator is None:
            return template, []
        return template, [leaf for error in validator.errors(data) for leaf in _leaves(error)]

    def _validator(self, *steps: str) -> Validator | None:
        if steps not in self._validators:
            self._validators[steps] = self._compiled(*steps, "content", "application/json", "schema")
        return self._validators[steps]

    def _compiled(self, *steps: str) -> Validator | None:
        node = self._paths
        for step in steps:
            node = node.get(step, {})
        pointer = "/".join(step.replace("~", "~0").replace("/", "~1") for step in ("", "paths", *steps))
        if not node:
            return None
        schema = {"$ref": f"{DISCORD}#{pointer.replace('{', '%7B').replace('}', '%7D')}"}
        quick = jsonschema_rs.Draft202012Validator(schema, registry=self._quick_registry)
        return Validator(quick, Draft202012Validator(schema, registry=self._registry))


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error, or for a choice between shapes, the errors of the shape that was meant."""
    if error.validator not in {"oneOf", "anyOf"} or not error.context:
        yield error
        return
    meant = min(_branches(error.context), key=_distance)
    if any(_of_another_kind(each) for each in meant):
        yield error
        return
    for each in meant:
        yield from _leaves(each)


def _branches(context: Iterable[ValidationError]) -> list[list[ValidationError]]:
    branches: dict[Any, list[ValidationError]] = {}
    for each in context:
        branches.setdefault(each.relative_schema_path[0], []).append(each)
    return list(branches.values())


def _distance(branch: list[ValidationError]) -> tuple[int, int]:
    return sum(_of_another_kind(each) for each in branch), len(branch)


def _of_another_kind(error: ValidationError) -> bool:
    """Whether another shape was meant, because the `type` or the JSON type differs."""
    return list(error.relative_path)[-1:] == ["type"] or (error.validator == "type" and not error.relative_path)


def _place(error: ValidationError) -> str:
    return ".".join(map(str, error.absolute_path))


def _known(method: str, template: str, error: ValidationError) -> bool:
    operation, place = f"{method} {template}", _place(error)
    return isinstance(error.instance, int) and any(
        fnmatchcase(operation, where) and fnmatchcase(place, pattern) for where, pattern in DEVIATIONS
    )


def _line(method: str, template: str, error: ValidationError) -> str:
    return f"{method} {template}: {_place(error) or 'body'}: {error.message[-MOST_WORDS:]}"
