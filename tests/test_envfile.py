"""Writing .env: private from the start, and nothing else in it changes."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from dotenv import dotenv_values
from hypothesis import given
from hypothesis import strategies as st

import envfile


def written(path: Path, **changes: str) -> dict[str, str | None]:
    envfile.write(path, changes)
    return dict(dotenv_values(path))


def test_only_the_named_values_change(tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text("# mine\nA=1\n\nexport B = 'two'  # why\nA=3\n")
    path.chmod(0o644)
    envfile.write(path, {"A": "4", "C": "5"})
    assert path.read_text() == "# mine\nA=1\n\nexport B = 'two'  # why\nA=4\nC=5\n"
    assert path.stat().st_mode & 0o777 == 0o600, "what was open to others no longer is"


def test_a_link_to_another_file_stays_a_link(tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to(tmp_path / "real")
    assert written(tmp_path / ".env", A="2") == {"A": "2"}
    assert (tmp_path / ".env").is_symlink()


@given(st.text(st.characters(min_codepoint=32, max_codepoint=126), min_size=1, max_size=30))
def test_what_is_written_is_read_back_or_refused(value: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / ".env"
        try:
            envfile.write(path, {"A": value})
        except envfile.Unreadable:
            assert not path.exists()
        else:
            assert envfile.read(path)["A"] == value


def test_a_full_disk_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / ".env"
    path.write_text("A=1\n")

    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full)
    with pytest.raises(envfile.Unreadable, match="No space left"):
        envfile.write(path, {"A": "2"})
    assert [each.name for each in tmp_path.iterdir()] == [".env"]
    assert path.read_text() == "A=1\n"
