"""`make release`: what it does, and when it stops."""

from __future__ import annotations

import re

import click
import pytest

from tests.tools.conftest import Project
from tools.release import release


def test_a_release_sets_the_version_dates_the_changelog_and_tags(project: Project) -> None:
    release(project.root, "1.2.0")
    assert project.read("version.py") == 'NAME = "Thingamabot"\nVERSION = "1.2.0"\n'
    headings = re.findall("^## (.*)$", project.read("CHANGELOG.md"), re.MULTILINE)
    assert re.fullmatch(r"1\.2\.0 \(\d{4}-\d\d-\d\d\)", headings[0])
    assert headings[1:] == ["0.1.0 (2026-01-02)"]
    assert project.git("log", "-1", "--format=%s").strip() == "Release 1.2.0"
    assert project.git("describe", "--exact-match").strip() == "v1.2.0"
    assert not project.git("status", "--porcelain")


def refusal(project: Project, version: str = "1.2.0") -> str:
    """The message of a release that is stopped, which changes nothing."""
    before = (project.git("rev-parse", "HEAD"), project.git("tag"), project.git("status", "--porcelain"))
    with pytest.raises(click.ClickException) as raised:
        release(project.root, version)
    assert before == (project.git("rev-parse", "HEAD"), project.git("tag"), project.git("status", "--porcelain"))
    return raised.value.message


def test_it_refuses_while_a_translation_is_missing_and_names_it(project: Project) -> None:
    project.write("locales/de.po", project.read("locales/de.po").replace("Gefällt mir", ""))
    project.commit()
    assert "✗ locales/de.po: 1 without a translation:\n    'Like'" in refusal(project)


def test_it_refuses_while_a_file_is_not_committed(project: Project) -> None:
    project.write("notes.txt", "not committed")
    assert refusal(project) == (
        "This can't be released yet.\n✗ There are uncommitted changes. Commit or stash them first."
    )


def test_it_refuses_while_the_template_is_out_of_date(project: Project) -> None:
    project.write("cards/card.py", 'say("Like")\nsay("Unlike")\n')
    project.commit()
    assert "✗ locales/thingamabot.pot is out of date. Run make texts." in refusal(project)


def test_it_refuses_without_anything_in_the_changelog(project: Project) -> None:
    project.write("CHANGELOG.md", "# Changelog\n\n## 0.1.0 (2026-01-02)\n")
    project.commit()
    assert 'CHANGELOG.md has no heading "## Unreleased".' in refusal(project)


@pytest.mark.parametrize("version", ["", "v1.2.0", "1.2", "1.2.0-rc1"])
def test_it_refuses_a_version_that_is_none(project: Project, version: str) -> None:
    assert "make release VERSION=1.2.3" in refusal(project, version)


def test_it_refuses_a_version_that_was_released(project: Project) -> None:
    project.git("tag", "v1.2.0")
    assert "✗ The tag v1.2.0 already exists." in refusal(project)
