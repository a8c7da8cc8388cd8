"""Which remarks a practice is sent: the employee's, of its entry, and none about the wrong citizen."""

from __future__ import annotations

from datetime import timedelta

from gateway.domain.consultation import arranging, undoing
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.organisation import Organisation
from gateway.domain.peers.messages import EntryMessage
from gateway.domain.people import SYSTEM
from gateway.services.compose import entry_message
from tests.support.consultations import DOCTOR, KOMMUNE_A, NURSE, new_id
from tests.unit.domain.stories import LATER, received

FJORDBY = Organisation(KOMMUNE_A, "Fjordby Kommune", "99110007")


def sent(consultation: Consultation) -> EntryMessage:
    return entry_message(consultation, consultation.entries[-1].id, FJORDBY, "https://laegebro.example")


def test_the_employees_own_words_go_with_the_entry_in_their_order() -> None:
    said = arranging.remark(received(), new_id(), "Jeg er klar nu", LATER, NURSE)
    said = arranging.remark(said, new_id(), "Hav medicinlisten klar", LATER, DOCTOR)
    said = arranging.remark(said, new_id(), "Borgeren er dårligere", LATER + timedelta(minutes=1), NURSE)
    assert [each.text for each in sent(said).remarks] == ["Jeg er klar nu", "Borgeren er dårligere"]


def test_the_wrong_citizen_takes_them_along() -> None:
    said = arranging.remark(received(), new_id(), "Borgeren er dårligere", LATER, NURSE)
    assert sent(undoing.wrong_citizen(said, LATER, SYSTEM)).remarks == ()
