"""A small project with one message, one language, and a Git history."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

GERMAN = """msgid ""
msgstr ""
"Language: de\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"

msgid "Like"
msgstr "Gefällt mir"
"""
CHANGELOG = "# Changelog\n\n## Unreleased\n\n- Something new.\n\n## 0.1.0 (2026-01-02)\n\nThe first release.\n"


class Project:
    def __init__(self, root: Path) -> None:
        self.root = root

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")

    def read(self, name: str) -> str:
        return (self.root / name).read_text(encoding="utf-8")

    def git(self, *arguments: str) -> str:
        return subprocess.run(["git", *arguments], cwd=self.root, check=True, capture_output=True, text=True).stdout

    def commit(self) -> None:
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", "Change something")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path)
    made.write("version.py", 'NAME = "Thingamabot"\nVERSION = "0.1.0"\n')
    made.write("cards/card.py", 'say("Like")\n')
    made.write("locales/de.po", GERMAN)
    made.write("locales/thingamabot.pot", 'msgid "Like"\nmsgstr ""\n')
    made.write("CHANGELOG.md", CHANGELOG)
    made.git("init", "--quiet", "--initial-branch", "main")
    for name, value in (("user.name", "Ann"), ("user.email", "ann@example.org"), ("commit.gpgsign", "false")):
        made.git("config", name, value)
    made.git("config", "tag.gpgsign", "false")
    made.commit()
    return made
