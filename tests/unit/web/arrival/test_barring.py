"""Barred means out: of every session and door, at once, and what she had open is her workplace's."""

from __future__ import annotations

import pytest

from gateway import barring
from gateway.access import CLINIC_COOKIE
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Availability, Consultation, Status
from gateway.domain.errors import AccessBarred
from gateway.domain.people import SYSTEM
from gateway.domain.records import Signature
from gateway.domain.session import Grant
from gateway.store.ground.signing import NotSigned
from gateway.store.ground.tables_audit import audit
from gateway.store.people.organisations import Clinic
from tests.unit.web.nurse_world import DOCTOR, NAME, OWN, STATION, TENANT, Nurse, NurseWorld

HOUSE = TENANT  # any id


def bar(world: NurseWorld, nurse: Nurse) -> tuple[int, int]:
    """As the command does it: sessions ended, consultations handed over."""
    hand = world.gateway.signed(Signature("anna", "people bar", "bortvist"))
    subject = nurse.session.grant.subject
    ended = hand.barrings.bar(nurse.session.person, subject, TENANT, world.later())
    return ended, barring.hand_over(hand, nurse.session.person, TENANT)


def in_call(world: NurseWorld, nurse: Nurse) -> Consultation:
    waiting = world.waiting(nurse)
    now = world.later()
    world.does(waiting, lambda c: ringing.accept(c, now, DOCTOR, "Lise Hansen"))
    return world.does(waiting, lambda c: ringing.start_talk(ringing.answer(c, now, SYSTEM), now, SYSTEM))


def test_all_her_sessions_end_at_once_and_nobody_elses(world: NurseWorld) -> None:
    mette, tablet, karen = world.nurse(), world.nurse(), world.nurse("Karen Kollega")
    assert bar(world, mette) == (2, 0)
    for gone in (mette, tablet):
        assert gone.get("/").status_code == 303 and "/login" in str(gone.get("/").location)
        assert gone.send("/api/v1/consultations/x/place").status_code in (401, 404)
    assert karen.get("/").status_code == 200


def test_a_session_written_beside_the_barring_opens_nothing(world: NurseWorld) -> None:
    """A login that was under way commits its session after the barring has looked for sessions to end."""
    mette = world.nurse()
    world.gateway.signed(Signature("anna", "people bar")).barrings.bar(
        mette.session.person, "somebody-else", TENANT, world.later()
    )
    assert world.gateway.sessions.read(mette.token, world.later()) is None


def test_every_way_in_is_refused_with_whom_to_ask(world: NurseWorld) -> None:
    world.settle({"support_name": "Digital support", "support_phone": "99 00 01 99"})
    mette = world.nurse()
    bar(world, mette)
    with pytest.raises(AccessBarred):
        world.nurse()
    with pytest.raises(AccessBarred), world.gateway.engine.begin() as connection:
        world.gateway.employees.recognition(TENANT, mette.session.grant, world.later())[1](connection)

    @world.app.get("/test-barred")
    def barred() -> str:
        raise AccessBarred(str(TENANT), mette.session.person)

    barred.audience = "public"  # type: ignore[attr-defined]
    page = world.app.test_client().get("/test-barred")
    assert page.status_code == 403
    text = page.get_data(as_text=True)
    with world.gateway.engine.connect() as connection:
        tried = connection.execute(audit.select().where(audit.c.basis == "access-barred")).all()
    assert [(row.actor_id, row.tenant, row.verb) for row in tried] == [(mette.session.person, TENANT, "refused")]
    assert "Din adgang til Lægebro er spærret" in text and "Digital support 99 00 01 99" in text


