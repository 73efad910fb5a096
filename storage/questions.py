"""Every statement, declared once. An argument ends in an underscore; a column's new value has the column's name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Moment, attempts, likes, links, meta, preferences, previews, servers, shares, things

_person = sa.bindparam("person_", type_=sa.BigInteger)
_thing = sa.bindparam("thing_", type_=sa.BigInteger)
_state_hash = sa.bindparam("state_hash_", type_=sa.LargeBinary)
_name = sa.bindparam("name_", type_=sa.Text)

# -- links

LINK_OF = sa.select(links).where(links.c.person == _person)
# The columns of `links`, then the thing if a like of it is recorded.
LINK_AND_LIKE = (
    sa.select(links, likes.c.thing)
    .outerjoin(likes, (likes.c.person == links.c.person) & (likes.c.thing == _thing))
    .where(links.c.person == _person)
)
COUNT_LINKS = sa.select(sa.func.count()).select_from(links)
MAKERS_LINKED = sa.select(links.c.person).where(links.c.maker_id == sa.bindparam("maker_")).order_by(links.c.linked_at)
MARK_DEAD = (
    sa.update(links)
    .where(links.c.person == _person, links.c.token == sa.bindparam("token_"))
    .values(dead_at=sa.bindparam("at_"))
)

# -- attempts

_that_attempt = (attempts.c.person == _person) & (attempts.c.state_hash == _state_hash)

ATTEMPT_OF = sa.select(attempts).where(attempts.c.person == _person)
OWNER_OF_STATE = sa.select(attempts.c.person).where(attempts.c.state_hash == _state_hash)
COUNT_TRY = (
    sa.update(attempts)
    .where(attempts.c.person == _person)
    .values(tries=attempts.c.tries + 1)
    .returning(attempts.c.tries)
)
CLOSE_ATTEMPT = sa.delete(attempts).where(attempts.c.person == _person)
USE_UP_ATTEMPT = sa.delete(attempts).where(
    _that_attempt,
    attempts.c.parked_token.is_not(None),
    attempts.c.parked_browser_hash.is_(None) | attempts.c.parked_proven,
)
_parked = [column.name for column in attempts.c if column.name.startswith("parked_")]
PARK = sa.update(attempts).where(_that_attempt).values({name: sa.bindparam(name) for name in _parked})
PARK_ONCE = PARK.where(attempts.c.state_used_at.is_(None)).values(state_used_at=sa.bindparam("used_at_"))
UNPARK = sa.update(attempts).where(attempts.c.person == _person).values(dict.fromkeys(_parked))
_before = sa.bindparam("before_", type_=Moment)
DROP_EXPIRED = sa.delete(attempts).where(
    attempts.c.expires_at < _before, attempts.c.parked_until.is_(None) | (attempts.c.parked_until < _before)
)
UNPARK_EXPIRED = sa.update(attempts).where(attempts.c.parked_until < _before).values(dict.fromkeys(_parked))

# -- attempts whose answer arrived through the linking page

_that_browser = attempts.c.parked_browser_hash == sa.bindparam("browser_hash_", type_=sa.LargeBinary)
_that_sign_in = attempts.c.parked_sign_in_hash == sa.bindparam("sign_in_hash_", type_=sa.LargeBinary)

OWNER_OF_BROWSER = sa.select(attempts.c.person).where(_that_browser)
PROVE = sa.update(attempts).where(attempts.c.person == _person, _that_browser).values(parked_proven=True)
EXPECT_SIGN_IN = sa.update(attempts).where(_that_browser).values(parked_sign_in_hash=sa.bindparam("hash_"))
USE_UP_SIGN_IN = sa.update(attempts).where(_that_browser, _that_sign_in).values(parked_sign_in_hash=None)

# -- likes

LIKES_OF = (
    sa.select(likes)
    .where(likes.c.person == _person)
    .order_by(likes.c.liked_at.desc(), likes.c.thing.desc())
    .limit(sa.bindparam("limit_", type_=sa.Integer))
)
COUNT_LIKES = sa.select(sa.func.count()).select_from(likes).where(likes.c.person == _person)
FORGET_LIKE = sa.delete(likes).where(likes.c.person == _person, likes.c.thing == _thing)

# -- a server's life

_guild = sa.bindparam("guild_", type_=sa.BigInteger)
_since = sa.bindparam("since_", type_=Moment)
_limit = sa.bindparam("limit_", type_=sa.Integer)
_offset = sa.bindparam("offset_", type_=sa.Integer)
_channel = sa.bindparam("channel_", type_=sa.BigInteger)
_message = sa.bindparam("message_", type_=sa.BigInteger)
_people = sa.func.count().label("people")
_theirs = (likes.c.guild == _guild) & (likes.c.thing == _thing)

SETTINGS_OF = sa.select(servers.c.settings).where(servers.c.guild == _guild)
SERVERS = sa.select(servers.c.guild, servers.c.left_at)
MARK_LEFT = sa.update(servers).where(servers.c.guild == _guild).values(left_at=sa.bindparam("left_at"))
_long_gone = servers.c.left_at < sa.bindparam("before_", type_=Moment)
LONG_GONE = sa.select(servers.c.guild).where(_long_gone)
FORGET_SERVER = sa.delete(servers).where(servers.c.guild == _guild)
UNCOUNT_SERVER = sa.update(likes).where(likes.c.guild == _guild).values(guild=None)
FORGET_SHARES_IN = sa.delete(shares).where(shares.c.guild == _guild)
FORGET_PREVIEWS_IN = sa.delete(previews).where(previews.c.guild == _guild)

TOP = (
    sa.select(likes.c.thing, sa.func.max(likes.c.name), _people)
    .where(likes.c.guild == _guild, likes.c.liked_at >= _since)
    .group_by(likes.c.thing)
    .order_by(_people.desc(), sa.func.max(likes.c.liked_at).desc(), likes.c.thing)
    .limit(_limit)
    .offset(_offset)
)
COUNT_WHO_LIKE = sa.select(sa.func.count()).select_from(likes).where(_theirs)
WHO_LIKE = (
    sa.select(likes.c.person)
    .join(preferences, preferences.c.person == likes.c.person)
    .where(_theirs, preferences.c.shows_likes.is_(True))
    .order_by(likes.c.liked_at)
    .limit(_limit)
)

PREFERENCES_OF = sa.select(preferences).where(preferences.c.person == _person)
FORGET_PREFERENCES = sa.delete(preferences).where(preferences.c.person == _person)

SHARE_OF = sa.select(shares).where(shares.c.guild == _guild, shares.c.thing == _thing)
FORGET_SHARE = sa.delete(shares).where(shares.c.guild == _guild, shares.c.thing == _thing)
FORGET_OLD_SHARES = sa.delete(shares).where(shares.c.shared_at < sa.bindparam("before_", type_=Moment))

PREVIEW_OF = sa.select(previews).where(previews.c.message == _message)
TAKE_PREVIEW = sa.delete(previews).where(previews.c.message == _message).returning(previews)
FORGET_OLD_PREVIEWS = sa.delete(previews).where(previews.c.shown_at < sa.bindparam("before_", type_=Moment))

# -- designs that were shown

_found = sa.select(things.c.thing, things.c.name, things.c.maker, things.c.adult, things.c.card)
_for_everybody = things.c.adult.is_(False)
_words = sa.bindparam("words_", type_=sa.Text)
THINGS_SEEN = _found.where(things.c.thing.in_(sa.bindparam("things_", expanding=True)))
LATEST_THINGS = _found.where(_for_everybody).order_by(things.c.seen_at.desc()).limit(_limit)
THINGS_WITH_WORDS = {
    "sqlite": _found.join(sa.text("things_words"), sa.text("things_words.rowid = things.thing"))
    .where(_for_everybody, sa.text("things_words MATCH :words_").bindparams(_words))
    .order_by(sa.text("things_words.rowid DESC"))
    .limit(_limit),
    "postgresql": _found.where(
        _for_everybody,
        sa.text("to_tsvector('simple', name || ' ' || maker) @@ to_tsquery('simple', :words_)").bindparams(_words),
    )
    .order_by(things.c.thing.desc())
    .limit(_limit),
}
_key = sa.bindparam("key_", type_=sa.Text)
MAKERS_CALLED = (
    sa.select(sa.func.max(things.c.maker))
    .where(things.c.maker_key >= _key, things.c.maker_key < sa.bindparam("after_", type_=sa.Text))
    .group_by(things.c.maker_key)
    .order_by(things.c.maker_key)
    .limit(_limit)
)
# What somebody likes through the bot is kept, for /top draws it from here.
FORGET_OLD_THINGS = sa.delete(things).where(
    things.c.seen_at < sa.bindparam("before_", type_=Moment), things.c.thing.not_in(sa.select(likes.c.thing))
)

# -- meta

META = sa.select(meta.c.value).where(meta.c.name == _name)
FORGET_META = sa.delete(meta).where(meta.c.name == _name)
PING = sa.select(sa.literal(1))


class Inserts:
    """What only the engines' own dialects can say: insert, or replace what has the same key."""

    def __init__(self, dialect: str) -> None:
        self._insert: Any = postgresql.insert if dialect == "postgresql" else sqlite.insert
        self.put_link = self._replacing(links)
        self.put_attempt = self._replacing(attempts)
        self.put_meta = self._replacing(meta)
        self.put_like = self._replacing(likes)
        self.put_thing = self._replacing(things)
        self.put_server = self._replacing(servers)
        self.put_preferences = self._replacing(preferences)
        self.put_share = self._replacing(shares)
        self.put_preview = self._replacing(previews)

    def _replacing(self, table: sa.Table) -> sa.Executable:
        insert = self._insert(table)
        others = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
        return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others)
