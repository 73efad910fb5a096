"""Decode JSON into models, with as little loss as possible where a part of it is odd."""

from __future__ import annotations

import contextlib
import gc
import json
from collections.abc import Generator
from typing import Any, TypeVar, cast, get_args, get_origin

import msgspec

from thingiverse.cleaning import whole_parts
from thingiverse.errors import Unexpected

T = TypeVar("T")

BLANKS = b" \t\r\n\xef\xbb\xbf"  # including a byte order mark

_NO = {"no", "n", "off", "none", "null"}

# errors while decoding: invalid UTF-8 and endless nesting don't raise DecodeError
UNREADABLE = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)


@contextlib.contextmanager
def without_collecting() -> Generator[None]:
    """Pause garbage collection: while a large response is parsed, it would take 230 ms instead of 20."""
    was_on = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_on:
            gc.enable()


def decoded(decoder: msgspec.json.Decoder[T], body: bytes) -> T:
    try:
        return decoder.decode(body)
    except msgspec.ValidationError:
        raise Unexpected("not what was asked for") from None
    except UNREADABLE:
        pass  # perhaps it isn't strict JSON
    try:
        return decoder.decode(_strict(body))
    except (*UNREADABLE, ValueError):
        raise Unexpected("not what was asked for") from None


def json_object(body: bytes) -> dict[str, Any]:
    return decoded(msgspec.json.Decoder(dict[str, Any]), body)


def _strict(body: bytes) -> bytes:
    """JSON again, without what only some readers accept: a byte order mark, half an emoji, broken UTF-8, and NaN."""
    text = body.decode("utf-8-sig", "replace")
    found = json.loads(text, strict=False, parse_constant=lambda _: None)
    return json.dumps(found, ensure_ascii=False).encode("utf-8", "replace")


def number(given: object) -> int | None:
    """A count or an ID, sent as a number or as text; None for anything else."""
    text = str(given)
    return int(text) if text.isascii() and text.isdigit() and len(text) < 19 else None


def convert(item: Any, kind: type[T]) -> T:
    """Convert like msgspec, but leave out only the odd parts of an object.

    Raises ValidationError if it isn't an object, if nothing is left, or if a required part is missing.
    """
    try:
        return msgspec.convert(item, kind, strict=False)
    except msgspec.ValidationError:
        if not isinstance(item, dict) or not issubclass(kind, msgspec.Struct):
            raise
    given = cast("dict[str, Any]", item)
    parts: dict[str, Any] = {}
    for member in msgspec.structs.fields(kind):
        with contextlib.suppress(msgspec.ValidationError):
            if member.encode_name in given:
                parts[member.name] = _part(given[member.encode_name], member.type)
        if member.required and member.name not in parts:
            raise msgspec.ValidationError("a part that is needed")
    if not parts:
        raise msgspec.ValidationError("nothing left")
    return kind(**parts)


def _part(value: Any, kind: Any) -> Any:
    """Convert one part of an object, leaving out odd parts inside it as well."""
    try:
        return msgspec.convert(value, kind, strict=False)
    except msgspec.ValidationError:
        inner = next((each for each in get_args(kind) if each is not type(None)), None)
        if isinstance(value, dict) and isinstance(inner, type) and issubclass(inner, msgspec.Struct):
            return convert(value, inner)
        if isinstance(value, list) and get_origin(inner) is tuple:
            return tuple(whole_parts(value, get_args(inner)[0]))
        if inner is bool:
            return _is_set(cast("object", value))
        raise


def _is_set(flag: object) -> bool:
    """What an odd flag means, such as "yes". One that hides a design is better taken for set than lost."""
    return bool(flag) and str(flag).lower() not in _NO
