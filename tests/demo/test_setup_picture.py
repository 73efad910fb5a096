"""The picture of `init` in the docs shows what `init` asks."""

from __future__ import annotations

from pathlib import Path

from demo.setup_picture import draw

PICTURE = Path(__file__).parent.parent.parent / "docs/images/init.svg"


async def test_the_picture_in_the_docs_is_current() -> None:
    drawn = await draw()
    assert drawn == PICTURE.read_text(encoding="utf-8"), "run: python -m demo.setup_picture docs/images/init.svg"
    assert "made-up-for-tests" not in drawn
    assert "font-face" not in drawn
