"""C11: the card after a talk names the fee it may give, by how it was held and who took part."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any
from uuid import UUID

import pytest

from gateway.domain.consultation import guests, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.people import SYSTEM, Form, Participant, ParticipantRole
from gateway.web.clinic import possible_fee
from tests.unit.web.acts.stage import Stage

VIDEO, TELEPHONE = "Mulig ydelse: 0125 videokonsultation", "Mulig ydelse: 0201 telefonkonsultation"
CONFERENCE = "Mulig ydelse: 0126 videokonference – mindst tre deltagere"
How = Callable[[Stage, Consultation], Consultation]


@pytest.fixture(scope="module")
def stage(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stage]:
    made = Stage(tmp_path_factory.mktemp("fee"), rate_factor="1000000")
    yield made
    made.gateway.engine.dispose()


def held(stage: Stage, call: Consultation) -> Consultation:
    return talking.hang_up(call, stage.now, SYSTEM)


def by_telephone(stage: Stage, call: Consultation) -> Consultation:
    return talking.held_by_phone(call, "Lise Hansen", stage.now, SYSTEM)


def with_a_colleague_let_in(stage: Stage, call: Consultation) -> Consultation:
    id, until = stage.gateway.ids.new(), stage.now.replace(year=stage.now.year + 1)
    invited = guests.invite(call, id, ParticipantRole.COLLEAGUE, until, stage.now, SYSTEM)
    return held(stage, guests.admit(guests.arrive(invited, id, stage.now, SYSTEM), id, stage.now, SYSTEM))


def shown(stage: Stage, call: Consultation) -> str:
    """What the clinic's page is told."""
    answer = stage.doctor.client.get(f"/api/v1/entries/{call.entries[-1].id}/state")
    return str(answer.get_json()["fee"])


CASES: dict[str, tuple[str, dict[str, Any], How, str]] = {
    "she and the citizen": ("talk", {}, held, CONFERENCE),
    "the citizen alone": ("talk", {"form": Form.CITIZEN_ALONE}, held, VIDEO),
    "a relative is no professional": ("talk", {"form": Form.RELATIVE_PRESENT}, held, VIDEO),
    "without the citizen": ("talk", {"form": Form.EMPLOYEE_ONLY}, held, ""),
    "without the citizen, a colleague let in": (
        "talk", {"form": Form.EMPLOYEE_ONLY}, with_a_colleague_let_in, CONFERENCE,
    ),
    "the citizen, and a colleague beside": (
        "talk",
        {"form": Form.CITIZEN_ALONE, "participants": (Participant(UUID(int=7), ParticipantRole.COLLEAGUE, "Karen"),)},
        held,
        CONFERENCE,
    ),
    "ended on the telephone": ("talk", {}, by_telephone, TELEPHONE),
    "taken on the telephone at once": ("waiting", {}, by_telephone, TELEPHONE),
    "still talking": ("talk", {}, lambda _stage, call: call, ""),
    "a round": ("round talk", {}, held, ""),
    "rejected": ("rejected", {}, lambda _stage, call: call, ""),
}  # fmt: skip


@pytest.mark.parametrize("case", CASES)
def test_c11_the_possible_fee_follows_who_took_part_and_how(stage: Stage, case: str) -> None:
    state, changes, how, fee = CASES[case]
    ended = stage.gateway.store.commit(how(stage, stage.at(state, **changes)))
    assert shown(stage, ended) == fee


def test_a_code_is_named_on_the_days_it_is_valid(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    ended = stage.gateway.store.commit(held(stage, stage.at("talk")))
    over = replace(possible_fee.CONFERENCE, valid_until=date(2026, 1, 1))
    assert not over.valid_on(date(2026, 1, 2)) and over.valid_on(date(2026, 1, 1))
    assert not over.valid_on(date(2022, 1, 30))
    monkeypatch.setattr(possible_fee, "CONFERENCE", over)
    assert shown(stage, ended) == ""
