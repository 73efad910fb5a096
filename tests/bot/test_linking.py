"""Linking in the chat."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
import structlog

from tests.stage import Stage, buttons, open_stage, text_of


def answer_of(stage: Stage, **members: str) -> str:
    """The link someone lands on, with these parameters after the #."""
    return f"{stage.world.app.redirect_uri}#" + "&".join(f"{name}={value}" for name, value in members.items())


def state_in(card: Any) -> str:
    return parse_qs(urlsplit(buttons(card)["Authorize"]["url"]).query)["state"][0]


def linked_as(stage: Stage, member: Any) -> Any:
    return stage.bot.store.link_of(member.id)


async def test_link_answers_in_private_with_a_personal_address(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "link")
    assert result.ephemeral
    address = urlsplit(buttons(result.response)["Authorize"]["url"])
    query = parse_qs(address.query)
    assert f"{address.scheme}://{address.netloc}" == stage.world.www_url
    assert query["client_id"] == [stage.world.app.client_id]
    assert query["response_type"] == ["token"]
    assert len(query["state"][0]) >= 22, "128 bits"
    assert list(buttons(result.response)) == ["Authorize", "Paste link", "New link"]
    assert ":R>" in text_of(result.response), "the expiry counts down"


async def test_the_same_card_comes_by_dm(stage: Stage) -> None:
    result = await stage.ann.slash(stage.channel, "link")
    copy = stage.ann.user.dm_channel.last_message
    assert state_in(copy) == state_in(result.response)
    assert "or send me the link in a DM" in text_of(result.response)
    assert "or just send it here" in text_of(copy)


async def test_closed_dms_are_said_and_the_form_still_works(stage: Stage) -> None:
    stage.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    result = await stage.ann.slash(stage.channel, "link")
    assert "couldn't send you a DM" in text_of(result.response)
    shown = await stage.submit(stage.ann, result.response, answer_of(stage, access_token=stage.world.token_for("mira")))
    assert "@mira" in text_of(shown.response)


async def test_in_the_bots_dm_there_is_one_card(stage: Stage) -> None:
    result = await stage.ann.user.slash("link")
    assert "Authorize" in buttons(result.response)
    said = text_of(result.response)
    assert "I also sent you" not in said
    assert "couldn't send you" not in said
    assert "or just send it here" in said
    fresh = await stage.ann.user.click(result.response, label="New link")
    assert "or just send it here" in text_of(fresh.response)


