"""`python bot.py init`: ask for each value, try it, and write it to .env. Nothing secret is ever shown."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import click

import config
import envfile
from operations import checks
from operations.checks import Finding
from operations.failures import EXIT_SETTINGS, StartError
from operations.probes import Probes
from operations.questions import NAMES, QUESTIONS, Question, mistake
from storage.vault import new_key

if TYPE_CHECKING:
    from rich.console import Console

NO_TERMINAL = (
    "init asks questions, so it needs a terminal. Without one, put the values into the environment and run: "
    "python bot.py init --from-env"
)


class Terminal:
    """Asks whoever sits there. The picture in the docs answers itself."""

    def ask(self, prompt: str, *, secret: bool, default: str | None) -> str:
        shown = bool(default) and not secret
        return click.prompt(
            prompt, hide_input=secret, default=default, show_default=shown, type=str, prompt_suffix=": "
        )

    def confirm(self, prompt: str) -> bool:
        return click.confirm(prompt, default=False)


@dataclass
class Setup:
    path: Path  # of .env
    template: Path | None
    probes: Probes
    console: Console
    terminal: Terminal

    def ask(self, only: tuple[str, ...] = ()) -> None:
        """Ask for what's missing, and offer to change the rest; with `only`, ask for exactly these."""
        self.console.print(
            f"Settings go to {self.path}. Only you can read that file. Secrets aren't shown.", markup=False
        )
        given = config.given()
        questions = [question for question in QUESTIONS if not only or question.name in only]
        for number, question in enumerate(questions, 1):
            self.console.print(f"\n[bold]{number}/{len(questions)}  {question.title}[/]")
            if only or not self._kept(question, given):
                self._ask(question, given)
        self._make_keys(given)

    def take(self) -> None:
        """Take the values from the environment. Raises StartError, and then nothing is written."""
        found = config.from_environment()
        given = config.given()
        problems = [
            f"{name} is not set ({config.HINTS[name]})."
            for name in NAMES
            if name in config.HINTS and not given.get(name)
        ]
        problems += [wrong for name in NAMES if name in given and (wrong := mistake(name, given[name], given))]
        if problems:
            raise config.ConfigError(problems)
        findings = [finding for name in NAMES if name in given and (finding := self._try(name, given)) is not None]
        for finding in findings:
            checks.show(self.console, finding)
        if any(finding.how == "wrong" for finding in findings):
            raise StartError("Nothing was written. Fix everything marked ✗, then run this again.", checks.EXIT_FOUND)
        self._write(found)
        self._make_keys(given)

    def _kept(self, question: Question, given: dict[str, str]) -> bool:
        """Whether a value that's already there stays."""
        value = given.get(question.name)
        if value is None:
            return False
        wrong = mistake(question.name, value, given)
        finding = Finding("wrong", wrong) if wrong else self._try(question.name, given)
        checks.show(self.console, finding or Finding("well", f"{question.name} is set"))
        return (finding is None or finding.how != "wrong") and not self.terminal.confirm("Change it?")

    def _ask(self, question: Question, given: dict[str, str]) -> None:
        self.console.print(f"[dim]{question.where}[/]")
        while True:
            said = self.terminal.ask(question.name, secret=question.secret, default=question.default)
            value = config.tidied(question.name, said)
            if not value and question.default == "":
                if given.pop(question.name, None) is not None:
                    self._write({question.name: ""})
                return
            wrong = mistake(question.name, value, given) if value else "Nothing was entered."
            finding = Finding("wrong", wrong) if wrong else self._try(question.name, {**given, question.name: value})
            if finding is not None:
                checks.show(self.console, finding)
            if not wrong and (finding is None or finding.how != "wrong" or self.terminal.confirm("Use it anyway?")):
                given[question.name] = value
                self._write({question.name: value})
                return

    def _try(self, name: str, given: dict[str, str]) -> Finding | None:
        return asyncio.run(self.probes.of(name, config.draft(given)))

    def _make_keys(self, given: dict[str, str]) -> None:
        """Make a key, unless there is one: with another, nobody's link could be decrypted anymore."""
        if given.get("TOKEN_KEYS"):
            return
        self._write({"TOKEN_KEYS": new_key()})
        checks.show(
            self.console,
            Finding("well", "A new key encrypts people's accounts", "Keep a copy of TOKEN_KEYS, apart from backups."),
        )

    def _write(self, values: dict[str, str]) -> None:
        try:
            before = envfile.read(self.path) if self.path.exists() else {}
            files = {f"{name}_FILE": "" for name in values if f"{name}_FILE" in before}
            envfile.write(self.path, {**files, **values}, self.template)
        except envfile.Unreadable as error:
            raise StartError(str(error), EXIT_SETTINGS) from None
