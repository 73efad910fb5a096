"""What the bot can do, and where to ask."""

from __future__ import annotations

from cards.components import Component, button, container, custom_id, link, row, separator, text
from texts import Language, Markup


def card(language: Language, *, linked: bool, install_url: str | None, support_url: str | None) -> list[Component]:
    """Every command, in five parts. `install_url` is None where only its owner can add the bot to a server."""
    parts = _parts(language)
    if support_url is None:
        parts[-1] += "\n\n" + language.say("-# Questions? Ask your server's moderators. They know who runs this bot.")
    buttons: list[Component] = []
    if not linked:
        buttons.append(button(language.say("Link my account"), custom_id("link"), "primary"))
    if install_url is not None:
        buttons.append(link(language.say("Add to your server"), install_url))
    if support_url is not None:
        buttons.append(link(language.say("Get help"), support_url))
    first, *others = parts
    below = (part for said in others for part in (separator(), text(said)))
    return [container(text(first), *below, *([row(*buttons)] if buttons else []))]


def _parts(language: Language) -> list[str]:
    return [
        language.say(
            "**Find designs**\n{commands}\nYou don't need an account to look around.",
            commands=_commands(
                language, "search", "popular", "newest", "featured", "random", "thing", "maker", "collection"
            ),
        ),
        language.say(
            "**Like and share**\n{commands}\nLike buttons act for whoever presses them. On a message with a link, try "
            "**Apps** › **Show thing** or **Like thing**.",
            commands=_commands(language, "like", "unlike", "likes", "share", "top", "who-likes"),
        ),
        language.say(
            "**Get new designs**\n{commands}\nIn servers, moderators choose which. In a DM with me, you do.",
            commands=_commands(language, "follow", "feeds"),
        ),
        language.say(
            "**Your account and data**\n{commands}\nSee, export, or delete what I keep about you at any time.",
            commands=_commands(language, "link", "account", "my-designs", "unlink", "privacy", "ignore-me", "help"),
        ),
        language.say(
            "**For moderators**\n{commands}\nYou need the Manage Server permission.",
            commands=_commands(language, "settings", "doctor"),
        ),
    ]


def _commands(language: Language, *names: str) -> Markup:
    return Markup(" ".join(language.commands.mention(name) for name in names))


def greeting(language: Language) -> list[Component]:
    """The reply to a DM that isn't a link to paste."""
    said = language.say(
        "I respond to commands here. Try {/popular} or {/help}, or use {/link} to link your Thingiverse account."
    )
    return [container(text(said), row(button(language.say("Link my account"), custom_id("link"))))]