def test_what_she_had_open_is_on_her_workplaces_list(world: NurseWorld) -> None:
    mette, karen = world.nurse(), world.nurse("Karen Kollega")
    waiting = world.waiting(mette)
    assert bar(world, mette)[1] == 1
    handed = world.reload(waiting)
    assert (handed.responsible_name, handed.status, handed.availability) == (
        STATION["workplace"],
        Status.WAITING,
        Availability.AWAY,
    )
    assert handed.entries[-1].place == waiting.entries[-1].place
    assert NAME in karen.get("/arbejdssted?grund=colleague-away").get_data(as_text=True)
    assert karen.post(f"/konsultation/{waiting.id}/overtag").status_code == 303
    assert bar(world, mette)[1] == 0, "a second run finds nothing of hers, and takes nothing from a colleague"
    assert world.reload(waiting).responsible == karen.session.person


def test_a_talk_she_sits_in_ends_and_its_note_is_the_workplaces(world: NurseWorld) -> None:
    mette = world.nurse()
    talking = in_call(world, mette)
    bar(world, mette)
    ended = world.reload(talking)
    assert (ended.status, ended.responsible_name) == (Status.REVIEW, STATION["workplace"])


def test_a_call_that_rings_keeps_its_place(world: NurseWorld) -> None:
    mette = world.nurse()
    waiting = world.waiting(mette)
    world.does(waiting, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
    bar(world, mette)
    kept = world.reload(waiting)
    assert (kept.status, kept.entries[-1].place) == (Status.WAITING, waiting.entries[-1].place)


def test_a_draft_waits_for_nobody_and_stays_hers(world: NurseWorld) -> None:
    mette = world.nurse()
    draft = world.launched(mette)
    assert bar(world, mette)[1] == 0
    assert world.reload(draft).responsible == mette.session.person


def test_a_device_in_the_citizens_hands_ends_too(world: NurseWorld) -> None:
    mette = world.nurse()
    waiting, g = world.waiting(mette), world.gateway
    token, _ = g.access.hand_over(mette.session, waiting.id, "284617", world.later(), id=g.ids.new())
    assert bar(world, mette)[0] == 2
    assert g.access.read(token, world.later()) is None


def test_a_clinics_user_and_an_administrator_are_barred_alike(world: NurseWorld) -> None:
    g = world.gateway
    g.organisations.apply_clinic(Clinic(HOUSE, "Lægerne Torvet", True, (OWN,)))

    def lise() -> str:
        person = g.organisations.recognise_clinic_user("idp-clinic", "lise", "Lise Hansen", "laege", [HOUSE])
        grant = Grant("lise", "Lise Hansen", "laege", "Lægerne Torvet", True, "idp-clinic")
        return g.access.open_clinic(HOUSE, person, grant, world.later(), id=g.ids.new())[0]

    def ida() -> str:
        grant = Grant("ida", "Ida Krag", "Adm", "Fjordby Kommune", False, "idp-fjordby", "", ("support",))
        return g.access.open_console(TENANT, grant, world.later(), id=g.ids.new())[0]

    hand = g.signed(Signature("anna", "people bar", "bortvist")).barrings
    for opened, tenant, connection, subject in ((lise, None, "idp-clinic", "lise"), (ida, TENANT, "", "ida")):
        token = opened()
        assert hand.bar(hand.person(tenant, connection, subject), subject, tenant, world.later()) == 1
        assert g.access.read(token, world.later()) is None
        with pytest.raises(AccessBarred):
            opened()
    client = world.app.test_client()
    client.set_cookie(CLINIC_COOKIE, "anything", domain="localhost")
    assert client.get("/klinik").status_code == 303


def test_lifted_she_logs_in_again_and_only_a_signed_hand_does_either(world: NurseWorld) -> None:
    mette = world.nurse()
    bar(world, mette)
    with pytest.raises(NotSigned):
        world.gateway.barrings.lift(mette.session.person, TENANT)
    hand = world.gateway.signed(Signature("anna", "people unbar", "genansat")).barrings
    assert hand.lift(mette.session.person, TENANT) and not hand.lift(mette.session.person, TENANT)
    assert mette.get("/").status_code == 303, "an ended session does not come back"
    assert world.nurse().get("/").status_code == 200
