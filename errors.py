"""Errors whose text is written for the person who reads it.

Everything else that can go wrong is an ordinary exception, and reaches people only as a reference.
"""


def N_(sentence: str) -> str:  # noqa: N802  gettext's own name for "gather this, it is said later"
    return sentence


class BotError(Exception):
    """A refusal in the person's words.

    `sentence` is the message id in the catalogue (its English text); `values` fill the {names} in it.
    """

    def __init__(self, sentence: str, **values: object) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.values = values


class LinkNeeded(BotError):
    """The person has to link (again) before this can be done; the answer starts linking."""


class LinkRefused(BotError):
    """What was pasted cannot be used; the answer offers a fresh link."""


class CodeRefused(LinkRefused):
    """The code that was typed is not the one on the page; the answer offers another try."""
