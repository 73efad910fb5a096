"""Encryption: what can be decrypted, and what can't."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from storage.vault import ATTEMPT_TOKEN, LINK_TOKEN, BadKey, Unopenable, Vault, key_id_of, new_key

KEY = "a1B2c3D4e5F6g7H8i9J0k1L2m3N4o5P6q7R8s9T0u1U"
VAULT = Vault.from_text(KEY)


@given(st.text(min_size=1), st.integers(0, 2**64))
def test_what_is_sealed_opens_for_its_owner(secret: str, person: int) -> None:
    sealed = VAULT.seal(secret, person=person, column=LINK_TOKEN)
    assert VAULT.open(sealed, person=person, column=LINK_TOKEN) == secret
    assert sealed != VAULT.seal(secret, person=person, column=LINK_TOKEN), "each time another nonce"


@given(st.data())
def test_one_bit_changed_or_one_byte_cut_and_it_does_not_open(data: st.DataObject) -> None:
    sealed = bytearray(VAULT.seal("a token", person=1, column=LINK_TOKEN))
    if data.draw(st.booleans()):
        sealed[data.draw(st.integers(0, len(sealed) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    else:
        del sealed[data.draw(st.integers(0, len(sealed) - 1)) :]
    with pytest.raises(Unopenable):
        VAULT.open(bytes(sealed), person=1, column=LINK_TOKEN)


@pytest.mark.parametrize(("person", "column"), [(2, LINK_TOKEN), (1, ATTEMPT_TOKEN)])
def test_moved_to_another_person_or_column_it_does_not_open(person: int, column: str) -> None:
    with pytest.raises(Unopenable):
        VAULT.open(VAULT.seal("x", person=1, column=LINK_TOKEN), person=person, column=column)


def test_the_first_key_seals_and_all_open() -> None:
    newer = new_key()
    both = Vault.from_text(f"{newer}, {KEY}")
    assert both.open(VAULT.seal("old", person=1, column=LINK_TOKEN), person=1, column=LINK_TOKEN) == "old"
    fresh = both.seal("new", person=1, column=LINK_TOKEN)
    assert key_id_of(fresh) in Vault.from_text(newer).key_ids
    with pytest.raises(Unopenable):
        VAULT.open(fresh, person=1, column=LINK_TOKEN)


@pytest.mark.parametrize("text", ["", " , ", "short", "x" * 43 + "!", KEY + "AAAA", "a" * 22, f"{KEY},{KEY}"])
def test_bad_keys_are_refused_with_how_to_make_one_and_never_shown(text: str) -> None:
    with pytest.raises(BadKey) as caught:
        Vault.from_text(text)
    assert not [word for word in text.replace(",", " ").split() if word in str(caught.value)]
    assert "new-key" in str(caught.value) or "twice" in str(caught.value)


def test_a_repr_shows_no_key() -> None:
    assert KEY not in repr(VAULT)
    assert len(KEY) == 43
