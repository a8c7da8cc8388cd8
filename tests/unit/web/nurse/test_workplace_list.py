"""The workplace's list on the page: who sees it, what stands there, and taking over at the end of a shift (N16, D7)."""

from __future__ import annotations

from datetime import timedelta

from gateway.domain.consultation import talking
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from tests.unit.web.nurse_world import NAME, OTHER_PLACE, Nurse, NurseWorld


def html(nurse: Nurse, path: str = "/arbejdssted?grund=shift-change") -> str:
    return nurse.get(path).get_data(as_text=True)


def test_d07_at_the_end_of_the_shift_a_colleague_takes_the_place_over(world: NurseWorld) -> None:
    mette, karen = world.nurse(), world.nurse("Karen Kollega")
    waiting = world.waiting(mette)
    page = html(karen)
    assert f'data-testid="take-over-{waiting.short_id}"' in page and NAME in page and "Mette Holm" in page
    assert 'aria-current="page" data-testid="tab-workplace"' in page
    assert karen.post(f"/konsultation/{waiting.id}/overtag").location == f"/konsultation/{waiting.id}"
    taken = world.reload(waiting)
    assert (taken.responsible_name, taken.entries[-1].place) == ("Karen Kollega", waiting.entries[-1].place)
    assert 'data-testid="taken-over"' in html(mette, "/")


def test_d07_another_workplace_sees_and_takes_nothing(world: NurseWorld) -> None:
    waiting, elsewhere = world.waiting(world.nurse()), world.nurse("Vera Vikar", at=(OTHER_PLACE,))
    page = html(elsewhere)
    assert NAME not in page and 'data-testid="nobody-waits"' in page and 'data-testid="nothing-undone"' in page
    assert elsewhere.post(f"/konsultation/{waiting.id}/overtag").status_code == 404
    assert 'data-testid="no-workplace"' in html(world.nurse("Nye Nina", known=False))


def test_d07_a_stuck_note_of_an_absent_employee_is_finished_by_a_colleague(world: NurseWorld) -> None:
    mette, karen = world.nurse(), world.nurse("Karen Kollega")
    consultation = world.waiting(mette)
    world.does(consultation, lambda c: talking.held_by_phone(c, "Lise Hansen", world.later(), SYSTEM))
    mette.post(f"/konsultation/{consultation.id}/godkend", text="Ses i morgen", clinician="Lise Hansen")
    outbox = world.gateway.outbox
    for owed in world.gateway.store.deliveries_of(SystemScope(), consultation.id):
        if (attempt := outbox.claim(timedelta(minutes=1), owed.id)) is not None:
            outbox.settle(attempt, Outcome.REFUSED, pause=timedelta(0), fault="record-locked")
    assert 'data-state="refused"' in html(mette, "/") and NAME not in html(mette, "/")
    assert 'data-state="refused"' in html(karen)
    karen.post(f"/konsultation/{consultation.id}/overtag")
    page = html(karen, f"/konsultation/{consultation.id}")
    assert "journalen er låst" in page and 'data-testid="copy-note"' in page and "Ses i morgen" in page
    karen.post(f"/konsultation/{consultation.id}/skrevet-selv")
    assert 'data-testid="nothing-undone"' in html(karen)
