"""Application commands: check and store them as strictly as Discord, and find the one a person uses."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from fakes.discord import payloads
from fakes.discord.payloads import Payload
from fakes.discord.state import ApiError, Person, Place, State, Where
from fakes.discord.validation import Problem, form_errors

NAME = re.compile(r"[-_'\w]{1,32}")
MOST_COMMANDS, MOST_OPTIONS, MOST_CHOICES = 100, 25, 25
CHAT_INPUT = 1
SUBCOMMAND, GROUP, STRING, INTEGER, BOOLEAN, USER, NUMBER = 1, 2, 3, 4, 5, 6, 10
JSON_TYPES = {STRING: str, INTEGER: int, BOOLEAN: bool, NUMBER: (int, float)}
# where it's used -> (context, installation type) that the command must allow
NEEDED = {Where.GUILD: (0, 0), Where.DM: (1, 0), Where.USER_INSTALL: (0, 1), Where.PRIVATE: (2, 1)}


def register(state: State, sent: list[Payload]) -> list[Payload]:
    """Replace all commands. IDs are kept by name. Raises ApiError if Discord would reject them."""
    problems = [problem for index, command in enumerate(sent) for problem in _problems((index,), command)]
    names = [(command.get("type") or CHAT_INPUT, command.get("name")) for command in sent]
    if len(set(names)) < len(names):
        problems.append(Problem((), "APPLICATION_COMMANDS_DUPLICATE_NAME", "names must be unique"))
    if len(sent) > MOST_COMMANDS:
        problems.append(Problem((), "APPLICATION_COMMAND_MAX", f"at most {MOST_COMMANDS} commands"))
    if problems:
        state.violations += map(str, problems)
        raise ApiError(400, 50035, "Invalid Form Body", form_errors(problems))
    ids = {(each["type"], each["name"]): each["id"] for each in state.commands}
    state.commands = [_registered(state, command, ids.get(name)) for command, name in zip(sent, names, strict=True)]
    return state.commands


def add(state: State, sent: Payload) -> Payload:
    """Add a command, or replace the one with its name."""
    others = [each for each in state.commands if (each["type"], each["name"]) != (sent.get("type", 1), sent["name"])]
    known = {each["id"]: each for each in state.commands}
    made = register(state, [*others, sent])[-1]
    state.commands = [known.get(each["id"], each) for each in state.commands[:-1]] + [made]
    return made


def _registered(state: State, sent: Payload, known_id: str | None) -> Payload:
    permissions = sent.get("default_member_permissions")
    return {
        "description": "",
        "nsfw": False,
        "dm_permission": True,
        "contexts": None,
        "integration_types": [0],
        **{key: value for key, value in sent.items() if value is not None or key == "contexts"},
        "id": known_id or state.fresh_id(),
        "application_id": state.application_id,
        "version": state.fresh_id(),
        "type": sent.get("type") or CHAT_INPUT,
        "default_member_permissions": None if permissions is None else str(permissions),
    }


def _problems(path: tuple[str | int, ...], command: Payload) -> Iterator[Problem]:
    chat_input = (command.get("type") or CHAT_INPUT) == CHAT_INPUT
    for locale, name in {"": command.get("name", ""), **(command.get("name_localizations") or {})}.items():
        if chat_input and (not NAME.fullmatch(name) or name != name.lower()):
            yield Problem((*path, "name"), "APPLICATION_COMMAND_INVALID_NAME", f"Command name is invalid {locale}")
    if chat_input:
        yield from _descriptions(path, command)
    yield from _options((*path, "options"), command.get("options") or [])


def _descriptions(path: tuple[str | int, ...], described: Payload) -> Iterator[Problem]:
    for text in (described.get("description") or "", *(described.get("description_localizations") or {}).values()):
        if not 1 <= len(text) <= 100:
            yield Problem((*path, "description"), "BASE_TYPE_BAD_LENGTH", "must be between 1 and 100 in length")


def _options(path: tuple[str | int, ...], options: list[Payload]) -> Iterator[Problem]:
    if len(options) > MOST_OPTIONS:
        yield Problem(path, "BASE_TYPE_MAX_LENGTH", "must be 25 or fewer in length")
    required = [bool(option.get("required")) for option in options]
    if required != sorted(required, reverse=True):
        yield Problem(path, "APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID", "required options come first")
    for index, option in enumerate(options):
        yield from _problems((*path, index), {**option, "type": CHAT_INPUT})
        if len(option.get("choices") or []) > MOST_CHOICES:
            yield Problem((*path, index, "choices"), "BASE_TYPE_MAX_LENGTH", "must be 25 or fewer in length")


def called(state: State, line: str, values: dict[str, Any], where: Where, focused: str | None = None) -> Payload:
    """The `data` of the interaction when a person uses `line`, which is a name and its subcommands.

    Raises LookupError if Discord's client wouldn't offer the command, and AssertionError if it wouldn't send it.
    """
    name, *deeper = line.split()
    command = next((each for each in state.commands if (each["type"], each["name"]) == (CHAT_INPUT, name)), None)
    if command is None:
        raise LookupError(f"no command /{name}, only {[each['name'] for each in state.commands]}")
    _offered(command, where)
    data: Payload = {"id": command["id"], "name": name, "type": CHAT_INPUT}
    node, holder = command, data
    for step in deeper:
        node = _option(node, step)
        inner = {"name": step, "type": node["type"]}
        holder["options"] = [inner]
        holder = inner
    options = [_given(state, data, _option(node, key), value, focused) for key, value in values.items()]
    if focused is None:
        missing = {each["name"] for each in node.get("options", []) if each.get("required")} - values.keys()
        assert not missing, f"/{line} needs {missing}"
    if options:
        holder["options"] = options
    return data


def _offered(command: Payload, where: Where) -> None:
    context, installation = NEEDED[where]
    contexts = command["contexts"] if command["contexts"] is not None else [0, 1, 2]
    if context not in contexts or installation not in command["integration_types"]:
        raise LookupError(f"/{command['name']} is not offered in {where.value}")


def _option(node: Payload, name: str) -> Payload:
    for option in node.get("options", []):
        if option["name"] == name:
            return option
    raise LookupError(f"{node['name']!r} has no option {name!r}")


def _given(state: State, data: Payload, option: Payload, value: Any, focused: str | None) -> Payload:
    name = option["name"]
    made: Payload = {"name": name, "type": option["type"], "value": value}
    if name == focused:
        assert option.get("autocomplete"), f"{name!r} has no autocomplete"
        return {**made, "value": str(value), "focused": True}
    if isinstance(value, Person):
        data.setdefault("resolved", {}).setdefault("users", {})[str(value.id)] = state.people[value.id].payload
        return {**made, "value": str(value.id)}
    if isinstance(value, Place):
        assert value.channel["type"] in option.get("channel_types", [value.channel["type"]]), f"{name!r} takes no such"
        data.setdefault("resolved", {}).setdefault("channels", {})[value.id] = payloads.resolved_channel(value.channel)
        return {**made, "value": value.id}
    _accepted(option, value)
    return made


def _accepted(option: Payload, value: Any) -> None:
    """Whether Discord's client would send the value."""
    name, kind = option["name"], JSON_TYPES.get(option["type"])
    assert kind is None or isinstance(value, kind), f"{name!r} takes no {value!r}"
    choices = [choice["value"] for choice in option.get("choices") or []]
    assert not choices or value in choices, f"{name!r} is one of {choices}"
    if isinstance(value, str):
        assert option.get("min_length", 0) <= len(value) <= option.get("max_length", 6_000), f"{name!r}: bad length"
    elif isinstance(value, int | float) and not isinstance(value, bool):
        low, high = option.get("min_value", value), option.get("max_value", value)
        assert low <= value <= high, f"{name!r} is between {low} and {high}"
