"""What the bot can do, what it keeps, where to ask."""

from __future__ import annotations

from ui.components import Component, button, container, link, row, text
from ui.presses import custom_id
from ui.texts import Language, Markup


def card(language: Language, *, support_url: str | None) -> list[Component]:
    lines = [
        language.say("## Thingiverse, here"),
        language.say(
            "**Find:** {find}\n"
            "**Look closely:** {look}\n"
            "**Like:** {like}\n"
            "**Share:** {share}\n"
            "**Your account:** {account}",
            find=_commands("search", "popular", "newest", "featured", "random"),
            look=_commands("thing", "maker", "collection"),
            like=_commands("like", "unlike", "likes"),
            share=_commands("share", "top", "who-likes"),
            account=_commands("link", "account", "unlink"),
        ),
        language.say(
            "On somebody's message with an address, look under **Apps** for **Show thing** and **Like thing**."
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


def _commands(*names: str) -> Markup:
    return Markup(" ".join(f"`/{name}`" for name in names))


def greeting(language: Language) -> list[Component]:
    """To somebody who writes a DM that is no address to link with."""
    said = language.say(
        "I understand commands here: try `/popular` or `/help`. To link your Thingiverse account, use `/link`."
    )
    return [container(text(said), row(button(language.say("Link my account"), custom_id("link"))))]
