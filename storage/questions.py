"""Every statement, declared once. An argument ends in an underscore; a column's new value has the column's name."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from storage.tables import Moment, attempts, likes, links, meta
from storage.vault import HEAD_BYTES

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
FORGET_LINK = sa.delete(links).where(links.c.person == _person)

_tokens = sa.union(sa.select(links.c.token), sa.select(attempts.c.parked_token)).subquery().c.token
SEALED_HEADS = sa.select(sa.func.substr(_tokens, 1, HEAD_BYTES)).where(_tokens.is_not(None)).distinct()

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
FORGET_LIKES = sa.delete(likes).where(likes.c.person == _person)

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

    def _replacing(self, table: sa.Table) -> sa.Executable:
        insert = self._insert(table)
        others = {column.name: insert.excluded[column.name] for column in table.c if not column.primary_key}
        return insert.on_conflict_do_update(index_elements=table.primary_key.columns, set_=others)
