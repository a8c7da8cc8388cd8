"""Encryption at rest: what is written about a citizen is sealed here before it becomes a row.

AES-256-GCM with the place of the value (table, column, row, tenant) as associated data: a sealed value that is moved
to another row, column or tenant cannot be opened. Look-ups go by a keyed hash (HMAC-SHA256), never by the value.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Mapping
from copy import copy
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.hmac import HMAC

from gateway.domain.errors import ConfigFault, LaegebroError

KEY_BYTES = 32
_NONCE_BYTES = 12  # NIST SP 800-38D §8.2.2: random 96-bit nonces, at most 2**32 values under one key
_FORMAT = 1
_OWN = "own"  # the key's name in what is sealed by a key that has a row of its own


class Unreadable(LaegebroError):
    """A sealed value cannot be opened: moved, damaged, or its key is gone. Names the place, never the value."""

    def __init__(self, table: str, column: str, why: str) -> None:
        super().__init__(table, column, why)
        self.table = table
        self.column = column
        self.why = why


class Vault:
    """Seals and opens values. ``keys``: key id → 32 bytes, the old ones kept for reading; ``current`` seals new
    values; ``index_key`` (32 bytes or more) makes the look-up hashes and does not rotate with the others."""

    def __init__(self, keys: Mapping[str, bytes], current: str, index_key: bytes) -> None:
        faults = [f"store.keys.{name}: must be {KEY_BYTES} bytes" for name, k in keys.items() if len(k) != KEY_BYTES]
        faults += [f"store.keys.{n[:8]}…: name too long" for n in keys if not 0 < len(n.encode()) < 256]
        if current not in keys:
            faults.append(f"store.keys: the current key {current!r} is not among them")
        if len(index_key) < KEY_BYTES:
            faults.append(f"store.index_key: must be at least {KEY_BYTES} bytes")
        if faults:
            raise ConfigFault(*faults)
        self._ciphers = {name: AESGCM(key) for name, key in keys.items()}
        self._current = current
        self._indexing = HMAC(index_key, SHA256())

    @classmethod
    def generate(cls) -> Vault:
        """Fresh random keys, for tests and the demo: what they sealed dies with them."""
        return cls({"generated": secrets.token_bytes(KEY_BYTES)}, "generated", secrets.token_bytes(KEY_BYTES))

    def with_key(self, key: bytes) -> Vault:
        """One that seals with ``key`` alone and looks up as this one does: for what has a key of its own."""
        own = copy(self)
        own._ciphers, own._current = {_OWN: AESGCM(key)}, _OWN
        return own

    def seal(self, text: str, *, table: str, column: str, row: object, tenant: UUID | None) -> bytes:
        """Format byte, key id, nonce, ciphertext. An empty text stays empty: there is nothing to hide in it."""
        return self.seal_bytes(text.encode(), table=table, column=column, row=row, tenant=tenant)

    def unseal(self, sealed: bytes | None, *, table: str, column: str, row: object, tenant: UUID | None) -> str:
        """The text; ``Unreadable`` where the value does not belong in this very place."""
        return self.unseal_bytes(sealed, table=table, column=column, row=row, tenant=tenant).decode()

    def seal_bytes(self, plain: bytes, *, table: str, column: str, row: object, tenant: UUID | None) -> bytes:
        if not plain:
            return b""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        place = _associated(table, column, str(row), str(tenant or ""))
        sealed = self._ciphers[self._current].encrypt(nonce, plain, place)
        return self.mark_of(self._current) + nonce + sealed

    def unseal_bytes(self, sealed: bytes | None, *, table: str, column: str, row: object, tenant: UUID | None) -> bytes:
        if not sealed:
            return b""
        name, nonce, body = _parts(bytes(sealed), table, column)
        cipher = self._ciphers.get(name)
        if cipher is None:
            raise Unreadable(table, column, "unknown-key")
        try:
            return cipher.decrypt(nonce, body, _associated(table, column, str(row), str(tenant or "")))
        except InvalidTag as fault:
            raise Unreadable(table, column, "wrong-place-or-damaged") from fault

    def key_of(self, sealed: bytes) -> str:
        """The id of the key that sealed it; a rotation job looks for the ones that are not current."""
        return _parts(bytes(sealed), "", "")[0]

    @property
    def current(self) -> str:
        """The id of the key that seals new values."""
        return self._current

    def is_current(self, sealed: bytes) -> bool:
        """Whether the present key sealed it; ``Unreadable`` for what is no sealed value."""
        return self.key_of(sealed) == self._current

    @staticmethod
    def mark_of(key: str) -> bytes:
        """With what every value begins that this key has sealed."""
        name = key.encode()
        return bytes((_FORMAT, len(name))) + name

    def index(self, purpose: str, value: str) -> bytes:
        """A keyed hash to look ``value`` up by; the same value under another ``purpose`` gives another hash."""
        return _finished(self._indexing, _associated(purpose, value))

    def indexer(self, purpose: str) -> Callable[[bytes], bytes]:
        """``index`` for one purpose and millions of values, which come as bytes: the key and the purpose are hashed
        once, and each value goes on from there."""
        begun = self._indexing.copy()
        begun.update(_associated(purpose))
        return lambda raw: _finished(begun, len(raw).to_bytes(4, "big") + raw)


def _finished(begun: HMAC, data: bytes) -> bytes:
    """What was begun stays as it is for the next one."""
    one = begun.copy()
    one.update(data)
    return one.finalize()


def _associated(*parts: str) -> bytes:
    """Each part with its length before it, so that no two different lists of parts read alike."""
    return b"".join([len(raw).to_bytes(4, "big") + raw for raw in map(str.encode, parts)])


def _parts(sealed: bytes, table: str, column: str) -> tuple[str, bytes, bytes]:
    start = 2 + sealed[1] if len(sealed) > 1 else 0
    nonce_ends = start + _NONCE_BYTES
    if sealed[0] != _FORMAT or len(sealed) < nonce_ends:
        raise Unreadable(table, column, "unknown-format")
    return sealed[2:start].decode(errors="replace"), sealed[start:nonce_ends], sealed[nonce_ends:]
