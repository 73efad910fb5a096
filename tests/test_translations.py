"""Catalogs are compiled once, and again whenever they change."""

from __future__ import annotations

from pathlib import Path

import pytest

import translations
from translations import read_catalog

CATALOG = """msgid ""
msgstr ""
"Content-Type: text/plain; charset=utf-8\\n"

msgid "Like"
msgstr "{said}"
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    path = tmp_path / "de.po"
    path.write_text(CATALOG.format(said="Gefällt mir"), encoding="utf-8")
    return path


def kept(path: Path) -> list[Path]:
    return sorted((path.parent / "__pycache__").glob("*"))


def test_what_was_compiled_is_read_the_next_time(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read_catalog(path)
    assert [each.suffix for each in kept(path)] == [".mo"]
    monkeypatch.setattr(translations, "_compiled", None)
    assert read_catalog(path).gettext("Like") == "Gefällt mir"


def test_a_catalog_that_changed_is_compiled_again_and_the_earlier_one_removed(path: Path) -> None:
    read_catalog(path)
    earlier = kept(path)
    path.write_text(CATALOG.format(said="Mag ich"), encoding="utf-8")
    assert read_catalog(path).gettext("Like") == "Mag ich"
    assert len(kept(path)) == 1
    assert kept(path) != earlier


@pytest.mark.parametrize("damaged", [b"", b"x", b"\xde\x12\x04\x95" + b"\xff" * 40])
def test_what_is_damaged_is_compiled_again(path: Path, damaged: bytes) -> None:
    read_catalog(path)
    kept(path)[0].write_bytes(damaged)
    assert read_catalog(path).gettext("Like") == "Gefällt mir"
    assert kept(path)[0].read_bytes() != damaged


def test_where_nothing_can_be_written_it_is_compiled_each_time(path: Path) -> None:
    (path.parent / "__pycache__").touch()
    for _ in range(2):
        assert read_catalog(path).gettext("Like") == "Gefällt mir"


def test_languages_with_the_same_beginning_keep_their_own(path: Path) -> None:
    other = path.with_stem("de_AT")
    other.write_text(path.read_text(encoding="utf-8"), encoding="utf-8")
    read_catalog(path)
    read_catalog(other)
    path.write_text(CATALOG.format(said="Mag ich"), encoding="utf-8")
    read_catalog(path)
    assert [each.name.partition("-")[0] for each in kept(path)] == ["de", "de_AT"]
