"""The link card, which several subjects begin with."""

from __future__ import annotations

from actions.linking import Candidate, Invitation, Linking
from actions.showcase import Showcase
from errors import BotError
from thingiverse.errors import ThingiverseError
from thingiverse.urls import maker_url
from ui import linking
from ui.components import Component
from ui.replies import Reply
from ui.texts import Language


class Invitations:
    """Begins linking for a person and makes the card for it."""

    def __init__(self, links: Linking, showcase: Showcase) -> None:
        self._links = links
        self._showcase = showcase

    async def begin(self, reply: Reply, *, then_like: int | None = None) -> tuple[Invitation, str | None]:
        """A fresh invitation, and the name of what will be liked after it."""
        locale = str(reply.interaction.locale)
        invitation = await self._links.begin_link(reply.person, asked_as=reply.name, then_like=then_like, locale=locale)
        return invitation, await self._wish(invitation.then_like)

    def card(
        self, language: Language, invitation: Invitation, wish: str | None, *, sent: bool | None = None
    ) -> list[Component]:
        current = invitation.current
        return linking.start(
            language,
            url=invitation.url,
            expires_at=invitation.expires_at,
            linked_as=current.maker_name if current is not None and current.dead_at is None else None,
            wish=wish,
            crowded=invitation.crowded,
            approved=self._links.app.approved,
            sent=sent,
            proof=self._links.app.proof,
        )

    def confirm_card(self, language: Language, candidate: Candidate, *, by_dm: bool = False) -> list[Component]:
        return linking.confirm(
            language,
            maker_id=candidate.maker_id,
            maker=candidate.maker_name,
            picture=candidate.maker_picture,
            url=maker_url(candidate.maker_name, self._links.app.www_url),
            checked=candidate.audience_checked,
            replaces=candidate.replaces.maker_name if candidate.replaces is not None else None,
            by_dm=by_dm,
        )

    async def _wish(self, thing_id: int | None) -> str | None:
        """What the person wished to like; by its number where the name is unknown or not for everybody."""
        if thing_id is None:
            return None
        thing = self._showcase.seen.known(thing_id)
        if thing is None:
            try:
                thing = (await self._showcase.thing(thing_id)).value
            except (ThingiverseError, BotError):
                return f"#{thing_id}"
        return thing.name if thing.name and not thing.is_nsfw else f"#{thing_id}"
