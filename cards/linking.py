"""The cards for linking: start, confirm, account, unlink."""

from __future__ import annotations

from typing import Literal

from cards.components import WARNING, Component, button, container, custom_id, link, row, section, text, thumbnail
from records import Candidate, Link, LinkOffer, Parked, Standing
from texts import Language, Markup, bare


def start(
    language: Language,
    offer: LinkOffer,
    *,
    wish: str | None = None,
    approved: bool = True,
    sent: bool | None = None,
    proof: Literal["code", "discord"] | None = None,
    in_dm: bool = False,
    because: str | None = None,
) -> list[Component]:
    """The link card. `sent` is whether it was also sent by DM, or None if that wasn't tried.

    `proof` is what the linking page asks of people, where there is one. `in_dm`: the card is shown in their DM with
    the bot. `because` says why they need to link.
    """
    lines = [language.say("## Link your Thingiverse account"), *([because] if because else [])]
    current = offer.current
    if current is not None and current.dead_at is None:
        lines.append(
            language.say(
                "You're already linked as **@{name}**. Linking another account replaces it.", name=current.maker_name
            )
        )
    if wish is not None:
        lines.append(_then(language, offer, wish))
    lines.append(_steps(language, proof, in_dm=in_dm))
    notes = [
        language.say(
            "The Authorize link is only for you and expires {when}. Don't share it, or the link you land on, "
            "with anyone else.",
            when=offer.attempt.expires_at,
        )
    ]
    if not approved:
        notes.append(_approval_note(language, offer.crowded))
    if sent is True:
        notes.append(language.say("-# I also sent you this in a DM."))
    elif sent is False:
        notes.append(language.say("-# I couldn't send you a DM, but you can do everything right here."))
    buttons = row(link(language.say("Authorize"), offer.url), *_ways_on(language, proof))
    return [container(text("\n".join(lines)), text("\n".join(notes)), buttons)]


def _ways_on(language: Language, proof: Literal["code", "discord"] | None) -> list[Component]:
    if proof is None:
        on = button(language.say("Paste link"), custom_id("paste"), "primary")
    else:
        label = language.say("Enter code") if proof == "code" else language.say("Continue")
        on = button(label, custom_id("prove"), "primary")
    return [on, button(language.say("New link"), custom_id("link"))]


def _then(language: Language, offer: LinkOffer, wish: str) -> str:
    if offer.attempt.then_save is not None:
        return language.say("Once you're linked, you can choose a collection for **{name}**.", name=wish)
    return language.say("Once you're linked, I'll like **{name}** for you.", name=wish)


def _steps(language: Language, proof: Literal["code", "discord"] | None, *, in_dm: bool) -> str:
    if proof == "code":
        return language.say(
            "1. Press **Authorize** and allow access on Thingiverse.\n"
            "2. You'll land on a page with a short code.\n"
            "3. Back here, press **Enter code** and type it in."
        )
    if proof == "discord":
        return language.say(
            "1. Press **Authorize** and allow access on Thingiverse.\n"
            "2. Sign in with Discord on the page you land on.\n"
            "3. Back here, press **Continue**."
        )
    if in_dm:
        return language.say(
            "1. Press **Authorize** and allow access on Thingiverse.\n"
            "2. On the page you land on, copy the whole link from the address bar.\n"
            "3. Back here, press **Paste link**, or just send it here."
        )
    return language.say(
        "1. Press **Authorize** and allow access on Thingiverse.\n"
        "2. On the page you land on, copy the whole link from the address bar.\n"
        "3. Back here, press **Paste link**, or send me the link in a DM."
    )


def _approval_note(language: Language, crowded: bool) -> str:
    if crowded:
        return language.say(
            "-# Thingiverse hasn't approved this bot's app yet, so only about ten people can link to it. Those "
            "spots are taken, so you may see “not found”. Everything that doesn't need an account still works."
        )
    return language.say(
        "-# Seeing “not found” on Thingiverse? This bot's app isn't approved yet, so only about ten people "
        "can link to it. The people who run this bot can tell you more."
    )


def confirm(language: Language, candidate: Candidate, *, url: str, by_dm: bool = False) -> list[Component]:
    account = candidate.account
    lines = [
        language.say("## Is this you?"),
        language.say(
            "This links **[@{name}]({url})** on Thingiverse to your Discord account.",
            name=account.maker_name,
            url=Markup(url),
        ),
    ]
    if candidate.replaces is not None:
        lines.append(language.say("It replaces **@{name}**.", name=candidate.replaces.maker_name))
    if candidate.shared:
        lines.append(
            language.say(
                "Another Discord account is already linked to this Thingiverse account. It'll be told about yours."
            )
        )
    if not account.audience_checked:
        lines.append(
            language.say(
                "I couldn't ask Thingiverse which app this key was made for. Only confirm if you pressed Allow "
                "yourself, just now, for this bot."
            )
        )
    lines.append(language.say("Not your account? Press Cancel."))
    if by_dm:
        lines.append(
            language.say("-# Please delete your message with the link now. I can't delete your messages in a DM.")
        )
    beside = _picture(language, account)
    buttons = row(
        button(language.say("Confirm"), custom_id("confirm", account.maker_id), "success"),
        button(language.say("Cancel"), custom_id("cancel")),
    )
    return [container(section("\n".join(lines), beside), buttons)]


