"""Consultations' own keys in tests: by the owner of the data key, and by one who has nothing but keys and bytes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from uuid import UUID

from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CTR
from sqlalchemy import Engine, LargeBinary, select

from gateway.domain.scope import SystemScope
from gateway.store.consultation.own_keys import own_vault
from gateway.store.consultation.tables import consultation_key
from gateway.store.ground.crypto import KEY_BYTES, Vault
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from gateway.store.migrations.steps import import_tables

_NONCE = 12


def vault_of(engine: Engine, vault: Vault, tenant: UUID, id: UUID) -> Vault:
    """What seals this consultation's documents and letters."""
    query = select(consultation_key.c.wrapped).where(consultation_key.c.consultation == id)
    with transaction(engine, SystemScope(), read_only=True) as connection:
        return own_vault(vault, tenant, id, connection.execute(query).scalar_one())


def octets_in(engine: Engine) -> Iterator[bytes]:
    """Every value of bytes in every table."""
    import_tables()
    columns = [c for table in metadata.sorted_tables for c in table.c if isinstance(c.type, LargeBinary)]
    with transaction(engine, SystemScope(), read_only=True) as connection:
        for column in columns:
            yield from (bytes(value) for value in connection.execute(select(column)).scalars() if value)


def broken_open(values: Iterable[bytes], keys: dict[str, bytes]) -> Iterator[bytes]:
    """What can be read of sealed values with these keys (name → key) and every own key among the values: each tried
    on each, where it belongs or not, as one would who asks neither for its place nor for its tag."""
    sealed = [value for value in values if value[:1] == b"\x01" and len(value) > _NONCE + 2]
    first = [_plain(value, keys[name]) for value in sealed if (name := _key_of(value)) in keys]
    yield from first
    own = [plain for plain in first if len(plain) == KEY_BYTES]
    for value in sealed:
        if _key_of(value) == "own":
            yield from (_plain(value, key) for key in own)


def _key_of(sealed: bytes) -> str:
    return sealed[2 : 2 + sealed[1]].decode(errors="replace")


def _plain(sealed: bytes, key: bytes) -> bytes:
    """AES-GCM without its tag: counter mode that begins at 2 (NIST SP 800-38D §7.1)."""
    body = sealed[2 + sealed[1] :]
    counter = Cipher(AES(key), CTR(body[:_NONCE] + (2).to_bytes(4, "big"))).decryptor()
    return counter.update(body[_NONCE:-16])
