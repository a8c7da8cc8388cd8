"""Claims are read by path, and what is wrong is said without the value."""

from __future__ import annotations

from datetime import UTC, date, datetime
from uuid import UUID

import pytest

from adapters.wire.claims import claim, day, instant, require_right, text, texts
from gateway.domain.errors import AccessRefused, InvalidField

TENANT = UUID("0192f000-0000-7000-8000-0000000000aa")
CLAIMS = {
    "name": "Mette Holm",
    "realm_access": {"roles": ["laegebro-start", 7]},
    "https://example.dk/roles": "laegebro-start",
    "born": "1960-01-02",
    "at": "2026-11-24T11:15:00+01:00",
}


def test_a_claim_is_found_by_path_or_by_its_whole_name() -> None:
    assert claim(CLAIMS, "realm_access.roles") == ["laegebro-start", 7]
    assert claim(CLAIMS, "https://example.dk/roles") == "laegebro-start"
    assert claim(CLAIMS, "name.roles") is None
    assert claim(CLAIMS, "nothing.at.all") is None


def test_words_are_words() -> None:
    assert texts(CLAIMS, "realm_access.roles") == ("laegebro-start",)
    assert texts(CLAIMS, "https://example.dk/roles") == ("laegebro-start",)
    assert texts(CLAIMS, "realm_access") == texts(CLAIMS, "") == ()


@pytest.mark.parametrize("path", ["realm_access.roles", "https://example.dk/roles"])
def test_the_right_must_be_there_word_for_word(path: str) -> None:
    require_right(CLAIMS, path, "laegebro-start", TENANT)
    for other in ("laegebro", "laegebro-start ", "LAEGEBRO-START", ""):
        with pytest.raises(AccessRefused):
            require_right(CLAIMS, path, other, TENANT)


def test_text_is_short_and_printable() -> None:
    assert text(CLAIMS, "name") == "Mette Holm"
    assert text(CLAIMS, "absent") == text(CLAIMS, "") == ""
    for value in (7, ["x"], "a\x00b", "x" * 201):
        with pytest.raises(InvalidField):
            text({"name": value}, "name")
    with pytest.raises(InvalidField):
        text({}, "name", required=True)


def test_dates_and_times_are_whole() -> None:
    assert day(CLAIMS, "born") == date(1960, 1, 2)
    assert instant(CLAIMS, "at") == datetime(2026, 11, 24, 10, 15, tzinfo=UTC)
    assert day({}, "born") is None and instant({}, "at") is None
    for value in ("1960", "02-01-1960", "1960-13-01"):
        with pytest.raises(InvalidField):
            day({"born": value}, "born")
    for value in ("2026-11-24T11:15:00", "snart", "0001-01-01T00:00:00+23:59"):
        with pytest.raises(InvalidField):
            instant({"at": value}, "at")