def _picture(language: Language, account: Link | Parked) -> Component | None:
    if account.maker_picture is None:
        return None
    return thumbnail(account.maker_picture, language.say("Picture of @{name}", name=Markup(bare(account.maker_name))))


def linked(language: Language, *, maker: str, url: str) -> list[Component]:
    said = language.say(
        "You're linked as **[@{name}]({url})**. Try {/popular}, and press Like on anything you like.",
        name=maker,
        url=Markup(url),
    )
    return [container(text(said))]


def cancelled(language: Language) -> list[Component]:
    again = row(button(language.say("New link"), custom_id("link")))
    return [container(text(language.say("Canceled. Nothing was linked, and nothing has changed.")), again)]


def account(language: Language, standing: Standing, *, url: str, liked: int) -> list[Component]:
    current, alive = standing.link, standing.alive
    state = {
        True: language.say("The link works."),
        False: language.say("**Thingiverse no longer accepts this link.** Press Link again to fix it."),
        None: language.say("Thingiverse isn't responding right now, so I can't tell if the link still works."),
    }[alive]
    kept = language.count(
        "-# Kept for this link: your Discord ID, this account's name, ID, and picture link, the encrypted "
        "key, and {n} like made through me.",
        "-# Kept for this link: your Discord ID, this account's name, ID, and picture link, the encrypted "
        "key, and {n} likes made through me.",
        liked,
    )
    lines = [
        language.say("## Your Thingiverse account"),
        language.say(
            "**[@{name}]({url})**, linked {when}.", name=current.maker_name, url=Markup(url), when=current.linked_at
        ),
        state,
        *_others(language, standing.others),
        kept,
        language.say("-# Use {/privacy} to see, export, or delete everything I keep."),
    ]
    beside = _picture(language, current)
    relink = language.say("Switch account") if alive is not False else language.say("Link again")
    buttons = row(
        button(relink, custom_id("link"), "secondary" if alive is not False else "primary"),
        button(language.say("Activity"), custom_id("done")),
        button(language.say("Unlink"), custom_id("unlink"), "danger"),
    )
    accent = {"accent": WARNING} if alive is False else {}
    return [container(section("\n".join(lines), beside), buttons, **accent)]


def _others(language: Language, others: int) -> list[str]:
    if not others:
        return []
    linked = language.count(
        "**{n} other Discord account is linked to this Thingiverse account.**",
        "**{n} other Discord accounts are linked to this Thingiverse account.**",
        others,
    )
    return [f"{linked} {_not_you(language)}"]


def _not_you(language: Language) -> str:
    return language.say(
        "If that isn't you, remove this app from your connected apps on Thingiverse, which ends every link, then link "
        "again."
    )


def linked_elsewhere(language: Language, *, maker: str, revoke_url: str) -> list[Component]:
    """The DM to someone whose Thingiverse account was linked to another Discord account."""
    lines = [
        language.say("## Your Thingiverse account was linked again"),
        language.say("Another Discord account just linked **@{name}**.", name=maker),
        _not_you(language),
    ]
    buttons = row(link(language.say("Connected apps"), revoke_url))
    return [container(text("\n".join(lines)), buttons, accent=WARNING)]


def not_linked(language: Language) -> list[Component]:
    said = language.say("You haven't linked a Thingiverse account. Use {/privacy} to see what I keep about you.")
    return [container(text(said), row(button(language.say("Link my account"), custom_id("link"), "primary")))]


def confirm_unlink(language: Language, *, maker: str) -> list[Component]:
    said = language.say(
        "## Unlink @{name}?\n"
        "This deletes the key, your activity, your preferences, and everything else I keep about you. Your likes on "
        "Thingiverse stay.",
        name=maker,
    )
    buttons = row(
        button(language.say("Unlink"), custom_id("unlink_now"), "danger"),
        button(language.say("Keep"), custom_id("keep")),
    )
    return [container(text(said), buttons, accent=WARNING)]


def kept(language: Language, *, maker: str) -> list[Component]:
    return [container(text(language.say("Nothing has changed. You're still linked as **@{name}**.", name=maker)))]


def unlinked(language: Language, *, was_linked: bool, revoke_url: str) -> list[Component]:
    """The result of /unlink. It says how to end the app's access on Thingiverse, which has no API for that."""
    if not was_linked:
        return not_linked(language)
    said = language.say(
        "You're unlinked. I deleted the key and everything else I kept about you.\n"
        "To end this app's access on Thingiverse too, remove it from your connected apps there. I can't do "
        "that for you."
    )
    return [container(text(said), row(link(language.say("Connected apps"), revoke_url)))]


def exposed(language: Language, *, deleted: bool, revoke_url: str) -> list[Component]:
    """The warning to someone who pasted their key where others can read it."""
    lines = [language.say("## Other people could see your key")]
    if deleted:
        lines.append(
            language.say("You pasted it in a server channel. I deleted that message and didn't use anything from it.")
        )
    else:
        lines.append(
            language.say(
                "You pasted it in a server channel where I can't delete messages. **Please delete it now.** I didn't "
                "use anything from it."
            )
        )
    lines.append(
        language.say(
            "Someone may have read it anyway, and whoever has the key can act as you. Remove this app from your "
            "connected apps on Thingiverse, then link again in a DM with me or with the Paste link button."
        )
    )
    buttons = row(
        link(language.say("Connected apps"), revoke_url),
        button(language.say("New link"), custom_id("link"), "primary"),
    )
    return [container(text("\n".join(lines)), buttons, accent=WARNING)]
