"""The link card, which several cogs use."""

from __future__ import annotations

from actions.catalog import Catalog
from actions.linking import Linking
from cards import linking
from cards.components import Component
from desk.replies import Reply
from errors import BotError, LinkNeeded
from records import Candidate, LinkOffer
from texts import Language
from thingiverse.errors import ThingiverseError
from thingiverse.urls import maker_url


class LinkCards:
    def __init__(self, links: Linking, catalog: Catalog) -> None:
        self._links = links
        self._catalog = catalog

    async def start(
        self, reply: Reply, error: LinkNeeded, *, then_like: int | None = None, then_save: int | None = None
    ) -> None:
        """Reply with a new link to someone who needs one, and remember what they wanted."""
        offer, wish = await self.begin(reply, then_like=then_like, then_save=then_save)
        await reply.send(*self.card(reply, offer, wish, because=reply.language.error(error)))

    async def begin(
        self, reply: Reply, *, then_like: int | None = None, then_save: int | None = None
    ) -> tuple[LinkOffer, str | None]:
        """A new link, and the name of the design that will be liked or saved afterward."""
        offer = await self._links.begin_link(
            reply.person, asked_as=reply.name, then_like=then_like, then_save=then_save, locale=reply.locale
        )
        return offer, await self._wish(offer.attempt.then_save or offer.attempt.then_like)

    def card(
        self,
        reply: Reply,
        offer: LinkOffer,
        wish: str | None,
        *,
        sent: bool | None = None,
        by_dm: bool = False,
        because: str | None = None,
    ) -> list[Component]:
        """`by_dm`: it goes out as a DM, wherever the person asked."""
        app = self._links.app
        return linking.start(
            reply.language,
            offer,
            wish=wish,
            approved=app.approved,
            sent=sent,
            proof=app.proof,
            in_dm=by_dm or reply.in_own_dm,
            because=because,
        )

    def confirm_card(self, language: Language, candidate: Candidate, *, by_dm: bool = False) -> list[Component]:
        url = maker_url(candidate.account.maker_name, self._links.app.www_url)
        return linking.confirm(language, candidate, url=url, by_dm=by_dm)

    async def _wish(self, thing_id: int | None) -> str | None:
        """The name of the design that is wanted, or its ID if the name is unknown or it's adult."""
        if thing_id is None:
            return None
        thing = self._catalog.seen.known(thing_id)
        if thing is None:
            try:
                thing = (await self._catalog.thing(thing_id)).value
            except (ThingiverseError, BotError):
                return f"#{thing_id}"
        return thing.name if thing.name and not thing.is_nsfw else f"#{thing_id}"
