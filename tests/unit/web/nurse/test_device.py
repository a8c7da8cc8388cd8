"""The device given to the citizen and back, and the consultation moved to another device (B01–B09, D5, D6)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta

import pytest
from flask.testing import FlaskClient
from werkzeug.test import TestResponse

from gateway.access import EMPLOYEE_COOKIE
from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.services.device import citizen_view
from gateway.services.practice_side.clinic_view import clinic_entry_view
from gateway.web.arrival.login import FORCE
from tests.unit.web.nurse_world import CPR, DOCTOR, FILLED, NAME, TENANT, Nurse, NurseWorld

CODE = "284617"
WORDS = (NAME, "Nancy", CPR, CPR[6:], "Sår på underben", "Mette", "99000101", "Mine konsultationer")


@dataclass
class Handed:
    """A device in the citizen's hands: the nurse's own browser, with another session in it."""

    world: NurseWorld
    client: FlaskClient
    consultation: Consultation

    def state(self) -> dict[str, object]:
        found: dict[str, object] = self.client.get("/borger/tilstand").get_json()
        return found

    def csrf(self) -> str:
        page = self.client.get("/borger").get_data(as_text=True)
        return page.split('name="csrf-token" content="')[1].split('"')[0]

    def press(self, path: str, **fields: str) -> TestResponse:
        return self.client.post(path, data={"csrf_token": self.csrf(), **fields})

    def send(self, path: str) -> TestResponse:
        return self.client.post(path, json={}, headers={"X-CSRF-Token": self.csrf()})


def placed(world: NurseWorld, nurse: Nurse, form: str = "citizen-alone") -> Consultation:
    consultation = world.launched(nurse)
    answer = nurse.send(f"/api/v1/consultations/{consultation.id}/place", FILLED | {"form": form})
    assert answer.status_code == 200
    return world.reload(consultation)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> NurseWorld:
    """One for the module: each test has its own browser and its own consultation. One nurse types more codes here in a
    minute than in a day's work."""
    return NurseWorld(tmp_path_factory.mktemp("device"), rate_factor="100")


def allow_unlocked(world: NurseWorld, allowed: bool = True) -> None:
    world.settle({"roles": [["Sygeplejerske", "licensed"]], "unlocked_handover": allowed})


@pytest.fixture
def unlocked(world: NurseWorld) -> Iterator[None]:
    allow_unlocked(world)
    yield
    allow_unlocked(world, False)


def handed(world: NurseWorld, nurse: Nurse, locked: str = "yes") -> Handed:
    consultation = placed(world, nurse)
    given = nurse.post(f"/konsultation/{consultation.id}/giv-enheden", code=CODE, locked=locked)
    assert (given.status_code, given.location) == (303, "/borger"), given.get_data(as_text=True)
    return Handed(world, nurse.client, world.reload(consultation))


def ring(world: NurseWorld, consultation: Consultation) -> Consultation:
    return world.does(consultation, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))


def talk(world: NurseWorld, consultation: Consultation) -> Consultation:
    ring(world, consultation)
    world.does(consultation, lambda c: ringing.answer(c, world.later(), SYSTEM))
    return world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))


