"""New designs are found, whatever Thingiverse's lists do, and nothing old is posted."""

from __future__ import annotations

from datetime import timedelta

from fakes.discord.state import Place
from feed_records import FeedOptions, FeedSource
from tests.feeds.stage import VASES, Stage


async def test_a_new_design_is_posted_and_what_was_there_is_not(stage: Stage, prints: Place) -> None:
    feed = await stage.follow(prints)
    await stage.round(0)
    assert stage.posts(prints) == []
    vase, _ = stage.world.publish(), stage.world.publish("Not a pot", tags=["gear"])
    await stage.round()
    assert stage.posts(prints) == [[vase.id]]
    assert (await stage.of(feed)).posted_at == stage.clock.now


async def test_nothing_is_posted_twice(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    vase = stage.world.publish()
    for _ in range(3):
        await stage.round()
    vase.like_count, vase.name = 77, "A fresher vase"
    vase.published = stage.clock()  # an edit may change the date
    await stage.round()
    assert stage.posts(prints) == [[vase.id]]


async def test_ids_are_no_cursor(stage: Stage, prints: Place) -> None:
    """A draft takes its ID early, and is published later."""
    await stage.follow(prints)
    await stage.round(0)
    newer = stage.world.publish(number=900_000)
    await stage.round()
    older = stage.world.publish(number=800_000)
    await stage.round()
    assert stage.posts(prints) == [[newer.id], [older.id]]


async def test_an_old_design_that_moves_up_is_not_taken_for_new(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    old = [stage.world.publish(f"Old {n}", days_ago=40 + n) for n in range(5)]
    await stage.round(0)
    listed = sorted(stage.world.listed(), key=lambda thing: thing.age(stage.clock()))
    for thing in listed[:20]:
        stage.world.take_down(thing.id)
    await stage.round()
    late = stage.world.publish("Found in an attic", days_ago=31)
    await stage.round()
    assert stage.posts(prints) == []
    assert old
    assert late


async def test_designs_without_dates_are_posted_once(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    for thing in stage.world.things.values():
        thing.undated = True
    await stage.round(0)
    vase = stage.world.publish(undated=True)
    await stage.round()
    assert stage.posts(prints) == [[vase.id]]
    for thing in sorted(stage.world.listed(), key=lambda thing: thing.age(stage.clock()))[1:25]:
        stage.world.take_down(thing.id)
    await stage.round()
    assert stage.posts(prints) == [[vase.id]], "those that moved up are old"


async def test_pages_that_shift_while_they_are_read_lose_nothing(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    new = [stage.world.publish(f"Vase {n}").id for n in range(60)]
    shifts = {1: lambda: stage.world.take_down(new.pop()), 2: lambda: new.append(stage.world.publish("Between").id)}
    stage.world.after_page = lambda page: shifts.pop(page, lambda: None)()
    taken_down = new[-1]
    for _ in range(4):
        await stage.round()
    posted = [thing for post in stage.posts(prints) for thing in post]
    assert len(posted) == len(set(posted))
    assert set(new) <= await stage.store.seen.known("newest", [*new, taken_down])
    assert not shifts


async def test_a_design_in_a_feed_of_each_server_is_posted_in_each(stage: Stage, prints: Place) -> None:
    """The key that keeps it from being posted again is the feed's, not everyone's."""
    others = [stage.discord.channels.create(f"other-{n}") for n in range(3)]
    for place in (prints, *others):
        await stage.follow(place)
    await stage.round(0)
    vase = stage.world.publish()
    await stage.round()
    assert [stage.posts(place) for place in (prints, *others)] == [[[vase.id]]] * 4


async def test_each_kind_of_feed_finds_its_designs(stage: Stage) -> None:
    sources = {
        "tag": FeedSource(kind="tag", value="Vase"),
        "maker": FeedSource(kind="maker", value="Mira"),
        "words": FeedSource(kind="words", value="spiral lámp"),
        "category": FeedSource(kind="category", value="65", name="Toys"),
        "license": FeedSource(kind="words", value="lamp", license="cc"),
        "collection": FeedSource(kind="collection", value="16001"),
        "popular": FeedSource(kind="popular"),
    }
    places = {name: stage.discord.channels.create(name) for name in sources}
    for name, source in sources.items():
        await stage.follow(places[name], source)
    await stage.round(0)
    made = {
        "tag": stage.world.publish("One", tags=["VASE "], maker="gyro"),
        "maker": stage.world.publish("Two", tags=[], maker="mira"),
        "words": stage.world.publish("Lamp, spiral", tags=[], maker="gyro"),
        "category": stage.world.publish("Four", tags=[], maker="gyro", category=65),
        "license": stage.world.publish("A lamp", tags=[], maker="gyro", license="Creative Commons - Attribution"),
    }
    added = stage.world.things[1_001]
    stage.world.collections[16_001].things.insert(0, added.id)
    await stage.round(60)
    for name, thing in made.items():
        assert stage.posts(places[name]) == [[thing.id]], name
    assert stage.posts(places["collection"]) == [[added.id]]
    assert {thing for post in stage.posts(places["popular"]) for thing in post} >= {made["tag"].id}


async def test_a_page_that_someone_just_read_is_not_asked_for_again(stage: Stage, prints: Place) -> None:
    await stage.follow(prints)
    await stage.round(0)
    stage.clock.now += timedelta(minutes=6)
    await stage.feeds.preview(FeedSource(kind="words", value=""))
    stage.world.clear_requests()
    await stage.round(0.5)
    assert stage.world.requests == []


async def test_the_budget_of_people_is_left_alone(stage: Stage, prints: Place) -> None:
    """With few requests left, only the stream is read."""
    await stage.follow(prints)
    await stage.follow(prints, FeedSource(kind="category", value="65"))
    stage.jobs.poller._spare = lambda: False
    await stage.round(0)
    assert [seen.query.get("category_id") for seen in stage.world.requests if "search" in seen.path].count("65") == 0
    stage.jobs.poller._spare = lambda: True
    await stage.round(1)
    assert any(seen.query.get("category_id") == "65" for seen in stage.world.requests)


async def test_what_filters_keep_out_is_counted_and_explained(stage: Stage, prints: Place) -> None:
    options = FeedOptions(no_ai=True, without_makers=("Gyro",), without_tags=("low poly",))
    feed = await stage.follow(prints, VASES, options)
    await stage.round(0)
    kept_out = {
        "ai": stage.world.publish("AI", flags={"ai"}),
        "maker": stage.world.publish("Gyro's", maker="gyro"),
        "tag": stage.world.publish("Low", tags=["vase", "Low-Poly"]),
    }
    fine = stage.world.publish()
    await stage.round()
    assert stage.posts(prints) == [[fine.id]]
    assert (await stage.of(feed)).filtered == 3
    preview = {thing.id: thing for thing in (await stage.feeds._listed(VASES)).things}
    for stop, thing in kept_out.items():
        answer = await stage.feeds.why_not(await stage.of(feed), preview[thing.id])
        assert answer is not None
        assert answer.stop == stop
    answer = await stage.feeds.why_not(await stage.of(feed), preview[fine.id])
    assert answer is not None
    assert answer.stop == "posted"
