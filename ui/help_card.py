"""What the bot can do, what it keeps, where to ask."""

from __future__ import annotations

from ui.components import Component, button, container, link, row, text
from ui.presses import custom_id
from ui.texts import Language


def card(language: Language, *, support_url: str | None) -> list[Component]:
    lines = [
        language.say("## Thingiverse, here"),
        language.say(
            "`/popular` what people like just now\n"
            "`/like` and `/unlike` by number, address or suggestion\n"
            "`/likes` what you have liked\n"
            "`/link`, `/account`, `/unlink` your Thingiverse account"
        ),
        language.say(
            "Looking needs no account. The Like buttons act for whoever presses them, and what they answer is for that "
            "person alone."
        ),
        language.say(
            "**What I keep:** for linked people, which account it is, a sealed key to it, and what they liked through "
            "me. `/privacy` shows it, gives it to you, and deletes all of it at once, as `/unlink` does."
        ),
    ]
    if support_url is None:
        lines.append(language.say("**Questions?** Ask the moderators here; they know who runs this bot."))
    buttons = [button(language.say("Link my account"), custom_id("link"))]
    if support_url is not None:
        buttons.append(link(language.say("Ask for help"), support_url))
    return [container(text("\n".join(lines)), row(*buttons))]


def greeting(language: Language) -> list[Component]:
    """To somebody who writes a DM that is no address to link with."""
    said = language.say(
        "I understand commands here: try `/popular` or `/help`. To link your Thingiverse account, use `/link`."
    )
    return [container(text(said), row(button(language.say("Link my account"), custom_id("link"))))]
