"""Discord's own OpenAPI description, asked whether a body the bot sent fits the operation it was sent to."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import orjson
from jsonschema import Draft202012Validator
from jsonschema.exceptions import ValidationError
from referencing import Registry, Resource
from referencing.jsonschema import DRAFT202012

ROOT = Path(__file__).resolve().parents[2]
DESCRIPTION = ROOT.parent / "shared" / "research" / "discord-openapi.json"

# What discord.py 2.7.1 sends otherwise than described, and Discord takes all the same.
# (method, template, where in the body, rule that it breaks)
DEVIATIONS = {
    # start_private_message sends the id as a number; ids are described as strings.
    ("POST", "/users/@me/channels", "recipient_id", "oneOf"),
    # Message.reply and to_message_reference_dict send ids as numbers.
    ("POST", "/channels/{channel_id}/messages", "message_reference", "oneOf"),
    # AllowedMentions.to_dict sends people and roles as numbers.
    ("POST", "/channels/{channel_id}/messages", "allowed_mentions", "oneOf"),
    ("PATCH", "/channels/{channel_id}/messages/{message_id}", "allowed_mentions", "oneOf"),
    ("POST", "/webhooks/{webhook_id}/{webhook_token}", "allowed_mentions", "oneOf"),
    ("POST", "/interactions/{interaction_id}/{interaction_token}/callback", "data.allowed_mentions", "oneOf"),
}
SHORTEST_WORDS = 160  # an error quotes the whole instance; this much of it is enough


class Description:
    """The request bodies of every operation. Validators are built when first needed."""

    def __init__(self, contents: dict[str, Any]) -> None:
        self._paths = contents["paths"]
        resource = Resource.from_contents(contents, default_specification=DRAFT202012)
        self._registry = Registry().with_resource("urn:discord", resource)
        self._validators: dict[tuple[str, str], Draft202012Validator | None] = {}
        templates = sorted(self._paths, key=lambda path: path.count("{"))
        self._templates = [(re.compile(re.sub(r"\{\w+\}", "[^/]+", path)), path) for path in templates]

    @staticmethod
    @cache
    def load(path: Path = DESCRIPTION) -> Description | None:
        """None where the description is not there: it is not ours to publish. Read once; it is 1 MB."""
        return Description(orjson.loads(path.read_bytes())) if path.exists() else None

    def violations(self, method: str, path: str, body: Any) -> list[str]:
        """One line for each fault of `body`; nothing for operations that are not described."""
        template = next((name for pattern, name in self._templates if pattern.fullmatch(path)), None)
        validator = self._validator(method, template) if template is not None else None
        if validator is None or template is None:
            return []
        found = [leaf for error in validator.iter_errors(body) for leaf in _leaves(error)]
        return [_line(method, template, error) for error in found if not _known(method, template, error)]

    def _validator(self, method: str, template: str) -> Draft202012Validator | None:
        key = (method, template)
        if key not in self._validators:
            content = self._paths[template].get(method.lower(), {}).get("requestBody", {}).get("content", {})
            schema = content.get("application/json", {}).get("schema")
            self._validators[key] = self._compiled(key) if schema is not None else None
        return self._validators[key]

    def _compiled(self, key: tuple[str, str]) -> Draft202012Validator:
        method, template = key
        pointer = "/".join(
            part.replace("~", "~0").replace("/", "~1")
            for part in ("", "paths", template, method.lower(), "requestBody", "content", "application/json", "schema")
        )
        return Draft202012Validator({"$ref": f"urn:discord#{pointer}"}, registry=self._registry)


def _leaves(error: ValidationError) -> Iterator[ValidationError]:
    """The error itself, or where it is a choice between shapes, those of the shape that was meant."""
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
    """The `type` number or the JSON type differs: this shape was never meant."""
    return list(error.relative_path)[-1:] == ["type"] or (error.validator == "type" and not error.relative_path)


def _place(error: ValidationError) -> str:
    return ".".join(map(str, error.absolute_path))


def _known(method: str, template: str, error: ValidationError) -> bool:
    """Whether this error, or the choice it comes from, is a known deviation."""
    now: ValidationError | None = error
    while now is not None:
        if (method, template, _place(now), now.validator) in DEVIATIONS:
            return True
        now = now.parent  # pyright: ignore[reportAssignmentType]
    return False


def _line(method: str, template: str, error: ValidationError) -> str:
    return f"{method} {template}: {_place(error) or 'body'}: {error.message[-SHORTEST_WORDS:]}"
