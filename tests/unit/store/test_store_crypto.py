"""What is sealed opens in its own place only, and with old keys too."""

from __future__ import annotations

import secrets
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.domain.errors import ConfigFault
from gateway.store.ground.crypto import Unreadable, Vault

VAULT = Vault.generate()
TENANT = UUID(int=1)
PLACE = {"table": "consultation", "column": "reason", "row": "r1", "tenant": TENANT}


@given(st.text())
def test_a_text_comes_back_and_never_lies_open(text: str) -> None:
    sealed = VAULT.seal(text, **PLACE)
    assert VAULT.unseal(sealed, **PLACE) == text
    assert len(text) < 4 or text.encode() not in sealed


@pytest.mark.parametrize(
    "elsewhere",
    [{"table": "note_version"}, {"column": "phone"}, {"row": "r2"}, {"tenant": UUID(int=2)}, {"tenant": None}],
)
def test_a_value_moved_elsewhere_cannot_be_opened(elsewhere: dict[str, object]) -> None:
    sealed = VAULT.seal("åndenød", **PLACE)
    with pytest.raises(Unreadable) as refusal:
        VAULT.unseal(sealed, **(PLACE | elsewhere))
    assert "ndenød" not in str(refusal.value)


@given(st.lists(st.text(max_size=8), min_size=4, max_size=4), st.lists(st.text(max_size=8), min_size=4, max_size=4))
def test_no_two_places_read_alike(one: list[str], other: list[str]) -> None:
    sealed = VAULT.seal("x", table=one[0], column=one[1], row=one[2] + one[3], tenant=None)
    if (one[0], one[1], one[2] + one[3]) != (other[0], other[1], other[2] + other[3]):
        with pytest.raises(Unreadable):
            VAULT.unseal(sealed, table=other[0], column=other[1], row=other[2] + other[3], tenant=None)


@given(st.binary(max_size=80))
def test_damaged_bytes_are_refused_and_nothing_worse(damaged: bytes) -> None:
    if damaged:
        with pytest.raises(Unreadable):
            VAULT.unseal(damaged, **PLACE)


def test_one_flipped_bit_is_noticed_wherever_it_is() -> None:
    sealed = VAULT.seal("åndenød", **PLACE)
    for position in range(len(sealed)):
        with pytest.raises(Unreadable):
            VAULT.unseal(sealed[:position] + bytes([sealed[position] ^ 1]) + sealed[position + 1 :], **PLACE)


def test_the_same_text_twice_looks_different() -> None:
    assert VAULT.seal("ja", **PLACE) != VAULT.seal("ja", **PLACE)


def test_nothing_stays_nothing() -> None:
    assert VAULT.seal("", **PLACE) == b""
    assert VAULT.unseal(None, **PLACE) == VAULT.unseal(b"", **PLACE) == ""


def test_a_new_key_reads_what_the_old_one_sealed() -> None:
    old, new, index = (secrets.token_bytes(32) for _ in range(3))
    before = Vault({"2026-1": old}, "2026-1", index)
    sealed = before.seal("åndenød", **PLACE)
    after = Vault({"2026-1": old, "2026-2": new}, "2026-2", index)
    assert after.unseal(sealed, **PLACE) == "åndenød"
    assert (after.key_of(sealed), after.key_of(after.seal("x", **PLACE))) == ("2026-1", "2026-2")
    with pytest.raises(Unreadable, match="unknown-key"):
        Vault({"2026-2": new}, "2026-2", index).unseal(sealed, **PLACE)


def test_the_look_up_hash_is_keyed_and_has_a_purpose() -> None:
    assert VAULT.index("citizen", "2512489996") == VAULT.index("citizen", "2512489996")
    assert VAULT.index("citizen", "2512489996") != VAULT.index("record", "2512489996")
    assert VAULT.index("citizen", "2512489996") != Vault.generate().index("citizen", "2512489996")


def test_every_fault_of_the_keys_is_said_at_once_and_no_key_is_shown() -> None:
    with pytest.raises(ConfigFault) as fault:
        Vault({"short": b"hemmelig"}, "absent", b"")
    assert len(fault.value.faults) == 3 and "hemmelig" not in str(fault.value)
