"""An employee is barred from the console: her sessions end, what she had open goes to her workplace (AD15)."""

from __future__ import annotations

import pytest

from gateway.domain.oversight import ConsoleRole
from tests.unit.web.console.console_world import ConsoleWorld

PAGE = "/konsol/medarbejdere"


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("people"))


def test_ad15_a_barred_employee_is_out_at_once_and_may_be_let_in_again(world: ConsoleWorld) -> None:
    mette = world.employee()
    assert mette.client.get("/mine-oplysninger").status_code == 200
    hand = world.administrator(ConsoleRole.SETUP)
    subject = {"subject": "subject-Mette Holm", "reason": "Fratrådt kl. 10"}
    answer = hand.post(f"{PAGE}/spaer", subject)
    assert answer.status_code == 200 and "Sessioner afsluttet: 1." in answer.get_data(as_text=True)
    assert mette.client.get("/mine-oplysninger").status_code == 303, "to the login, which refuses her"
    assert "Adgangen er åben igen." in hand.post(f"{PAGE}/aabn", subject).get_data(as_text=True)
    assert "Adgangen var ikke lukket." in hand.post(f"{PAGE}/aabn", subject).get_data(as_text=True)


def test_ad15_without_a_reason_or_with_a_persons_number_nothing_is_done(world: ConsoleWorld) -> None:
    hand = world.administrator(ConsoleRole.INTEGRATION)
    for subject, reason in (("FJ-1", ""), ("", "Fratrådt"), ("251248-9996", "Fratrådt")):
        page = hand.post(f"{PAGE}/spaer", {"subject": subject, "reason": reason})
        assert page.status_code == 422
        assert "9996" not in page.get_data(as_text=True)
