"""Components of messages and forms: walk through them, number them, and find what a person presses."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any
from urllib.parse import quote

Component = dict[str, Any]
Path = tuple[str | int, ...]

ROW, BUTTON, STRING_SELECT, TEXT_INPUT = 1, 2, 3, 4
SECTION, TEXT_DISPLAY, THUMBNAIL, GALLERY, FILE, SEPARATOR, CONTAINER, LABEL = 9, 10, 11, 12, 13, 14, 17, 18
SELECTS = {3, 5, 6, 7, 8}
LINK_STYLE, PREMIUM_STYLE = 5, 6


def walk(components: Iterable[Component], path: Path = ("components",)) -> Iterator[tuple[Path, Component]]:
    """Every component with its path, including nested ones, in the order Discord numbers them."""
    for index, component in enumerate(components):
        yield from _walk_one(component, (*path, index))


def _walk_one(component: Component, path: Path) -> Iterator[tuple[Path, Component]]:
    yield path, component
    yield from walk(component.get("components") or (), (*path, "components"))
    for inner in ("accessory", "component"):
        if isinstance(component.get(inner), dict):
            yield from _walk_one(component[inner], (*path, inner))


def shown(components: Iterable[Component]) -> list[Component]:
    """Components as Discord returns them: with an integer `id`, resolved media, and defaults."""
    made = [_copy(component) for component in components]
    taken = {component["id"] for _, component in walk(made) if component.get("id")}
    fresh = (number for number in range(1, 10_000) if number not in taken)
    for _, component in walk(made):
        component["id"] = component.get("id") or next(fresh)
        _fill_in(component)
    return made


def _copy(component: Any) -> Any:
    """A deep copy without the nulls: Discord leaves out what was not set."""
    if isinstance(component, dict):
        return {key: _copy(value) for key, value in component.items() if value is not None}
    return [_copy(each) for each in component] if isinstance(component, list) else component


def _fill_in(component: Component) -> None:
    kind = component["type"]
    if kind in {THUMBNAIL, FILE}:
        component["media" if kind == THUMBNAIL else "file"] = _unfurled(
            component["media" if kind == THUMBNAIL else "file"]
        )
        component.setdefault("spoiler", False)
    elif kind == GALLERY:
        component["items"] = [
            {"spoiler": False, **item, "media": _unfurled(item["media"])} for item in component["items"]
        ]
    elif kind == SEPARATOR:
        component.setdefault("divider", True)
        component.setdefault("spacing", 1)
    elif kind == CONTAINER:
        component.setdefault("accent_color", None)
        component.setdefault("spoiler", False)


def _unfurled(media: Component) -> Component:
    """Media as Discord returns it. Of what the client sent, only the URL counts."""
    url = media["url"]
    proxy = f"https://images-ext-1.discordapp.net/external/0/{quote(url, safe='')}"
    return {"id": "1", "url": url, "proxy_url": proxy, "width": 0, "height": 0, "content_type": "", "flags": 0}


def texts(message: Component) -> str:
    """All that a person can read in a message or form, line by line: content, embeds, text, labels."""
    lines = [message.get("title", ""), message.get("content", "")]
    for embed in message.get("embeds", ()):
        lines += [embed.get("title", ""), embed.get("description", "")]
        lines += [f"{field['name']}: {field['value']}" for field in embed.get("fields", ())]
    for _, component in walk(message.get("components", ())):
        lines += [component.get("content", ""), component.get("label", "")]
    return "\n".join(line for line in lines if line)


def buttons(message: Component) -> list[Component]:
    return [component for _, component in walk(message["components"]) if component["type"] == BUTTON]


def button(message: Component, label: str) -> Component:
    """The button whose label or emoji is, or begins with, `label`. LookupError lists the existing buttons."""
    found = [each for each in buttons(message) if (each.get("label") or "").startswith(label)]
    found += [each for each in buttons(message) if each.get("emoji", {}).get("name") == label]
    if not found:
        there = [each.get("label") for each in buttons(message)]
        raise LookupError(f"no button {label!r}, only {there}")
    return found[0]


def pressable(message: Component, custom_id: str) -> Component:
    """The button or select with this custom_id. Raises LookupError if there's none, AssertionError if it's disabled."""
    for _, component in walk(message["components"]):
        if component.get("custom_id") == custom_id:
            assert not component.get("disabled"), f"{custom_id!r} is disabled: nobody can press it"
            return component
    there = [component["custom_id"] for _, component in walk(message["components"]) if "custom_id" in component]
    raise LookupError(f"nothing to press with custom_id {custom_id!r}, only {there}")


def filled(form: Component, values: dict[str, str | list[str]]) -> list[Component]:
    """The components of a submitted form: its inputs filled with `values`.

    Raises AssertionError if Discord's client wouldn't send it: too short, too long, or required and empty.
    """
    inputs = {each["custom_id"] for _, each in walk(form["components"]) if "custom_id" in each}
    assert set(values) <= inputs, f"the form has no {set(values) - inputs}, only {inputs}"
    return [_filled_one(component, values) for component in form["components"]]


def _filled_one(component: Component, values: dict[str, str | list[str]]) -> Component:
    made: Component = {"type": component["type"], "id": component["id"]}
    if component["type"] == ROW:
        made["components"] = [_filled_one(each, values) for each in component["components"]]
    elif component["type"] == LABEL:
        made["component"] = _filled_one(component["component"], values)
    elif "custom_id" in component:
        name = component["custom_id"]
        made["custom_id"] = name
        if component["type"] == TEXT_INPUT:
            made["value"] = _typed(component, str(values.get(name, component.get("value", ""))))
        else:
            made["values"] = list(values.get(name, []))
    return made


def _typed(field: Component, value: str) -> str:
    name = field["custom_id"]
    assert value or not field.get("required", True), f"{name!r} is required"
    assert not value or len(value) >= field.get("min_length", 0), f"{name!r} is too short"
    assert len(value) <= field.get("max_length", 4000), f"{name!r} is too long"
    return value
