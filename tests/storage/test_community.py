"""Servers, their favorites, and people's preferences, on each engine."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from records import LikedThing, Preferences, Preview, Share
from storage.store import Store
from tests.storage.records import ANN, BEN, LINK, NOW, like, linked

HOME, AWAY = 2**61, 55
SHARE = Share(HOME, 5, ANN, 10, 11, NOW)
PREVIEW = Preview(100, HOME, 10, 101, ANN, 5, NOW)
EVER = NOW - timedelta(days=1)


async def liked(store: Store, person: int, thing: int, guild: int | None = HOME, minute: int = 0) -> None:
    await linked(store, replace(LINK, person=person))
    store.note_like(replace(like(person, thing, minute), guild=guild))
    await store.settle()


async def test_a_servers_settings_are_kept_and_replaced(store: Store) -> None:
    assert await store.community.settings_of(HOME) is None
    await store.community.keep_settings(HOME, "first")
    await store.community.keep_settings(HOME, "second")
    assert await store.community.settings_of(HOME) == "second"
    assert await store.community.servers() == {HOME: None}


async def test_the_top_counts_people_of_that_server_and_time(store: Store) -> None:
    for person, thing, guild, minute in [(ANN, 5, HOME, 0), (BEN, 5, HOME, 1), (ANN, 6, HOME, 2), (BEN, 7, AWAY, 3)]:
        await liked(store, person, thing, guild, minute)
    assert await store.community.top(HOME, EVER, 10) == [LikedThing(5, "thing 5", 2), LikedThing(6, "thing 6", 1)]
    assert await store.community.top(HOME, NOW + timedelta(minutes=1), 10) == [
        LikedThing(6, "thing 6", 1),
        LikedThing(5, "thing 5", 1),
    ]
    assert await store.community.top(HOME, EVER, 1, offset=1) == [LikedThing(6, "thing 6", 1)]
    store.note_unlike(BEN, 5)
    assert [(top.thing, top.people) for top in await store.community.top(HOME, EVER, 10)] == [(6, 1), (5, 1)]


async def test_only_those_are_named_who_let_it_be_seen(store: Store) -> None:
    await liked(store, ANN, 5)
    await liked(store, BEN, 5, minute=1)
    assert await store.community.who_like(HOME, 5, 10) == (2, [])
    await store.community.keep_preferences(Preferences(BEN, shows_likes=True))
    assert await store.community.who_like(HOME, 5, 10) == (2, [BEN])
    assert await store.community.who_like(AWAY, 5, 10) == (0, [])


async def test_who_chooses_nothing_has_no_row(store: Store) -> None:
    assert await store.community.preferences_of(ANN) == Preferences(ANN)
    chosen = Preferences(ANN, no_previews=True)
    await store.community.keep_preferences(chosen)
    assert await store.community.preferences_of(ANN) == chosen
    await store.community.keep_preferences(Preferences(ANN))
    assert await store.community.preferences_of(ANN) == Preferences(ANN)


async def test_unlinking_takes_a_person_out_of_the_counts(store: Store) -> None:
    await linked(store)
    await linked(store, replace(LINK, person=BEN))
    await liked(store, ANN, 5)
    await liked(store, BEN, 5)
    await store.community.keep_share(SHARE)
    await store.unlink(ANN)
    assert await store.community.top(HOME, EVER, 10) == [LikedThing(5, "thing 5", 1)]
    assert await store.community.share_of(HOME, 5) is None


async def test_shares_and_previews_are_kept_for_a_time(store: Store) -> None:
    await store.community.keep_share(SHARE)
    await store.community.keep_preview(PREVIEW)
    assert await store.community.share_of(HOME, 5) == SHARE
    assert await store.community.preview_of(100) == PREVIEW
    for table in ("shares", "previews"):
        assert await store.personal.drop_older(table, NOW) == 0
        assert await store.personal.drop_older(table, NOW + timedelta(1)) == 1
    assert await store.community.share_of(HOME, 5) is None


async def test_a_preview_is_taken_once(store: Store) -> None:
    await store.community.keep_preview(PREVIEW)
    assert await store.community.take_preview(100) == PREVIEW
    assert await store.community.take_preview(100) is None


async def test_a_server_that_was_left_is_forgotten_after_a_while(store: Store) -> None:
    await store.community.keep_settings(HOME, "kept")
    await store.community.keep_settings(AWAY, "kept")
    await liked(store, ANN, 5, HOME)
    await liked(store, BEN, 6, AWAY)
    await store.community.keep_share(SHARE)
    await store.community.keep_preview(PREVIEW)
    await store.community.mark_left(HOME, NOW)
    assert await store.community.servers() == {HOME: NOW, AWAY: None}
    assert await store.community.forget_servers(NOW) == 0
    assert await store.community.forget_servers(NOW + timedelta(seconds=1)) == 1
    assert await store.community.servers() == {AWAY: None}
    assert await store.community.top(HOME, EVER, 10) == []
    assert await store.community.share_of(HOME, 5) is None
    assert await store.community.preview_of(100) is None
    assert [kept.thing for kept in await store.likes_of(ANN)] == [5], "the person's own record stays"


async def test_a_server_that_asks_the_bot_back_keeps_what_it_had(store: Store) -> None:
    await store.community.keep_settings(HOME, "kept")
    await store.community.mark_left(HOME, NOW)
    await store.community.mark_left(HOME, None)
    assert await store.community.forget_servers(NOW + timedelta(days=99)) == 0
    assert await store.community.settings_of(HOME) == "kept"
