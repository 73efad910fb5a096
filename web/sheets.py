"""What the page shows: one sheet of paper with a heading, in the browser's language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import jinja2
from aiohttp import web
from babel import Locale

from actions.proofs import Arrival
from ui.texts import Language, Markup, Texts, bare

FOLDER = Path(__file__).parent / "templates"
FILES = {"page.css": "text/css", "page.js": "text/javascript"}

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
)


class Sheets:
    """Makes the answers; addresses in them are paths below the public address, whatever a proxy makes of them."""

    def __init__(self, texts: Texts, public_url: str) -> None:
        self._texts = texts
        self._root = urlsplit(public_url).path + "/link"

    def language_of(self, request: web.Request) -> Language:
        return self._texts.first_of(accepted_languages(request.headers.get("Accept-Language", "")))

    def landing(self, request: web.Request, *, status: int = 200) -> web.Response:
        """Where the answer is behind the #, or has no state: from here on it is the browser's script's turn."""
        say = self.language_of(request).say
        return self._sheet(
            request,
            "landing",
            status,
            title=say("Linking your Thingiverse account"),
            one_moment=say("One moment …"),
            nothing=say("There is no answer from Thingiverse in this address. Go back to Discord and use /link there."),
            without_state=say("Thingiverse did not say for whom this answer is, so the last step is yours:"),
            without_script=say("Your browser runs no scripts on this page, so the last step is yours:"),
            steps=[
                say("Copy the whole address of this page."),
                say("Go back to Discord, to the card that you started from, and press Paste."),
            ],
            warning=say(
                "Never send this address to anyone. Whoever has it can act with your Thingiverse account. If somebody "
                "asked you for it, close this page."
            ),
            copy=say("Copy the address"),
            copied=say("Copied. It is no longer in the address bar."),
            copy_yourself=say("Your browser does not allow it. Copy the address from the address bar."),
        )

    def arrived(self, request: web.Request, arrival: Arrival) -> web.Response:
        """Whose account goes to whom, and what proves that this browser is theirs."""
        say = self.language_of(request).say
        names = {"maker": _name(arrival.maker_name), "person": _name(arrival.asked_as or "?")}
        if arrival.proven and arrival.by_sign_in:
            title, steps = say("You are signed in"), [say("Go back to Discord and press Continue on the link card.")]
        elif arrival.proven:
            title, steps = say("That was the right code"), [say("Go back to Discord.")]
        elif arrival.code is not None:
            title, steps = say("Type this code in Discord"), [say("Go back to Discord and press Enter code.")]
        else:
            title = say("Show that it is you")
            steps = [
                say("Sign in with Discord, so that I know it is you who asked."),
                say("Go back to Discord and press Continue on the link card."),
            ]
        return self._sheet(
            request,
            "arrived",
            200,
            title=title,
            who=say("Linking @{maker} on Thingiverse to @{person} on Discord.", **names),
            warning=say("If you are not @{person}, or if somebody sent you this link, close this page.", **names),
            tell_nobody=say("Tell nobody the code: with it, they could act with your Thingiverse account."),
            steps=[*steps, say("Look at the name and the picture there, then press Confirm.")],
            code=arrival.code,
            code_label=say("Your code"),
            sign_in=say("Sign in with Discord") if arrival.by_sign_in and not arrival.proven else None,
            soon=say("This waits for five minutes, then it is forgotten."),
        )

    def refusal(
        self, request: web.Request, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        say = self.language_of(request).say
        answer = self._sheet(
            request,
            "refusal",
            status,
            title=say("That did not work"),
            sentence=sentence,
            way_on=say("To begin again, go back to Discord and use /link there."),
        )
        for name in ("Allow",):
            if headers is not None and name in headers:
                answer.headers[name] = headers[name]
        if status == 429:
            answer.headers["Retry-After"] = "60"
        return answer

    def _sheet(self, request: web.Request, name: str, status: int, **values: object) -> web.Response:
        language = self.language_of(request)
        html = _environment.get_template(f"{name}.html").render(
            lang=language.code.replace("_", "-"), direction=_direction(language.code), root=self._root, **values
        )
        return web.Response(text=html, status=status, content_type="text/html")


def accepted_languages(header: str) -> list[str]:
    """The languages of an Accept-Language header, the dearest first (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        code, _, weight = part.partition(";")
        try:
            dear = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if dear > 0 and code.strip():
            wanted.append((dear, code.strip()))
    return [code for _, code in sorted(wanted, key=lambda each: -each[0])]


def _direction(code: str) -> Any:
    return Locale.parse(code).text_direction


def _name(name: str) -> Markup:
    """Somebody's name on one line, turning nothing around it. It is escaped for HTML with the rest."""
    kept = bare(name)
    return Markup(kept if kept.isascii() else f"\u2068{kept}\u2069")