async def test_the_form_leads_to_the_account_and_confirm_links_it(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    address = answer_of(stage, access_token=stage.world.token_for("mira"), state=state_in(card.response))
    asked = await stage.submit(stage.ann, card.response, address)
    assert "Is this you?" in text_of(asked.response)
    assert "@mira" in text_of(asked.response)
    assert any("Picture of @mira" in str(part) for part in asked.response.components), "the account's picture"
    assert await linked_as(stage, stage.ann) is None, "nothing is kept before Confirm"
    done = await stage.ann.click(asked.response, label="Confirm")
    assert "You're linked" in text_of(done.response)
    assert (await linked_as(stage, stage.ann)).maker_name == "mira"


async def test_a_dm_with_the_address_does_the_same_and_says_to_delete_it(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "link")
    token = stage.world.token_for("mira")
    await stage.ann.send_dm(f"here it is: <{answer_of(stage, access_token=token)}>")
    asked = stage.ann.user.dm_channel.last_message
    assert "delete your message" in text_of(asked)
    assert token not in text_of(asked)
    await stage.ann.user.click(asked, label="Confirm")
    assert (await linked_as(stage, stage.ann)).maker_name == "mira"


@pytest.mark.parametrize("extra", [{}, {"token_type": "bearer"}, {"expires_in": "0", "scope": ""}])
async def test_the_token_is_found_wherever_it_stands(stage: Stage, extra: dict[str, str]) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    members = {"state": state_in(card.response), **extra, "access_token": stage.world.token_for("mira")}
    asked = await stage.submit(stage.ann, card.response, answer_of(stage, **members))
    assert "@mira" in text_of(asked.response)


async def test_a_bare_token_goes_through_the_same_checks(stage: Stage) -> None:
    asked = await stage.paste(stage.ann, f"  `{stage.world.token_for('mira')}` ")
    assert "@mira" in text_of(asked.response)


async def test_a_code_is_exchanged_where_there_is_a_client_secret(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, thingiverse_client_secret=world.app.client_secret) as stage:
        card = await stage.ann.slash(stage.channel, "link")
        assert "response_type=code" in buttons(card.response)["Authorize"]["url"]
        code = world.code_for("mira")
        address = f"{world.app.redirect_uri}?code={code}&state={state_in(card.response)}"
        asked = await stage.submit(stage.ann, card.response, address)
        await stage.ann.click(asked.response, label="Confirm")
        assert (await linked_as(stage, stage.ann)).maker_name == "mira"
        again = await stage.paste(stage.ann, f"{world.app.redirect_uri}?code={code}")
        assert "already used" in text_of(again.followups[0])


@pytest.mark.parametrize("exchange_json", [False, True])
async def test_with_a_client_secret_a_bare_code_is_taken_and_a_bare_key_is_not(
    world: Any, tmp_path: Any, exchange_json: bool
) -> None:
    world.settings.exchange_json = exchange_json
    async with open_stage(world, tmp_path, thingiverse_client_secret=world.app.client_secret) as stage:
        assert "@mira" in text_of((await stage.paste(stage.ann, world.code_for("mira"))).response)
        refused = await stage.paste(stage.ben, world.token_for("mira"))
        assert "already used, or it expired" in text_of(refused.followups[0])


async def test_without_a_secret_a_code_is_refused_in_words(stage: Stage) -> None:
    refused = await stage.paste(stage.ann, f"{stage.world.app.redirect_uri}?code={stage.world.code_for('mira')}")
    assert "has a code" in text_of(refused.followups[0])


async def test_a_denial_is_taken_kindly_and_closes_the_attempt(stage: Stage) -> None:
    refused = await stage.paste(stage.ann, answer_of(stage, error="access_denied"))
    assert "You chose not to allow access" in text_of(refused.followups[0])
    assert await stage.bot.store.attempt_of(stage.ann.id) is None


async def test_an_address_with_somebody_elses_state_is_refused(stage: Stage) -> None:
    foreign = state_in((await stage.ben.slash(stage.channel, "link")).response)
    refused = await stage.paste(stage.ann, answer_of(stage, access_token=stage.world.token_for("mira"), state=foreign))
    assert "someone else's" in text_of(refused.followups[0])
    assert (await stage.bot.store.attempt_of(stage.ann.id)).parked is None


async def test_five_wrong_tries_close_the_attempt(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    for _ in range(5):
        await stage.submit(stage.ann, card.response, answer_of(stage, access_token="0" * 32, state="x" * 22))
    good = answer_of(stage, access_token=stage.world.token_for("mira"), state=state_in(card.response))
    refused = await stage.submit(stage.ann, card.response, good)
    assert "You aren't linking an account" in text_of(refused.followups[0])


async def test_new_link_replaces_the_old_one(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    old = state_in(card.response)
    fresh = await stage.ann.click(card.response, label="New link")
    assert state_in(fresh.response) != old
    token = stage.world.token_for("mira")
    refused = await stage.submit(stage.ann, fresh.response, answer_of(stage, access_token=token, state=old))
    assert "older request" in text_of(refused.followups[0])
    assert "New link" in buttons(refused.followups[0]), "there is always a way on"


async def test_a_link_that_has_run_out_offers_a_fresh_one(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    attempt = await stage.bot.store.attempt_of(stage.ann.id)
    await stage.bot.store.begin_attempt(replace(attempt, expires_at=datetime.now(UTC) - timedelta(seconds=1)))
    address = answer_of(stage, access_token=stage.world.token_for("mira"))
    refused = await stage.submit(stage.ann, card.response, address)
    assert "That link expired" in text_of(refused.followups[0])
    fresh = await stage.ann.click(refused.followups[0], label="New link")
    asked = await stage.submit(stage.ann, fresh.response, address)
    assert "@mira" in text_of(asked.response)


async def test_a_token_made_for_another_app_is_refused(stage: Stage) -> None:
    token = stage.world.token_for("mira", client_id="f" * 20)
    refused = await stage.paste(stage.ann, answer_of(stage, access_token=token))
    assert "another app" in text_of(refused.followups[0])


async def test_the_apps_own_token_is_refused(stage: Stage) -> None:
    refused = await stage.paste(stage.ann, stage.world.app.app_token)
    assert "bot's own key" in text_of(refused.followups[0])


@pytest.mark.parametrize("status", [200, 400, 401])
async def test_a_token_thingiverse_does_not_know_is_refused(stage: Stage, status: int) -> None:
    stage.world.settings.tokeninfo_bad_status = status
    refused = await stage.paste(stage.ann, answer_of(stage, access_token="a1" * 16))
    assert "doesn't accept that key" in text_of(refused.followups[0])


@pytest.mark.parametrize("fault", ["html", "html_403", "500", "cut"])
async def test_where_tokeninfo_cannot_be_asked_nothing_is_linked(stage: Stage, fault: str) -> None:
    stage.world.faults.set(fault, match="POST /login/oauth/tokeninfo")
    refused = await stage.paste(stage.ann, answer_of(stage, access_token=stage.world.token_for("mira")))
    assert "isn't responding" in text_of(refused.followups[0])
    assert (await stage.bot.store.attempt_of(stage.ann.id)).parked is None


@pytest.mark.parametrize("fault", ["html", "html_403", "500", "cut"])
async def test_a_setting_allows_unchecked_links_and_the_person_is_told(world: Any, tmp_path: Any, fault: str) -> None:
    async with open_stage(world, tmp_path, thingiverse_unchecked_links=True) as stage:
        world.faults.set(fault, match="POST /login/oauth/tokeninfo")
        asked = await stage.paste(stage.ann, answer_of(stage, access_token=world.token_for("mira")))
        assert "couldn't ask Thingiverse" in text_of(asked.response)
        assert "@mira" in text_of(asked.response)


async def test_whoever_was_linked_first_is_told_when_their_account_is_linked_again(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    address = answer_of(stage, access_token=stage.world.token_for("mira"))
    asked = await stage.paste(stage.ben, address)
    assert "Another Discord account is already linked" in text_of(asked.response)
    assert "ann" not in text_of(asked.response)
    await stage.ben.click(asked.response, label="Confirm")
    alarm = stage.ann.user.dm_channel.last_message
    assert "Another Discord account just linked **@mira**" in text_of(alarm)
    assert "ben" not in text_of(alarm)
    assert buttons(alarm)["Connected apps"]["url"] == f"{stage.world.www_url}/apps"
    for member in (stage.ann, stage.ben):
        shown = text_of((await member.slash(stage.channel, "account")).response)
        assert "1 other Discord account is linked" in shown


async def test_closed_dms_of_whoever_was_linked_first_keep_nobody_from_linking(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    asked = await stage.paste(stage.ben, answer_of(stage, access_token=stage.world.token_for("mira")))
    stage.env.inject_error("POST", "/channels/*/messages", status=403, code=50007)
    done = await stage.ben.click(asked.response, label="Confirm")
    assert "linked as" in text_of(done.response)
    assert done.followups == []


async def test_confirm_keeps_only_the_account_that_was_shown(stage: Stage) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    first = await stage.submit(stage.ann, card.response, stage.world.token_for("mira"))
    shown = first.response.components
    await stage.ann.send_dm(stage.world.token_for("kumiko"))
    assert "@kumiko" in text_of(stage.ann.user.dm_channel.last_message)
    assert shown
    refused = await stage.ann.click(first.response, label="Confirm")
    assert "Nothing has changed" in text_of(refused.followups[0])
    assert await linked_as(stage, stage.ann) is None


async def test_cancel_forgets_it(stage: Stage) -> None:
    asked = await stage.paste(stage.ann, stage.world.token_for("mira"))
    done = await stage.ann.click(asked.response, label="Cancel")
    assert "nothing has changed" in text_of(done.response)
    assert await stage.bot.store.attempt_of(stage.ann.id) is None


async def test_switching_keeps_the_old_account_until_the_new_one_is_confirmed(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    card = await stage.ann.slash(stage.channel, "link")
    assert "linked as **@mira**" in text_of(card.response)
    asked = await stage.submit(stage.ann, card.response, stage.world.token_for("kumiko"))
    assert "replaces **@mira**" in text_of(asked.response)
    assert (await linked_as(stage, stage.ann)).maker_name == "mira"
    await stage.ann.click(asked.response, label="Confirm")
    assert (await linked_as(stage, stage.ann)).maker_name == "kumiko"


async def test_an_attempt_survives_a_restart(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path) as before:
        card = await before.ann.slash(before.channel, "link")
        state, key, person = state_in(card.response), before.settings.token_keys, before.ann.id
        asked = await before.submit(
            before.ann, card.response, answer_of(before, state=state, access_token=world.token_for("mira"))
        )
        assert "Is this you?" in text_of(asked.response)
    async with open_stage(world, tmp_path, token_keys=key) as after:
        assert after.ann.id == person, "the simulated Discord numbers people alike each time"
        assert (await after.bot.store.attempt_of(person)).parked.maker_name == "mira"


async def test_account_tells_as_whom_since_when_and_what_is_kept(stage: Stage) -> None:
    nobody = await stage.ann.slash(stage.channel, "account")
    assert nobody.ephemeral
    assert "haven't linked" in text_of(nobody.response)
    await stage.link(stage.ann, "mira")
    told = text_of((await stage.ann.slash(stage.channel, "account")).response)
    assert "@mira" in told
    assert "The link works" in told
    assert "0 likes made through me" in told


async def test_a_dead_token_is_noticed_said_and_mended(stage: Stage) -> None:
    token = await stage.link(stage.ann, "mira")
    stage.world.revoke(token)
    refused = await stage.ann.slash(stage.channel, "like", thing="1038")
    assert "no longer accepts your link" in text_of(refused.response)
    assert "Authorize" in buttons(refused.response), "one press to fix it"
    assert "no longer accepts" in text_of((await stage.ann.slash(stage.channel, "account")).response)
    asked = await stage.submit(stage.ann, refused.response, stage.world.token_for("mira"))
    done = await stage.ann.click(asked.response, label="Confirm")
    assert "You like" in text_of(done.response), "the like that met the dead link is carried out"


@pytest.mark.parametrize("fault", ["403", "404_empty", "500", "502_login", "html", "429", "cut"])
async def test_nothing_but_401_ever_unlinks(stage: Stage, fault: str) -> None:
    await stage.link(stage.ann, "mira")
    stage.world.faults.set(fault, match="* /api/*")
    await stage.ann.slash(stage.channel, "account")
    await stage.ann.slash(stage.channel, "like", thing="1038")
    link = await linked_as(stage, stage.ann)
    assert link is not None
    assert link.dead_at is None


@pytest.mark.parametrize("how", ["command", "button"])
async def test_unlink_deletes_at_once_and_is_honest_about_thingiverse(stage: Stage, how: str) -> None:
    await stage.link(stage.ann, "mira")
    await stage.ann.slash(stage.channel, "like", thing="1038")
    if how == "command":
        asked = await stage.ann.slash(stage.channel, "unlink")
    else:
        account = await stage.ann.slash(stage.channel, "account")
        asked = await stage.ann.click(account.response, label="Unlink")
    assert "Unlink @mira?" in text_of(asked.response)
    assert await linked_as(stage, stage.ann) is not None, "nothing is deleted before it is confirmed"
    done = await stage.ann.click(asked.response, label="Unlink")
    assert "You're unlinked" in text_of(done.response)
    assert "I can't do that for you" in text_of(done.response)
    assert buttons(done.response)["Connected apps"]["url"] == f"{stage.world.www_url}/apps"
    assert await linked_as(stage, stage.ann) is None
    assert await stage.bot.store.likes_of(stage.ann.id) == []


async def test_keeping_the_link_keeps_everything(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    asked = await stage.ann.slash(stage.channel, "unlink")
    kept = await stage.ann.click(asked.response, label="Keep")
    assert "still linked as **@mira**" in text_of(kept.response)
    assert (await linked_as(stage, stage.ann)).maker_name == "mira"


async def test_unlinking_nothing_is_no_error(stage: Stage) -> None:
    assert "haven't linked" in text_of((await stage.ann.slash(stage.channel, "unlink")).response)


async def test_a_key_pasted_in_a_channel_is_taken_away_and_never_used(stage: Stage) -> None:
    await stage.ann.slash(stage.channel, "link")
    token = stage.world.token_for("mira")
    bot = f"<@{stage.bot.user.id}>"
    await stage.ann.send(stage.channel, f"{bot} {answer_of(stage, access_token=token)}")
    assert stage.channel.last_message is None, "the message is gone and nothing was said in the channel"
    told = stage.ann.user.dm_channel.last_message
    assert "Other people could see your key" in text_of(told)
    assert "I deleted that message" in text_of(told)
    assert token not in text_of(told)
    assert await stage.bot.store.attempt_of(stage.ann.id) is None
    assert stage.world.count("POST", "/login/oauth/tokeninfo") == 0


async def test_a_bot_check_on_the_code_exchange_is_gone_around(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, thingiverse_client_secret=world.app.client_secret) as stage:
        world.faults.set("html", match="POST /login/oauth/access_token")
        asked = await stage.paste(stage.ann, f"{world.app.redirect_uri}?code={world.code_for('mira')}")
        assert "@mira" in text_of(asked.response)


async def test_a_lasting_bot_check_is_told_as_what_it_is_and_logged_for_the_operator(world: Any, tmp_path: Any) -> None:
    async with open_stage(world, tmp_path, thingiverse_client_secret=world.app.client_secret) as stage:
        world.faults.set("html_403", match="POST *access_token")
        with structlog.testing.capture_logs() as said:
            refused = await stage.paste(stage.ann, f"{world.app.redirect_uri}?code={world.code_for('mira')}")
        told = text_of(refused.followups[0])
        assert "blocking this bot" in told
        assert "few minutes" not in told
        assert any("THINGIVERSE_CLIENT_SECRET" in str(line.get("fix")) for line in said)
        assert await stage.bot.store.attempt_of(stage.ann.id) is not None


INNOCENT = [
    "fixed in https://github.com/x/y/commit/3f786850e387550fdab836ed7e6dc881de23001b",
    "md5 is d41d8cd98f00b204e9800998ecf8427e",
    "https://gravatar.com/avatar/d41d8cd98f00b204e9800998ecf8427e",
    "see https://example.org/?code=abcdefghijklmnopqrst",
]


@pytest.mark.parametrize("innocent", INNOCENT)
@pytest.mark.parametrize("is_linking", [True, False])
async def test_an_innocent_message_is_never_deleted(stage: Stage, innocent: str, is_linking: bool) -> None:
    if is_linking:
        await stage.ann.slash(stage.channel, "link")
    await stage.ann.send(stage.channel, f"<@{stage.bot.user.id}> {innocent}")
    assert innocent in stage.channel.last_message.content
    assert (await stage.bot.store.attempt_of(stage.ann.id) is not None) is is_linking


async def test_a_bare_key_is_taken_away_only_from_somebody_who_is_linking(stage: Stage) -> None:
    key = f"<@{stage.bot.user.id}> {stage.world.token_for('mira')}"
    await stage.ben.send(stage.channel, key)
    assert stage.channel.last_message is not None
    await stage.ann.slash(stage.channel, "link")
    await stage.ann.send(stage.channel, key)
    assert stage.channel.last_message.author.id == stage.ben.id


async def test_a_key_that_is_edited_into_a_message_is_taken_away(stage: Stage) -> None:
    bot = f"<@{stage.bot.user.id}>"
    message = await stage.ann.send(stage.channel, f"{bot} how does this work?")
    answer = answer_of(stage, access_token=stage.world.token_for("mira"))
    await stage.ann.edit(message, content=f"{bot} {answer}")
    assert stage.channel.last_message is None
    assert "other people could see your key" in text_of(stage.ann.user.dm_channel.last_message).lower()


@pytest.mark.parametrize("error", ["server_error", "temporarily_unavailable", "invalid_scope", "redirect_uri_mismatch"])
async def test_an_error_of_thingiverse_is_not_called_the_persons_choice(stage: Stage, error: str) -> None:
    with structlog.testing.capture_logs() as said:
        refused = await stage.paste(stage.ann, answer_of(stage, error=error, error_description="secret-words"))
    told = text_of(refused.followups[0])
    assert "You chose" not in told
    assert ("few minutes" in told) is (error in {"server_error", "temporarily_unavailable"})
    assert await stage.bot.store.attempt_of(stage.ann.id) is not None
    (line,) = [line for line in said if line.get("error") == error]
    assert (line["log_level"] == "error") is ("fix" in line)
    assert "secret-words" not in str(said)


@pytest.mark.parametrize("cut", ["key", "state"])
async def test_a_cut_key_or_state_is_sent_nowhere_and_counts_as_no_try(stage: Stage, cut: str) -> None:
    card = await stage.ann.slash(stage.channel, "link")
    token = stage.world.token_for("mira")
    state = state_in(card.response)
    given = {"access_token": token[:20]} if cut == "key" else {"access_token": token, "state": state[:-1]}
    stage.world.clear_requests()
    for _ in range(6):
        refused = await stage.submit(stage.ann, card.response, answer_of(stage, **given))
        assert "incomplete" in text_of(refused.followups[0])
    assert stage.world.requests == []
    asked = await stage.submit(stage.ann, card.response, answer_of(stage, access_token=f"{token[:20]}\n{token[20:]}"))
    assert "@mira" in text_of(asked.response)


async def test_where_it_may_not_delete_it_says_so_in_private(stage: Stage) -> None:
    stage.env.inject_error("DELETE", "/channels/*/messages/*", status=403, code=50013)
    await stage.ann.slash(stage.channel, "link")
    token = stage.world.token_for("mira")
    await stage.ann.send(stage.channel, f"<@{stage.bot.user.id}> {token}")
    assert "Please delete it now" in text_of(stage.ann.user.dm_channel.last_message)


async def test_with_closed_dms_the_warning_comes_in_the_channel_without_the_key(stage: Stage) -> None:
    stage.env.inject_error("POST", f"/channels/{stage.ann.user.dm_channel.id}/messages", status=403, code=50007)
    token = stage.world.token_for("mira")
    await stage.ann.send(stage.channel, f"<@{stage.bot.user.id}> {answer_of(stage, access_token=token)}")
    warned = stage.channel.last_message
    assert stage.ann.mention in warned.content
    assert token not in warned.content


async def test_small_talk_in_a_dm_gets_a_hint(stage: Stage) -> None:
    await stage.ann.send_dm("hello?")
    assert "/popular" in text_of(stage.ann.user.dm_channel.last_message)


@pytest.mark.parametrize(
    ("pasted", "said"),
    [
        ("https://www.thingiverse.com/thing:763622", "link to a design"),
        ("https://evil.example/#access_token=" + "a1" * 16, "doesn't belong to this bot"),
        ("hello there", "couldn't find a link"),
        ("x" * 3000, "That's too long"),
        ("{redirect}", "doesn't include Thingiverse's reply"),
        ("{redirect}?state=abc", "Safari on iPhone and iPad"),
        ("{redirect}#access_token=" + "a1" * 16 + "&access_token=" + "b2" * 16, "more than one link or code"),
        ("{redirect}#access_token=short", "incomplete or was changed"),
        ("{www}/login/oauth/authorize?client_id=1&state=2", "link you start with"),
        ("http://127.0.0.1@evil.example/callback/landed#access_token=" + "a1" * 16, "doesn't belong"),
    ],
)
async def test_whatever_is_pasted_gets_a_clear_sentence(stage: Stage, pasted: str, said: str) -> None:
    address = pasted.replace("{redirect}", stage.world.app.redirect_uri).replace("{www}", "https://www.thingiverse.com")
    refused = await stage.paste(stage.ann, address)
    assert said in text_of(refused.followups[0])
    assert "a1a1a1" not in text_of(refused.followups[0])


async def test_a_full_disk_is_told_as_a_reference_and_loses_nothing(stage: Stage) -> None:
    await stage.link(stage.ann, "mira")
    async with stage.bot.store._engines.writes.connect() as connection:
        pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
        await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    refused = await _until_refused(stage)
    assert "reference" in text_of(refused.response)
    liked = await stage.ann.slash(stage.channel, "like", thing="1038")
    assert "You like" in text_of(liked.response), "what is linked goes on working"
    assert (await linked_as(stage, stage.ann)).maker_name == "mira"


async def _until_refused(stage: Stage) -> Any:
    """New people start linking until one is rejected."""
    for number in range(400):
        person = stage.guild.add_member(stage.env.create_user(f"p{number}"))
        answer = await person.slash(stage.channel, "link")
        if "reference" in text_of(answer.response):
            return answer
    raise AssertionError("the disk was never full")
