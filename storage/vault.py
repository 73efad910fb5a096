"""Encrypt and decrypt tokens: AES-GCM with a random 12-byte nonce. Owner and column are associated data.

An encrypted value is: version (1 byte), key ID (4), nonce (12), ciphertext and tag. It can't be decrypted for another
person or column.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import os
import re

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

LINK_TOKEN = "links.token"  # noqa: S105  a column
ATTEMPT_TOKEN = "attempts.parked_token"  # noqa: S105  a column

KEY_BYTES = 32
_VERSION = b"\x01"
_ID, _NONCE = 4, 12
HEAD_BYTES = len(_VERSION) + _ID  # the part of a value that key_id_of needs
_HEAD = HEAD_BYTES + _NONCE
_MAKE_ONE = "Create one with: python bot.py new-key"


class BadKey(ValueError):
    """TOKEN_KEYS can't be used. The text says why and how to create a key, and never has one."""


class Unopenable(Exception):
    """The value was changed, cut, or moved, or its key isn't in TOKEN_KEYS."""


def new_key() -> str:
    """256 random bits as 43 characters."""
    return base64.urlsafe_b64encode(os.urandom(KEY_BYTES)).rstrip(b"=").decode()


class MissingKey(Unopenable):
    """Encrypted with a key that isn't in TOKEN_KEYS; the operator can add it back."""


class Vault:
    """Encrypts with the first key, and decrypts with any of them."""

    def __init__(self, keys: list[bytes]) -> None:
        self._ciphers = {_key_id(key): AESGCM(key) for key in keys}
        self._sealing_id = _key_id(keys[0])

    @classmethod
    def from_text(cls, text: str) -> Vault:
        """Read keys separated by commas or spaces. Raises BadKey."""
        words = [word for word in re.split(r"[,\s]+", text) if word]
        if not words:
            raise BadKey(f"No key is set. {_MAKE_ONE}")
        keys = [_read_key(word, position) for position, word in enumerate(words, 1)]
        if len(set(keys)) < len(keys):
            raise BadKey("The same key is listed twice. Remove one.")
        return cls(keys)

    @property
    def key_ids(self) -> list[bytes]:
        """The IDs of the keys, in their order. An ID isn't secret."""
        return list(self._ciphers)

    @property
    def head(self) -> bytes:
        """The first bytes of every value encrypted with the first key."""
        return _VERSION + self._sealing_id

    def seal(self, secret: str, *, person: int, column: str) -> bytes:
        nonce = os.urandom(_NONCE)
        owner = _owner(self.head, person, column)
        return self.head + nonce + self._ciphers[self._sealing_id].encrypt(nonce, secret.encode(), owner)

    def open(self, sealed: bytes, *, person: int, column: str) -> str:
        """Raises Unopenable, or MissingKey if its key isn't in TOKEN_KEYS."""
        head, nonce, rest = sealed[:HEAD_BYTES], sealed[HEAD_BYTES:_HEAD], sealed[_HEAD:]
        if head[:1] != _VERSION or len(head) < HEAD_BYTES:
            raise Unopenable("cut, or of another version")
        cipher = self._ciphers.get(key_id_of(sealed))
        if cipher is None:
            raise MissingKey("sealed with another key")
        try:
            return cipher.decrypt(nonce, rest, _owner(head, person, column)).decode()
        except (InvalidTag, ValueError):
            raise Unopenable("altered, or not here") from None

    def __repr__(self) -> str:
        return f"<Vault keys={[key_id.hex() for key_id in self._ciphers]}>"


def key_id_of(sealed: bytes) -> bytes:
    return sealed[len(_VERSION) : HEAD_BYTES]


def _key_id(key: bytes) -> bytes:
    return hashlib.sha256(key).digest()[:_ID]


def _owner(head: bytes, person: int, column: str) -> bytes:
    return b"\x00".join([head, str(person).encode(), column.encode()])


def _read_key(word: str, position: int) -> bytes:
    try:
        key = base64.b64decode(word + "=" * (-len(word) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        raise BadKey(f"Key {position} isn't a valid key. {_MAKE_ONE}") from None
    if len(key) != KEY_BYTES:
        length = "short" if len(key) < KEY_BYTES else "long"
        raise BadKey(f"Key {position} is too {length}: a key has 43 characters. {_MAKE_ONE}")
    return key
