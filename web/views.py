"""The HTML of the page, in the browser's language."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from urllib.parse import urlsplit

import jinja2
from aiohttp import web
from babel import Locale

from actions.browser_check import Arrival
from texts import Language, Markup, Texts, bare
from web.legal import Sheet

FOLDER = Path(__file__).parent / "templates"
FILES = {"page.css": "text/css", "page.js": "text/javascript"}

_environment = jinja2.Environment(
    loader=jinja2.FileSystemLoader(FOLDER), autoescape=True, trim_blocks=True, undefined=jinja2.StrictUndefined
)


class Views:
    """Makes the responses. Links in them have the path of the public URL, even if a proxy removes it."""

    def __init__(self, texts: Texts, public_url: str) -> None:
        self._texts = texts
        self._root = urlsplit(public_url).path + "/link"

    def language_of(self, request: web.Request) -> Language:
        return self._texts.first_of(accepted_languages(request.headers.get("Accept-Language", "")))

    def landing(self, request: web.Request) -> web.Response:
        """The page for a reply after the #, which its script reads and sends."""
        say = self.language_of(request).say
        return self._sheet(
            request,
            "landing",
            200,
            title=say("Linking your Thingiverse account"),
            one_moment=say("One moment…"),
            nothing=say("This link doesn't include a reply from Thingiverse. Go back to Discord and use /link there."),
            without_state=say(
                "Thingiverse didn't say who this is for, so I can't link it. Close this page and use /link in Discord."
            ),
            without_script=say(
                "Your browser doesn't run scripts on this page, so I can't link your account. Turn them on, then use "
                "/link in Discord again."
            ),
            warning=say(
                "Never send this link to anyone. Whoever has it can use your Thingiverse account. If someone asked "
                "you for it, close this page."
            ),
        )

    def arrived(self, request: web.Request, arrival: Arrival) -> web.Response:
        """The page that says who is linking which account, and shows the code or the sign-in button."""
        say = self.language_of(request).say
        names = {"maker": _name(arrival.maker_name), "person": _name(arrival.asked_as or "?")}
        if arrival.proven and arrival.by_sign_in:
            title, steps = say("You're signed in"), [say("Go back to Discord and press Continue.")]
        elif arrival.proven:
            title, steps = say("Code accepted"), [say("Go back to Discord.")]
        elif arrival.code is not None:
            title, steps = say("Enter this code in Discord"), [say("Go back to Discord and press Enter code.")]
        else:
            title = say("Confirm it's you")
            steps = [
                say("Sign in with Discord so I know it's you who asked."),
                say("Go back to Discord and press Continue."),
            ]
        return self._sheet(
            request,
            "arrived",
            200,
            title=title,
            who=say("Linking @{maker} on Thingiverse to @{person} on Discord.", **names),
            warning=say("If you aren't @{person}, or if someone sent you this link, close this page.", **names),
            tell_nobody=say("Don't tell anyone this code. With it, they could use your Thingiverse account."),
            steps=[*steps, say("Check the name and picture there, then press Confirm.")],
            code=arrival.code,
            code_label=say("Your code"),
            sign_in=say("Sign in with Discord") if arrival.by_sign_in and not arrival.proven else None,
            soon=say("This expires after five minutes."),
        )

    def legal(self, sheet: Sheet) -> web.Response:
        """A page of the operator's, in a language that nobody has told us."""
        html = _environment.get_template("legal.html").render(
            lang="", direction="auto", root=self._root, title=sheet.title, cleaned=sheet.html
        )
        return web.Response(text=html, content_type="text/html")

    def refusal(
        self, request: web.Request, status: int, sentence: str, headers: Mapping[str, str] | None = None
    ) -> web.Response:
        say = self.language_of(request).say
        answer = self._sheet(
            request,
            "refusal",
            status,
            title=say("That didn't work"),
            sentence=sentence,
            way_on=say("To start over, go back to Discord and use /link there."),
        )
        if headers is not None and "Allow" in headers:
            answer.headers["Allow"] = headers["Allow"]
        if status == 429:
            answer.headers["Retry-After"] = "60"
        return answer

    def _sheet(self, request: web.Request, name: str, status: int, **values: object) -> web.Response:
        language = self.language_of(request)
        html = _environment.get_template(f"{name}.html").render(
            lang=language.code.replace("_", "-"),
            direction=Locale.parse(language.code).text_direction,
            root=self._root,
            **values,
        )
        return web.Response(text=html, status=status, content_type="text/html")


def accepted_languages(header: str) -> list[str]:
    """The languages in an Accept-Language header, most preferred first (RFC 9110, 12.5.4)."""
    wanted: list[tuple[float, str]] = []
    for part in header[:500].split(","):
        code, _, weight = part.partition(";")
        try:
            quality = float(weight.strip().removeprefix("q=")) if weight.strip() else 1.0
        except ValueError:
            continue
        if quality > 0 and code.strip():
            wanted.append((quality, code.strip()))
    return [code for _, code in sorted(wanted, key=lambda each: -each[0])]


def _name(name: str) -> Markup:
    """A name on one line that can't reverse the text around it. The template escapes it for HTML."""
    kept = bare(name)
    return Markup(kept if kept.isascii() else f"\u2068{kept}\u2069")
