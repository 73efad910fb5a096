"""Errors with sentences for people. For all other exceptions, people only see a reference."""

import re

COMMAND = re.compile(r"\{/([^{}]+)\}")  # how a sentence names a command: {/popular}, or {/group subcommand}


def N_(sentence: str) -> str:  # noqa: N802  gettext's name for "translate this later"
    return sentence


def with_plain_commands(sentence: str) -> str:
    """For logs and files, where nothing can be clicked: /popular for {/popular}."""
    return COMMAND.sub(r"/\1", sentence)


class BotError(Exception):
    """An error with a sentence for the person.

    `sentence` is the English text, which is the message ID in the catalog; `values` fill the {names} in it.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(with_plain_commands(sentence))
        self.sentence = sentence
        self.values = values


class LinkNeeded(BotError):
    """The person has to link first. The reply starts linking."""


class LinkRefused(BotError):
    """What was pasted can't be used. The reply offers a new link."""


class CodeRefused(LinkRefused):
    """The code isn't the one on the page. The reply offers another try."""


class PasteRefused(LinkRefused):
    """With a linking page, nothing can be pasted. The reply only offers a new link."""
