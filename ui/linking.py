"""The cards and the form of linking: start, paste, confirm, account, unlink."""

from __future__ import annotations

from datetime import datetime
from typing import Literal

import discord

from ui.components import WARNING, Component, button, container, link, row, section, text, thumbnail
from ui.presses import custom_id
from ui.texts import Language, Markup, bare

PASTED = "pasted"
LONGEST_PASTE = 4_000  # what a form's field can hold at most


def start(
    language: Language,
    *,
    url: str,
    expires_at: datetime,
    linked_as: str | None = None,
    wish: str | None = None,
    crowded: bool = False,
    approved: bool = True,
    sent: bool | None = None,
    proof: Literal["code", "discord"] | None = None,
) -> list[Component]:
    """The link card. `sent`: it went out by DM too (True), could not (False), or was not tried (None).

    `proof` is what the linking page asks of people, where there is one.
    """
    lines = [language.say("## Link your Thingiverse account")]
    if linked_as is not None:
        lines.append(
            language.say("You are linked as **@{name}**. This would switch to another account.", name=linked_as)
        )
    if wish is not None:
        lines.append(language.say("Once you are linked, I carry out your like of **{name}**.", name=wish))
    lines.append(_steps(language, proof))
    lines.append(
        language.say("The link is for you alone and runs out {when}. Show nobody the address.", when=expires_at)
    )
    if not approved:
        lines.append(_approval_note(language, crowded))
    if sent is True:
        lines.append(language.say("-# The same is in your DMs."))
    elif sent is False:
        lines.append(language.say("-# Your DMs are closed to me, which is fine: the Paste button does all."))
    going_on = language.say("Enter code") if proof == "code" else language.say("Continue")
    by_page = [] if proof is None else [button(going_on, custom_id("prove"), "primary")]
    buttons = row(
        link(language.say("Authorize"), url),
        *by_page,
        button(language.say("Paste"), custom_id("paste"), "secondary" if by_page else "primary"),
        button(language.say("New link"), custom_id("link")),
    )
    return [container(text("\n".join(lines)), buttons)]


def _steps(language: Language, proof: Literal["code", "discord"] | None) -> str:
    if proof == "code":
        return language.say(
            "1. Press **Authorize** and allow it on Thingiverse.\n"
            "2. You land on a page with a short code.\n"
            "3. Press **Enter code** here and type it.\n"
            "-# If that page asks you to copy its address instead, press **Paste**."
        )
    if proof == "discord":
        return language.say(
            "1. Press **Authorize** and allow it on Thingiverse.\n"
            "2. On the page you land on, sign in with Discord.\n"
            "3. Press **Continue** here.\n"
            "-# If that page asks you to copy its address instead, press **Paste**."
        )
    return language.say(
        "1. Press **Authorize** and allow it on Thingiverse.\n"
        "2. You land on another page. Copy its whole address from your browser.\n"
        "3. Press **Paste** here, or send me the address in a DM."
    )


def _approval_note(language: Language, crowded: bool) -> str:
    if crowded:
        return language.say(
            "-# Thingiverse has not approved this bot's app yet and lets about ten people link to it. They are linked "
            "already, so the page may say “not found”. Everything that needs no account works all the same."
        )
    return language.say(
        "-# If Thingiverse's page says “not found”: the bot's app is not approved yet, and only about ten people can "
        "link to it. The people who run the bot can tell you more."
    )


class PasteForm(discord.ui.Modal):
    """The form behind Paste. It waits for nothing: its answer finds the way by custom_id, after a restart too."""

    def __init__(self, language: Language) -> None:
        super().__init__(title=language.say("Paste the address"), custom_id=custom_id("pasted"), timeout=None)
        self.add_item(
            discord.ui.Label(
                text=language.say("The address you landed on"),
                description=language.say("The whole of it, with all that stands behind # or ?"),
                component=discord.ui.TextInput(
                    custom_id=PASTED, style=discord.TextStyle.long, max_length=LONGEST_PASTE, required=True
                ),
            )
        )
        self.stop()


