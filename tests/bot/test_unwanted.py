"""What a server or a search leaves out: designs made with AI, and hidden makers."""

from __future__ import annotations

from typing import Any

import discord
import pytest

from tests.stage import Stage, buttons, open_stage, text_of

LINK = "https://www.thingiverse.com/thing:"


@pytest.fixture
async def moderator(stage: Stage) -> Any:
    role = stage.guild.create_role("moderator", permissions=discord.Permissions(manage_guild=True))
    return stage.guild.add_member(stage.env.create_user("mona"), roles=[role])


def made_with_ai(stage: Stage) -> list[Any]:
    return [thing for thing in stage.world.listed() if "ai" in thing.flags]


async def hide(stage: Stage, moderator: Any, makers: str) -> Any:
    panel = await moderator.slash(stage.channel, "settings")
    form = await moderator.click(panel.response, label="Change hidden makers")
    return await moderator.submit_modal(form, {"makers": makers})


async def every_page(stage: Stage, member: Any, command: str, **given: Any) -> str:
    shown = (await member.slash(stage.channel, command, **given)).response
    said = text_of(shown)
    while "Next" in buttons(shown) and not buttons(shown)["Next"].get("disabled"):
        shown = (await member.click(shown, label="Next")).response
        said += text_of(shown)
    return said


async def test_a_server_can_leave_out_ai_designs_everywhere(stage: Stage, moderator: Any) -> None:
    before = await every_page(stage, stage.ann, "popular")
    assert "Made with AI" in before
    panel = await moderator.slash(stage.channel, "settings")
    hidden = await moderator.click(panel.response, label="Hide AI designs")
    assert "✓ Designs made with AI are left out." in text_of(hidden.response)
    for command in ("popular", "newest", "search"):
        given = {"text": "a"} if command == "search" else {}
        said = await every_page(stage, stage.ann, command, **given)
        assert "Made with AI" not in said
        assert "left out by a filter or this server's settings" in said
    back = await moderator.click(hidden.response, label="Show AI designs")
    assert "✓ Designs made with AI are shown." in text_of(back.response)
    assert await every_page(stage, stage.ann, "popular") == before


async def test_a_page_that_was_ready_is_not_shown_to_who_does_not_want_it(stage: Stage, moderator: Any) -> None:
    """The second /popular comes from a page that is already drawn."""
    for _ in range(2):
        await stage.ann.slash(stage.channel, "popular")
    await hide(stage, moderator, "tobias.k")
    for _ in range(2):
        assert "tobias.k" not in text_of((await stage.ann.slash(stage.channel, "popular")).response)


async def test_a_search_can_leave_them_out(stage: Stage) -> None:
    said = await every_page(stage, stage.ann, "search", text="a", **{"no-ai": True})
    assert "No AI" in said
    assert "Made with AI" not in said
    assert "Made with AI" in await every_page(stage, stage.ann, "search", text="a")


async def test_a_list_of_nothing_else_says_so_and_can_be_turned(stage: Stage) -> None:
    for thing in stage.world.listed()[:40]:
        thing.flags.add("ai")
    shown = await stage.ann.slash(stage.channel, "search", sort="popular", **{"no-ai": True})
    assert "28 designs are left out" in text_of(shown.response)
    assert not buttons(shown.response)["Next"].get("disabled")
    turned = await stage.ann.click(shown.response, label="Next")
    assert text_of(turned.response)


async def test_hidden_makers_are_left_out_of_lists_and_suggestions(stage: Stage, moderator: Any) -> None:
    await stage.ann.slash(stage.channel, "popular")
    names = [choice["value"] for choice in await stage.ann.autocomplete(stage.channel, "maker", "maker", "")]
    assert "mira" in names
    hidden = await hide(stage, moderator, "MIRA\n https://www.thingiverse.com/tobias.k , mira")
    assert "✓ Hidden: mira, tobias.k." in text_of(hidden.response)
    assert "by mira" not in await every_page(stage, stage.ann, "popular")
    assert "by mira" not in await every_page(stage, stage.ann, "maker", maker="mira")
    names = [choice["value"] for choice in await stage.ann.autocomplete(stage.channel, "maker", "maker", "")]
    assert not {"mira", "tobias.k"} & set(names)
    for typed in ("", "gear"):
        offered = await stage.ann.autocomplete(stage.channel, "thing", "thing", typed)
        assert not [choice for choice in offered if "mira" in choice["name"] or "tobias.k" in choice["name"]]


async def test_ai_designs_are_not_suggested_where_they_are_left_out(stage: Stage, moderator: Any) -> None:
    await stage.ann.slash(stage.channel, "popular")
    (name,) = {made_with_ai(stage)[0].name}
    offered = await stage.ann.autocomplete(stage.channel, "like", "thing", name)
    assert [choice["name"] for choice in offered if choice["name"].startswith(name)]
    panel = await moderator.slash(stage.channel, "settings")
    await moderator.click(panel.response, label="Hide AI designs")
    assert await stage.ann.autocomplete(stage.channel, "like", "thing", name) == []


async def test_ones_own_likes_are_ones_own(stage: Stage, moderator: Any) -> None:
    await stage.link(stage.ann, "bricole")
    await hide(stage, moderator, "mira")
    thing = next(thing for thing in stage.world.listed() if thing.maker == "mira")
    stage.world.like("bricole", thing.id)
    assert thing.name in text_of((await stage.ann.slash(stage.channel, "likes")).response)


