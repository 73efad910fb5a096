"""Discord's limits on content and components of a message, with its errors (code 50035)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from fakes.discord.components import (
    BUTTON,
    CONTAINER,
    GALLERY,
    LABEL,
    LINK_STYLE,
    PREMIUM_STYLE,
    ROW,
    SECTION,
    SELECTS,
    SEPARATOR,
    STRING_SELECT,
    TEXT_DISPLAY,
    TEXT_INPUT,
    THUMBNAIL,
    Component,
    Path,
    walk,
)
from fakes.discord.payloads import COMPONENTS_V2

MOST_COMPONENTS = 40
MOST_TEXT = 4_000
WEB = ("http://", "https://")
LEGACY = ("content", "embeds", "poll", "sticker_ids")
IN_V2 = {ROW, SECTION, TEXT_DISPLAY, GALLERY, 13, SEPARATOR, CONTAINER}
IN_CONTAINER = IN_V2 - {CONTAINER}


@dataclass(frozen=True)
class Problem:
    path: Path
    code: str
    text: str

    def __str__(self) -> str:
        return f"{'.'.join(map(str, self.path))}: {self.text} ({self.code})"


def form_errors(problems: list[Problem]) -> dict[str, Any]:
    """The body of a 400 with code 50035."""
    tree: dict[str, Any] = {}
    for problem in problems:
        node = tree
        for step in problem.path:
            node = node.setdefault(str(step), {})
        node.setdefault("_errors", []).append({"code": problem.code, "message": problem.text})
    return {"message": "Invalid Form Body", "code": 50035, "errors": tree}


def message_problems(body: dict[str, Any], *, flags: int) -> list[Problem]:
    """`flags` are those of the message; for an edit, the ones it already had."""
    components = body.get("components") or []
    found = [*_length(("content",), body.get("content"), 0, 2_000)]
    if flags & COMPONENTS_V2:
        found += [
            Problem((key,), "MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2", "not with IS_COMPONENTS_V2")
            for key in LEGACY
            if body.get(key)
        ]
        found += _allowed(components, IN_V2, ("components",))
        found += _totals(components)
    else:
        found += _allowed(components, {ROW}, ("components",))
        found += _count(("components",), components, 0, 5)
    if len(body.get("embeds") or []) > 10:
        found.append(Problem(("embeds",), "BASE_TYPE_BAD_LENGTH", "must be 10 or fewer"))
    return found + _unique(components) + _each(components)


def modal_problems(data: dict[str, Any]) -> list[Problem]:
    components = data.get("components") or []
    found = [*_length(("title",), data.get("title"), 1, 45), *_length(("custom_id",), data.get("custom_id"), 1, 100)]
    found += _count(("components",), components, 1, 5)
    found += _allowed(components, {ROW, LABEL, TEXT_DISPLAY}, ("components",))
    return found + _unique(components) + _each(components)


def _each(components: list[Component]) -> list[Problem]:
    return [problem for path, component in walk(components) for problem in _one(path, component)]


def _one(path: Path, component: Component) -> Iterator[Problem]:
    check = _CHECKS.get(component.get("type", 0))
    if check is not None:
        yield from check(path, component)
    if component.get("type") in SELECTS:
        yield from _custom_id(path, component)


def _button(path: Path, button: Component) -> Iterator[Problem]:
    yield from _length((*path, "label"), button.get("label"), 0, 80)
    style = button.get("style")
    if style == LINK_STYLE:
        yield from _address((*path, "url"), button.get("url"), 512, schemes=(*WEB, "discord://"))
        if button.get("custom_id"):
            yield Problem((*path, "custom_id"), "BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE", "not with a url")
    elif style in {1, 2, 3, 4}:
        yield from _custom_id(path, button)
        if button.get("url"):
            yield Problem((*path, "url"), "BUTTON_COMPONENT_INVALID_STYLE", "only link buttons have a url")
    elif style != PREMIUM_STYLE:
        yield Problem((*path, "style"), "BASE_TYPE_CHOICES", "must be one of 1 to 6")
    if style != PREMIUM_STYLE and not button.get("label") and not button.get("emoji"):
        yield Problem((*path, "label"), "BUTTON_COMPONENT_LABEL_OR_EMOJI_REQUIRED", "needs a label or an emoji")


def _row(path: Path, row: Component) -> Iterator[Problem]:
    inside = row.get("components") or []
    yield from _count((*path, "components"), inside, 1, 5)
    kinds = {each.get("type") for each in inside}
    if not kinds <= {BUTTON} and len(inside) > 1:
        yield Problem((*path, "components"), "COMPONENT_LAYOUT_WIDTH_EXCEEDED", "a select stands alone in its row")
    yield from _allowed(inside, {BUTTON, TEXT_INPUT} | SELECTS, (*path, "components"))


def _section(path: Path, section: Component) -> Iterator[Problem]:
    inside = section.get("components") or []
    yield from _count((*path, "components"), inside, 1, 3)
    yield from _allowed(inside, {TEXT_DISPLAY}, (*path, "components"))
    if (section.get("accessory") or {}).get("type") not in {BUTTON, THUMBNAIL}:
        yield Problem((*path, "accessory"), "BASE_TYPE_REQUIRED", "must be a button or a thumbnail")


def _container(path: Path, container: Component) -> Iterator[Problem]:
    inside = container.get("components") or []
    yield from _count((*path, "components"), inside, 1, MOST_COMPONENTS)
    yield from _allowed(inside, IN_CONTAINER, (*path, "components"))


def _text(path: Path, text: Component) -> Iterator[Problem]:
    yield from _length((*path, "content"), text.get("content"), 1, MOST_TEXT)


def _gallery(path: Path, gallery: Component) -> Iterator[Problem]:
    items = gallery.get("items") or []
    yield from _count((*path, "items"), items, 1, 10)
    for index, item in enumerate(items):
        yield from _media((*path, "items", index), item)


def _media(path: Path, item: Component) -> Iterator[Problem]:
    address = (item.get("media") or {}).get("url")
    yield from _address((*path, "media", "url"), address, 2_048, schemes=(*WEB, "attachment://"))
    if item.get("description") is not None:
        yield from _length((*path, "description"), item["description"], 1, 1_024)


def _separator(path: Path, separator: Component) -> Iterator[Problem]:
    if separator.get("spacing", 1) not in {1, 2}:
        yield Problem((*path, "spacing"), "BASE_TYPE_CHOICES", "must be 1 or 2")


def _string_select(path: Path, select: Component) -> Iterator[Problem]:
    options = select.get("options") or []
    yield from _count((*path, "options"), options, 1, 25)
    yield from _length((*path, "placeholder"), select.get("placeholder"), 0, 150)
    for index, option in enumerate(options):
        for key in ("label", "value"):
            yield from _length((*path, "options", index, key), option.get(key), 1, 100)


def _label(path: Path, label: Component) -> Iterator[Problem]:
    yield from _length((*path, "label"), label.get("label"), 1, 45)
    yield from _length((*path, "description"), label.get("description"), 0, 100)
    if not isinstance(label.get("component"), dict):
        yield Problem((*path, "component"), "BASE_TYPE_REQUIRED", "This field is required")


def _text_input(path: Path, field: Component) -> Iterator[Problem]:
    yield from _custom_id(path, field)
    yield from _length((*path, "placeholder"), field.get("placeholder"), 0, 100)
    yield from _length((*path, "value"), field.get("value"), 0, 4_000)


_CHECKS = {
    ROW: _row,
    BUTTON: _button,
    STRING_SELECT: _string_select,
    TEXT_INPUT: _text_input,
    SECTION: _section,
    TEXT_DISPLAY: _text,
    THUMBNAIL: _media,
    GALLERY: _gallery,
    SEPARATOR: _separator,
    CONTAINER: _container,
    LABEL: _label,
}


def _totals(components: list[Component]) -> Iterator[Problem]:
    everything = [component for _, component in walk(components)]
    if len(everything) > MOST_COMPONENTS:
        yield Problem(("components",), "COMPONENT_MAX_TOTAL_COMPONENTS_EXCEEDED", f"{len(everything)} of at most 40")
    written = sum(len(each.get("content") or "") for each in everything if each.get("type") == TEXT_DISPLAY)
    if written > MOST_TEXT:
        yield Problem(("components",), "COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED", f"{written} of at most 4000")


def _unique(components: list[Component]) -> list[Problem]:
    found: list[Problem] = []
    for key, code in (("custom_id", "COMPONENT_CUSTOM_ID_DUPLICATED"), ("id", "COMPONENT_ID_DUPLICATED")):
        seen = Counter(each[key] for _, each in walk(components) if each.get(key))
        found += [
            Problem((*path, key), code, f"{component[key]!r} stands here twice")
            for path, component in walk(components)
            if seen[component.get(key)] > 1
        ]
    return found


def _custom_id(path: Path, component: Component) -> Iterator[Problem]:
    yield from _length((*path, "custom_id"), component.get("custom_id"), 1, 100)


def _allowed(components: list[Component], kinds: set[int], path: Path) -> Iterator[Problem]:
    for index, component in enumerate(components):
        if component.get("type") not in kinds:
            yield Problem((*path, index, "type"), "UNION_TYPE_CHOICES", f"must be one of {sorted(kinds)}")


def _count(path: Path, items: list[Any], least: int, most: int) -> Iterator[Problem]:
    if not least <= len(items) <= most:
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"must be between {least} and {most} in length")


def _length(path: Path, text: str | None, least: int, most: int) -> Iterator[Problem]:
    if text is None and least > 0:
        yield Problem(path, "BASE_TYPE_REQUIRED", "This field is required")
    elif not least <= len(text or "") <= most:
        yield Problem(path, "BASE_TYPE_BAD_LENGTH", f"must be between {least} and {most} in length")


def _address(path: Path, url: str | None, most: int, *, schemes: tuple[str, ...]) -> Iterator[Problem]:
    yield from _length(path, url, 1, most)
    if url and not url.startswith(schemes):
        yield Problem(path, "URL_TYPE_INVALID_SCHEME", f"scheme must be one of {schemes}")