def confirm(
    language: Language,
    *,
    maker_id: int,
    maker: str,
    picture: str | None,
    url: str,
    checked: bool,
    replaces: str | None,
    by_dm: bool,
) -> list[Component]:
    """Whose account it is, with the name and the picture, to be confirmed."""
    lines = [
        language.say("## Is this you?"),
        language.say(
            "This links **[@{name}]({url})** on Thingiverse to your Discord account.",
            name=maker,
            url=Markup(url),
        ),
    ]
    if replaces is not None:
        lines.append(language.say("It replaces **@{name}**.", name=replaces))
    if not checked:
        lines.append(
            language.say(
                "Thingiverse could not be asked which app this key was made for. Confirm only if you pressed Allow "
                "yourself, just now, for this bot."
            )
        )
    lines.append(language.say("If that is not your account, press Cancel."))
    if by_dm:
        lines.append(
            language.say("-# Please delete your message with the address now. In a DM I cannot do it for you.")
        )
    beside = (
        None if picture is None else thumbnail(picture, language.say("Picture of @{name}", name=Markup(bare(maker))))
    )
    buttons = row(
        button(language.say("Confirm"), custom_id("confirm", maker_id), "success"),
        button(language.say("Cancel"), custom_id("cancel")),
    )
    return [container(section("\n".join(lines), beside), buttons)]


def linked(language: Language, *, maker: str, url: str) -> list[Component]:
    said = language.say(
        "You are linked as **[@{name}]({url})**. Try `/popular`, and press Like on what you like.",
        name=maker,
        url=Markup(url),
    )
    return [container(text(said))]


def cancelled(language: Language) -> list[Component]:
    again = row(button(language.say("New link"), custom_id("link")))
    return [container(text(language.say("Nothing was linked, and nothing has changed.")), again)]


def account(
    language: Language,
    *,
    maker: str,
    picture: str | None,
    url: str,
    linked_at: datetime,
    alive: bool | None,
    liked: int,
) -> list[Component]:
    """As whom, since when, is the token still good, what is kept."""
    state = {
        True: language.say("Thingiverse accepts the link."),
        False: language.say("**Thingiverse no longer accepts the link.** Press Link again to mend it."),
        None: language.say("Thingiverse does not answer just now, so I cannot tell whether the link still works."),
    }[alive]
    kept = language.count(
        "-# Kept about you: your Discord number, this account's name, number and picture address, the sealed key, "
        "and {n} like made through me.",
        "-# Kept about you: your Discord number, this account's name, number and picture address, the sealed key, "
        "and {n} likes made through me.",
        liked,
    )
    lines = [
        language.say("## Your Thingiverse account"),
        language.say("**[@{name}]({url})**, linked {when}.", name=maker, url=Markup(url), when=linked_at),
        state,
        kept,
        language.say("-# `/privacy` has all of it, to take with you or to delete."),
    ]
    beside = (
        None if picture is None else thumbnail(picture, language.say("Picture of @{name}", name=Markup(bare(maker))))
    )
    mend = language.say("Switch account") if alive is not False else language.say("Link again")
    buttons = row(
        button(mend, custom_id("link"), "secondary" if alive is not False else "primary"),
        button(language.say("Done for you"), custom_id("done")),
        button(language.say("Unlink"), custom_id("unlink"), "danger"),
    )
    accent = {"accent": WARNING} if alive is False else {}
    return [container(section("\n".join(lines), beside), buttons, **accent)]


def not_linked(language: Language) -> list[Component]:
    said = language.say("Your Discord account is not linked to Thingiverse. `/privacy` says what I keep about you.")
    return [container(text(said), row(button(language.say("Link my account"), custom_id("link"), "primary")))]


def unlinked(language: Language, *, was_linked: bool, revoke_url: str) -> list[Component]:
    """Honest about what only Thingiverse can do: there is no call that ends an app's access."""
    if not was_linked:
        return not_linked(language)
    said = language.say(
        "You are unlinked. The key and everything I kept about you are deleted.\n"
        "To end this app's access on Thingiverse's side as well, remove it on your account's page of apps: "
        "I have no way to do that for you."
    )
    return [container(text(said), row(link(language.say("Thingiverse's page of apps"), revoke_url)))]


def exposed(language: Language, *, deleted: bool, revoke_url: str) -> list[Component]:
    """To somebody who pasted their key where others can read it."""
    lines = [language.say("## Your key was visible to others")]
    if deleted:
        lines.append(
            language.say("You pasted it in a server channel. I deleted that message, and used nothing from it.")
        )
    else:
        lines.append(
            language.say(
                "You pasted it in a server channel, where I may not delete messages. **Please delete it now.** I used "
                "nothing from it."
            )
        )
    lines.append(
        language.say(
            "Somebody may have read it all the same, and whoever has the key can act as you. Remove this app on "
            "Thingiverse's page of apps, then link again: in a DM with me, or with the Paste button."
        )
    )
    buttons = row(
        link(language.say("Thingiverse's page of apps"), revoke_url),
        button(language.say("New link"), custom_id("link"), "primary"),
    )
    return [container(text("\n".join(lines)), buttons, accent=WARNING)]