async def test_a_preview_is_not_made_of_them(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, previews=True) as stage:
        servers = stage.bot.get_cog("settings")._servers
        await servers.change(stage.guild.id, previewed=(stage.channel.id,), no_ai=True, hidden_makers=("Mira",))
        ai = made_with_ai(stage)[0]
        miras = next(thing for thing in stage.world.listed() if thing.maker == "mira" and "ai" not in thing.flags)
        other = next(
            thing for thing in stage.world.listed() if thing.maker not in {"mira", None} and "ai" not in thing.flags
        )
        for thing in (ai, miras):
            message = await stage.ann.send(stage.channel, f"{LINK}{thing.id}")
            assert stage.channel.last_message.id == message.id
        message = await stage.ann.send(stage.channel, f"{LINK}{other.id}")
        assert stage.channel.last_message.id != message.id


async def test_a_random_design_is_none_of_them(stage: Stage, moderator: Any) -> None:
    await hide(stage, moderator, "\n".join(name for name in stage.world.people if name.isalnum()))
    for thing in stage.world.listed():
        thing.maker = "mira"
    shown = await stage.ann.slash(stage.channel, "random")
    assert "this server leaves out" in text_of(shown.response)


async def test_they_are_not_shared_and_the_person_is_told_why(stage: Stage, moderator: Any) -> None:
    ai = made_with_ai(stage)[0]
    miras = next(thing for thing in stage.world.listed() if thing.maker == "mira" and "ai" not in thing.flags)
    servers = stage.bot.get_cog("settings")._servers
    await servers.change(stage.guild.id, no_ai=True, hidden_makers=("Mira",))
    for thing, said in ((ai, "leaves out designs made with AI"), (miras, "hides designs by mira")):
        refused = await stage.ann.slash(stage.channel, "share", thing=str(thing.id))
        assert said in text_of(refused.response)
        assert refused.ephemeral
        shown = await stage.ann.slash(stage.channel, "thing", thing=str(thing.id))
        assert thing.name in text_of(shown.response), "who asks for one may see it"
    await servers.change(stage.guild.id, no_ai=False, hidden_makers=())
    shared = await stage.ann.slash(stage.channel, "share", thing=str(miras.id))
    assert "Everyone here can see it now" in text_of(shared.response)


async def test_the_servers_favorites_are_none_of_them(stage: Stage, moderator: Any) -> None:
    await stage.link(stage.ann, "bricole")
    ai = made_with_ai(stage)[0]
    miras = next(thing for thing in stage.world.listed() if thing.maker == "mira" and "ai" not in thing.flags)
    for thing in (ai, miras):
        await stage.ann.slash(stage.channel, "like", thing=str(thing.id))
    await stage.bot.get_cog("settings")._servers.change(stage.guild.id, no_ai=True, hidden_makers=("mira",))
    said = text_of((await stage.ann.slash(stage.channel, "top")).response)
    assert "2 designs are left out" in said
    assert ai.name not in said
    assert miras.name not in said


async def test_remixes_and_collections_are_none_of_them(stage: Stage, moderator: Any) -> None:
    stage.world.collections[16001].things = [thing.id for thing in stage.world.listed()]
    await hide(stage, moderator, "mira")
    said = await every_page(stage, stage.ann, "collection", collection="16001")
    assert "\nby mira" not in said
    assert "left out" in said


async def test_a_feed_neither_previews_nor_tests_with_them(stage: Stage, moderator: Any) -> None:
    for number in range(3):
        stage.world.publish(f"Mira's no. {number}", tags=["rare"])
    await hide(stage, moderator, "mira")
    followed = await moderator.slash(stage.channel, "follow", tag="rare")
    assert "Mira's no." not in text_of(followed.response)
    (feed,) = await stage.bot.store.feeds.of_server(stage.guild.id)
    panel = await moderator.slash(stage.channel, "feeds")
    opened = await moderator.select(panel.response, [str(feed.feed)], custom_id="t1:feed_pick:0")
    refused = await moderator.click(opened.response, label="Post a test")
    assert "I found no design to post" in text_of(refused.followups[-1])
    names = [choice["value"] for choice in await moderator.autocomplete(stage.channel, "follow", "maker", "")]
    assert "mira" not in names


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ("\n".join(f"maker{n}" for n in range(51)), "50 makers at most"),
        ("https://example.org/mira", "isn't a Thingiverse link"),
    ],
)
async def test_a_list_that_cannot_be_is_told(stage: Stage, moderator: Any, given: str, said: str) -> None:
    told = await hide(stage, moderator, given)
    assert said in text_of(told.followups[-1])
    assert (await stage.bot.get_cog("settings")._servers.settings(stage.guild.id)).hidden_makers == ()


async def test_an_empty_list_hides_nobody(stage: Stage, moderator: Any) -> None:
    await hide(stage, moderator, "mira")
    shown = await hide(stage, moderator, " \n ")
    assert "✓ No makers are hidden." in text_of(shown.response)


async def test_who_is_no_moderator_any_more_changes_nothing(stage: Stage, moderator: Any) -> None:
    panel = (await moderator.slash(stage.channel, "settings")).response
    member = stage.env.backend.get_guild(stage.guild.id).members[moderator.id]
    member.role_ids = [] if isinstance(member.role_ids, list) else set()
    for label in ("Hide AI designs", "Change hidden makers"):
        refused = await moderator.click(panel, label=label)
        told = refused.followups[-1] if refused.followups else refused.response
        assert "Manage Server permission" in text_of(told)
    settings = await stage.bot.get_cog("settings")._servers.settings(stage.guild.id)
    assert (settings.no_ai, settings.hidden_makers) == (False, ())