@pytest.mark.guide(12)
@pytest.mark.parametrize(
    ("agent", "guide"),
    [
        ("Mozilla/5.0 (iPad; CPU OS 16_4 like Mac OS X)", "apple"),
        ("Mozilla/5.0 (Linux; Android 14; SM-X200)", "android"),
        ("Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "windows"),
        ("Mozilla/5.0 (X11; Linux x86_64)", "other"),
    ],
)
def test_b01_the_guide_of_the_device_is_open_and_the_real_lock_is_named(
    world: NurseWorld, nurse: Nurse, agent: str, guide: str
) -> None:
    consultation = placed(world, nurse)
    path = f"/konsultation/{consultation.id}/giv-enheden"
    page = nurse.client.get(path, headers={"User-Agent": agent}).get_data(as_text=True)
    assert f'data-guide="{guide}" open' in page and page.count(" open ") == 1
    assert "Kun enhedens egen lås er en rigtig lås" in page and 'data-testid="start-unlocked"' not in page
    assert "Giv enheden til borgeren" in nurse.get(f"/konsultation/{consultation.id}").get_data(as_text=True)


@pytest.mark.parametrize("code", ["", "12345", "1234567", "abcdef", "111111", "123456", "987654", "٢٨٤٦١٧"])
def test_b01_a_code_that_is_none_or_easily_guessed_is_refused(world: NurseWorld, nurse: Nurse, code: str) -> None:
    consultation = placed(world, nurse)
    answer = nurse.post(f"/konsultation/{consultation.id}/giv-enheden", code=code, locked="yes")
    assert answer.status_code == 422 and 'id="fault-code"' in answer.get_data(as_text=True)
    assert world.reload(consultation).handover is None


def test_b01_without_a_lock_only_where_the_organisation_allows(world: NurseWorld, nurse: Nurse) -> None:
    consultation = placed(world, nurse)
    path = f"/konsultation/{consultation.id}/giv-enheden"
    refused = nurse.post(path, code=CODE, locked="no")
    assert refused.status_code == 422 and "tillader ikke borgervisning uden lås" in refused.get_data(as_text=True)


@pytest.mark.usefixtures("unlocked")
def test_b01_without_a_lock_where_it_is_allowed_and_the_clinic_is_told(world: NurseWorld, nurse: Nurse) -> None:
    given = handed(world, nurse, "no").consultation
    assert given.handover is not None and not given.handover.locked
    g = world.gateway
    row = clinic_entry_view(given, store=g.store, clock=g.clock, organisation_of=g.organisation)
    assert row["handover"]["locked"] is False and row["phone"] == "99000101"


def test_b01_the_device_stays_with_her_in_the_forms_where_she_talks(world: NurseWorld, nurse: Nurse) -> None:
    consultation = placed(world, nurse, "assisted")
    answer = nurse.post(f"/konsultation/{consultation.id}/giv-enheden", code=CODE, locked="yes")
    assert answer.status_code == 409 and "hand-over-card" not in nurse.get(f"/konsultation/{consultation.id}").get_data(
        as_text=True
    )


def test_b02_her_session_sleeps_and_the_page_knows_nobody(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    old = world.app.test_client()
    old.set_cookie(EMPLOYEE_COOKIE, nurse.token, domain="localhost")
    assert old.get("/").status_code == 303 and old.get("/api/v1/session").status_code == 401
    for path in ("/borger", "/borger/tilstand", "/", f"/konsultation/{device.consultation.id}"):
        text = device.client.get(path).get_data(as_text=True)
        assert [word for word in WORDS if word in text] == [], path
    assert device.state()["screen"] == "waiting"
    assert device.client.get_cookie(FORCE) is not None


def test_b02_no_other_consultation_reaches_the_citizens_page(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    before = device.state()
    other = world.waiting(world.nurse("Karim Aziz"))
    ring(world, other)
    assert device.state() == before


def test_b03_waiting_talking_and_both_languages(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    assert "Du venter på lægen. Bliv ved skærmen." in device.client.get("/borger").get_data(as_text=True)
    talk(world, device.consultation)
    assert "Du taler med Lise Hansen." in device.client.get("/borger").get_data(as_text=True)
    assert device.send("/borger/billet").get_json()["ticket"].count(".") == 2
    device.press("/borger/sprog", language="en")
    page = device.client.get("/borger").get_data(as_text=True)
    assert "You are talking with Lise Hansen." in page and '<html lang="en">' in page


def test_b05_one_tap_answers_and_the_second_minute_comes_by_itself(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    rung = ring(world, device.consultation)
    assert rung.entry is not None and rung.entry.ring_until is not None and rung.entry.accepted_at is not None
    assert (rung.entry.ring_until - rung.entry.accepted_at).total_seconds() == 120
    page = device.client.get("/borger").get_data(as_text=True)
    assert 'data-testid="citizen-ring"' in page and "Tal med lægen" in page
    assert device.send("/borger/tal-med-laegen").get_json()["screen"] == "call"


def test_b05_a_missed_ring_keeps_the_place(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    ring(world, device.consultation)
    missed = world.does(device.consultation, lambda c: ringing.miss(c, world.later(), SYSTEM))
    assert missed.entry is not None and missed.entry.place == device.consultation.entries[-1].place
    assert device.state()["here"] is False
    assert device.send("/borger/her").get_json()["here"] is True


def test_b07_slut_is_blank_at_once_and_the_code_leads_to_the_facts(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    talk(world, device.consultation)
    assert device.send("/borger/slut").get_json() == {"screen": "blank", "version": 0, "settling": False}
    assert world.reload(device.consultation).status is Status.REVIEW
    page = device.client.get("/borger").get_data(as_text=True)
    assert "Giv enheden tilbage til medarbejderen." in page and 'id="talk" hidden' in page
    assert device.press("/borger/tilbage", code="000001").status_code == 422
    back = device.press("/borger/tilbage", code=CODE)
    assert back.location == f"/konsultation/{device.consultation.id}"
    note = nurse.client.get(back.location).get_data(as_text=True)
    assert "Indholdet er ikke kendt af medarbejderen" in note and 'name="text"' not in note
    assert 'data-testid="log-citizen-out-early"' in note and "Mette Holm" in note
    assert nurse.client.get("/borger").status_code == 404
    assert nurse.client.get_cookie(FORCE) is None


def test_b07_the_code_is_useless_afterwards(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    stolen = device.client.get_cookie(EMPLOYEE_COOKIE)
    csrf = device.csrf()
    assert stolen is not None and device.press("/borger/tilbage", code=CODE).status_code == 303
    other = world.app.test_client()
    other.set_cookie(EMPLOYEE_COOKIE, stolen.value, domain="localhost")
    answer = other.post("/borger/tilbage", data={"csrf_token": csrf, "code": CODE})
    assert answer.status_code == 303 and answer.location.startswith("/login")


def test_b07_brute_force_stops_at_five(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    for number in range(4):
        assert device.press("/borger/tilbage", code=f"00000{number}").status_code == 422
    over = device.press("/borger/tilbage", code="999999")
    assert over.location == "/login?hvorfor=kode"
    assert nurse.client.get("/borger").location.startswith("/login")
    assert nurse.client.get("/").location.startswith("/login")
    old = world.app.test_client()
    old.set_cookie(EMPLOYEE_COOKIE, nurse.token, domain="localhost")
    assert old.get("/").status_code == 303, "her session is over, not asleep"
    assert "Koden virker ikke mere" in nurse.client.get(over.location).get_data(as_text=True)
    assert world.reload(device.consultation).is_open, "the consultation is kept"


def test_b07_slut_while_waiting_keeps_the_place_for_her_to_decide(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    device.press("/borger/slut")
    left = world.reload(device.consultation)
    assert (left.status, left.availability) == (Status.WAITING, Availability.AWAY)
    device.press("/borger/tilbage", code=CODE)
    back = world.reload(device.consultation)
    assert (back.status, back.availability, back.with_citizen) == (Status.WAITING, Availability.HERE, False)


def test_b08_two_minutes_after_the_call_the_page_is_blank_by_itself(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    talk(world, device.consultation)
    ended = world.does(device.consultation, lambda c: talking.hang_up(c, world.later(), DOCTOR))
    assert device.state()["screen"] == "ended"
    at = ended.entries[-1].ended_at
    assert at is not None
    assert citizen_view(ended, at + timedelta(seconds=119))["screen"] == "ended"
    assert citizen_view(ended, at + timedelta(seconds=120)) == {"screen": "blank", "version": 0, "settling": False}
    assert device.send("/borger/billet").status_code == 409


def test_b08_a_rejection_ends_the_citizens_page_too(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    world.does(device.consultation, lambda c: queueing.reject(c, RejectReason.NOT_TODAY, "", world.later(), DOCTOR))
    page = device.client.get("/borger").get_data(as_text=True)
    assert "Lægen kan ikke tale på video nu." in page and "Giv enheden tilbage" in page


@pytest.mark.usefixtures("unlocked")
def test_b09_the_timeline_tells_when_it_went_and_came_back(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse, "no")
    device.press("/borger/tilbage", code=CODE)
    told = {row.kind: row for row in world.gateway.store.timeline(SystemScope(), device.consultation.id)}
    assert told["handed-over"].detail == {"locked": "no"} and told["handed-over"].actor_kind == "employee"
    assert "handed-back" in told
    line = nurse.client.get(f"/forloeb/{device.consultation.short_id}").get_data(as_text=True)
    assert "Enheden er givet til borgeren" in line and "ikke låst" in line and "givet tilbage" in line


# --- another device ------------------------------------------------------------------------------------------------


def code_on(nurse: Nurse, consultation: Consultation) -> str:
    page = nurse.post(f"/konsultation/{consultation.id}/anden-enhed").get_data(as_text=True)
    assert "<svg" in page
    return page.split('data-testid="pairing-code">')[1].split("<")[0]


@pytest.mark.parametrize("stage", ["waiting", "ringing", "in-call"])
def test_d06_a_seat_moves_to_another_device_and_the_old_one_lets_go(
    world: NurseWorld, nurse: Nurse, stage: str
) -> None:
    consultation = world.waiting(nurse)
    if stage != "waiting":
        ring(world, consultation)
    if stage == "in-call":
        talk_on = f"/api/v1/consultations/{consultation.id}"
        nurse.send(f"{talk_on}/answer")
        nurse.send(f"{talk_on}/ticket")
        world.does(consultation, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
    before = world.reload(consultation)
    tablet = world.nurse()
    answer = tablet.post("/hertil", code=code_on(nurse, consultation).lower())
    assert answer.location == f"/konsultation/{consultation.id}"
    assert tablet.get(answer.location).status_code == 200
    gone = nurse.get(f"/konsultation/{consultation.id}")
    text = gone.get_data(as_text=True)
    assert gone.status_code == 404 and "Konsultationen fortsætter på en anden enhed." in text and NAME not in text
    assert nurse.send(f"/api/v1/consultations/{consultation.id}/ticket").status_code == 404
    after = world.reload(consultation)
    assert (after.status, after.entries) == (before.status, before.entries), "the place is kept"
    if stage == "in-call":
        assert tablet.send(f"/api/v1/consultations/{consultation.id}/ticket").status_code == 200
        seats = world.reload(consultation).seats
        assert [(s.generation, s.device) for s in seats] == [(2, str(tablet.session.id))], "one seat, the newest device"


def test_d06_a_pairing_code_is_hers_works_once_and_says_nothing_to_others(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    code = code_on(nurse, consultation)
    colleague, tablet = world.nurse("Karim Aziz"), world.nurse()
    refused = colleague.post("/hertil", code=code)
    assert refused.status_code == 422 and NAME not in refused.get_data(as_text=True)
    assert tablet.get(f"/hertil/{code.replace('-', '')}").status_code == 200
    assert tablet.post("/hertil", code=code).status_code == 303, "another's attempt did not use it up"
    assert world.nurse().post("/hertil", code=code).status_code == 422


def test_d06_a_pairing_code_lives_two_minutes(world: NurseWorld, nurse: Nurse) -> None:
    consultation = world.waiting(nurse)
    code = code_on(nurse, consultation).replace("-", "")
    whose = f"{TENANT}:{nurse.session.person}"
    assert world.gateway.onetime.take("pairing", code, world.later(minutes=2.01), whose) is None
    assert world.gateway.onetime.take("pairing", code, world.later(minutes=1), whose) is not None


def test_d06_taken_to_another_device_the_citizens_page_empties(world: NurseWorld, nurse: Nurse) -> None:
    device = handed(world, nurse)
    office = world.nurse()
    office.post(f"/konsultation/{device.consultation.id}/aabn")
    assert device.state()["screen"] == "blank"
    assert not world.reload(device.consultation).with_citizen
    assert device.client.get("/").status_code == 404, "still no way out without the code or a login"
