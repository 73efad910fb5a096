"""`make texts`: what happens to a language when the code's messages change."""

from __future__ import annotations

import shutil
from pathlib import Path

from babel.messages.pofile import read_po

from tests.tools.conftest import GERMAN, Project
from tools import catalogs

NOISE = """# German translations.
#, fuzzy
msgid ""
msgstr ""
"Project-Id-Version: PROJECT VERSION\\n"
"POT-Creation-Date: 2026-11-25 00:49+0000\\n"
"Last-Translator: FULL NAME <EMAIL@ADDRESS>\\n"
"Language: de\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: nplurals=2; plural=(n != 1);\\n"
"Generated-By: Babel 2.18.0\\n"

#: cards/card.py:1
msgid ""
"Like"
msgstr "Gefällt "
"mir"

#~ msgid "Gone"
#~ msgstr "Weg"
"""


def test_a_new_message_gets_an_empty_translation(project: Project) -> None:
    project.write("cards/card.py", 'say("Like")\nsay("Like it")\ncount("{n} like", "{n} likes", n)\n')
    catalogs.update(project.root)
    assert project.read("locales/de.po").startswith(GERMAN)
    added = project.read("locales/de.po").removeprefix(GERMAN)
    assert 'msgid "Like it"\nmsgstr ""\n' in added
    assert 'msgid_plural "{n} likes"\nmsgstr[0] ""\nmsgstr[1] ""\n' in added
    assert "fuzzy" not in added
    assert catalogs.missing(project.root) == {"de": ["Like it", "{n} like"]}


def test_commands_and_their_options_are_messages_without_a_mark(project: Project) -> None:
    command = '@app_commands.command(name="search", description="Find designs")\n'
    options = '@app_commands.describe(text="What for", no_ai="No AI designs")\n'
    project.write("cards/card.py", f"{command}{options}async def search(): ...\n")
    found = {message.id for message in catalogs.collect(project.root) if message.id}
    assert found == {"search", "Find designs", "text", "What for", "no-ai", "No AI designs"}


def test_a_message_that_is_gone_from_the_code_is_removed(project: Project) -> None:
    project.write("cards/card.py", 'say("Love")\n')
    catalogs.update(project.root)
    assert "Like" not in project.read("locales/de.po")
    assert catalogs.missing(project.root) == {"de": ["Love"]}


def test_a_message_whose_plural_changed_is_translated_anew(project: Project) -> None:
    project.write("cards/card.py", 'count("Like", "Likes", n)\n')
    catalogs.update(project.root)
    assert "Gefällt" not in project.read("locales/de.po")
    assert "fuzzy" not in project.read("locales/de.po")


def test_a_file_has_one_form_whoever_wrote_it(project: Project) -> None:
    project.write("locales/de.po", NOISE)
    catalogs.update(project.root)
    assert project.read("locales/de.po") == GERMAN


def test_an_empty_file_begins_a_language(project: Project) -> None:
    project.write("locales/ja.po", "")
    catalogs.update(project.root)
    assert '"Language: ja\\n"\n"Plural-Forms: nplurals=1; plural=0;\\n"' in project.read("locales/ja.po")
    assert catalogs.missing(project.root) == {"de": [], "ja": ["Like"]}


def test_a_second_run_changes_nothing(tmp_path: Path) -> None:
    for name in ("actions", "cogs", "locales", "operations", "cards", "desk", "web"):
        shutil.copytree(catalogs.ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    shutil.copy(catalogs.ROOT / "errors.py", tmp_path)
    (tmp_path / "cards" / "new.py").write_text('count("{n} new message", "{n} new messages", n)\n')
    catalogs.update(tmp_path)
    once = {path.name: path.read_text() for path in (tmp_path / "locales").iterdir() if path.is_file()}
    catalogs.update(tmp_path)
    assert once == {path.name: path.read_text() for path in (tmp_path / "locales").iterdir() if path.is_file()}


def test_a_template_that_lacks_a_message_is_out_of_date(project: Project) -> None:
    assert catalogs.is_current(project.root)
    project.write("cards/card.py", 'say("Like")\nsay("Unlike")\n')
    assert not catalogs.is_current(project.root)
    catalogs.update(project.root)
    assert catalogs.is_current(project.root)
    with (project.root / "locales" / "thingamabot.pot").open("rb") as file:
        assert "Unlike" in read_po(file)
