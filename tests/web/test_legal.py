"""The operator's terms and privacy policy as pages."""

from __future__ import annotations

import re
from pathlib import Path

import aiohttp
import pytest

from fakes.thingiverse import FakeThingiverse
from operations.failures import StartError
from tests.web.stage import open_paged
from web.legal import Unfinished, read_sheets, sheet_of

ROOT = Path(__file__).parent.parent.parent


def filled(template: str) -> str:
    """A template as an operator would fill it in."""
    lines = (ROOT / "docs" / template).read_text().split("\n\n")
    kept = "\n\n".join(part for part in lines if not part.startswith("**If you run a bot"))
    return re.sub(r"\b(?:NAME|CONTACT|PRIVACY URL|SUPPORT URL|COUNTRY|DATE|WHERE|WHOM|LONG)\b", "here", kept)


async def test_both_pages_are_shown_and_the_policy_is_linked(world: FakeThingiverse, tmp_path: Path) -> None:
    files = {}
    for name in ("terms", "privacy"):
        (tmp_path / f"{name}.md").write_text(filled(f"{name}.md"))
        files[f"{name}_page"] = str(tmp_path / f"{name}.md")
    async with open_paged(world, tmp_path, **files) as paged, aiohttp.ClientSession() as client:
        for name, title in (("terms", "Terms"), ("privacy", "Privacy")):
            answer = await client.get(f"{paged.url}/{name}")
            text = await answer.text()
            assert (answer.status, answer.content_type) == (200, "text/html")
            assert f'<h1 tabindex="-1" autofocus>{title}</h1>' in text
            assert "default-src 'none'" in answer.headers["Content-Security-Policy"]
        assert "<table>" in text
        card = await paged.stage.ann.slash(paged.stage.channel, "privacy")
        assert f"{paged.url}/privacy" in str(card.response.components)


async def test_without_files_there_are_no_such_pages(world: FakeThingiverse, tmp_path: Path) -> None:
    async with open_paged(world, tmp_path) as paged, aiohttp.ClientSession() as client:
        assert (await client.get(f"{paged.url}/terms")).status == 404


@pytest.mark.parametrize("name", ["terms.md", "privacy.md"])
def test_a_template_that_is_not_filled_in_is_refused(name: str) -> None:
    with pytest.raises(Unfinished, match="isn't filled in yet"):
        read_sheets({"page": str(ROOT / "docs" / name)})


async def test_a_file_that_cannot_be_read_stops_the_start_in_plain_words(
    world: FakeThingiverse, tmp_path: Path
) -> None:
    with pytest.raises(StartError, match=r"nowhere\.md can't be read: No such file"):
        async with open_paged(world, tmp_path, terms_page=str(tmp_path / "nowhere.md")):
            pass


def test_html_in_a_file_is_only_text() -> None:
    sheet = sheet_of(
        "# Terms\n\n<script>alert(1)</script> [here](javascript:alert(1))\n\n| a | b |\n|---|---|\n| 1 | 2 |"
    )
    assert sheet.title == "Terms"
    assert "<script" not in sheet.html
    assert 'href="javascript' not in sheet.html
    assert "<td>1</td>" in sheet.html
