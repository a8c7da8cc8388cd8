"""Pictures for the note: offered where all allow it, taken after a yes, filed only when they are left chosen."""

from __future__ import annotations

import base64
from datetime import timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.events import DebtKind
from gateway.domain.note.still import StillRefusal
from gateway.domain.peers.delivery import DeliveryStatus, Outcome
from gateway.domain.scope import SystemScope
from gateway.services import deliver
from gateway.store.consultation.tables import still as table
from gateway.store.ground.engine import transaction
from gateway.store.peers.connections import Stanza
from gateway.web.words.talk.stills import refusal_words
from tests.support.pages.jpegs import jpeg, segment
from tests.support.peers.memory_peers import ALL, MemoryPeers
from tests.unit.stills.test_carrying import Keeping, WithoutPictures
from tests.unit.web.acts.stage import Stage
from tests.unit.web.acts.still_exercises import allowed, taken, talking

EXIF = segment(0xE1, b"Exif\0\0 55.676 12.568")
NAMED = {"clinician": "Lise Hansen"}


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    return Stage(tmp_path)


def kept(stage: Stage) -> int:
    with transaction(stage.gateway.engine, SystemScope(), read_only=True) as connection:
        return len(connection.execute(select(table.c.id)).all())


def page_of(stage: Stage, c: Consultation) -> str:
    stage.gateway.access.see_citizen(stage.nurse.session, c.id)
    return stage.nurse.get(f"/konsultation/{c.id}").get_data(as_text=True)


def api(c: Consultation, last: str = "") -> str:
    return f"/api/v1/consultations/{c.id}/stills{last}"


def pressed_by_the_doctor(stage: Stage, c: Consultation) -> int:
    address = f"/api/v1/entries/{c.entries[-1].id}/ask-still"
    return stage.doctor.client.post(address, json={}, headers={"X-CSRF-Token": stage.doctor.csrf}).status_code


def without_the_organisation(stage: Stage) -> Consultation:
    return stage.at("talk")


def without_the_record(stage: Stage) -> Consultation:
    c = talking(stage)
    g = stage.gateway
    config = dict(g.peers.in_use.named("eoj-nexus").config) | {"takes_pictures": False}
    stanza = Stanza("eoj-nexus", "eoj", "smart_fhir", c.tenant, config, synthetic=True)
    g.connections.apply(stanza, "test", "test", stage.now)
    g.peers.in_use.read_again()
    return c


def with_the_citizen(stage: Stage) -> Consultation:
    stage.world.settle({"stills": True})
    return stage.at("alone talk")


@pytest.mark.parametrize("lacking", [without_the_organisation, without_the_record, with_the_citizen])
def test_where_one_of_them_does_not_allow_it_nothing_is_offered(stage: Stage, lacking: object) -> None:
    c = lacking(stage)  # type: ignore[operator]
    assert 'data-testid="stills"' not in page_of(stage, c)
    assert stage.nurse.send(api(c, "/allow")).status_code == 404
    assert stage.nurse.send(api(c), {"still": base64.b64encode(jpeg()).decode()}).status_code == 404
    assert pressed_by_the_doctor(stage, c) == 404
    assert kept(stage) == 0


def test_the_doctor_asks_the_citizen_says_yes_and_the_words_are_kept(stage: Stage) -> None:
    c = talking(stage)
    assert pressed_by_the_doctor(stage, c) == 200
    page = page_of(stage, c)
    assert "Lægen beder om et billede" in page and "Må vi tage billeder til din journal?" in page
    assert stage.nurse.send(api(c, "/allow")).status_code == 200
    consent = stage.world.reload(c).cases[0].stills_consent
    assert consent is not None and consent.words in page and consent.declared_by == "Mette Holm"
    rows = [row.kind for row in stage.gateway.store.timeline(SystemScope(), c.id)]
    assert rows[-2:] == ["still-asked", "stills-allowed"]


@pytest.mark.parametrize(
    ("octets", "status"),
    [
        (jpeg(), 200),
        (jpeg(beside=EXIF), 422),
        (jpeg() + b"PK", 422),
        (b"<svg onload=alert(1)>", 422),
        (b"\xff" * 600_001, 422),
    ],
)
def test_only_a_bare_picture_is_kept(stage: Stage, octets: bytes, status: int) -> None:
    c = allowed(stage)
    answer = stage.nurse.send(api(c), {"still": base64.b64encode(octets).decode()})
    assert answer.status_code == status
    assert kept(stage) == int(status == 200)
    assert "JFIF" not in answer.get_data(as_text=True)


def test_a_picture_is_shown_to_both_sides_as_nothing_but_a_picture(stage: Stage) -> None:
    c = taken(stage)
    stage.gateway.access.see_citizen(stage.nurse.session, c.id)
    last, entry = c.cases[0].stills[0].id, c.entries[-1].id
    for shown in (
        stage.nurse.get(f"/konsultation/{c.id}/billede/{last}"),
        stage.doctor.client.get(f"/klinik/samtale/{entry}/billede/{last}"),
    ):
        assert (shown.status_code, shown.data, shown.mimetype) == (200, jpeg(), "image/jpeg")
        assert shown.headers["Cache-Control"] == "no-store" and shown.headers["X-Content-Type-Options"] == "nosniff"
        assert shown.headers["Content-Security-Policy"] == "sandbox"
    assert stage.colleague.get(f"/konsultation/{c.id}/billede/{last}").status_code == 404
    other = taken(stage)
    stage.gateway.access.see_citizen(stage.nurse.session, other.id)
    assert stage.nurse.get(f"/konsultation/{other.id}/billede/{last}").status_code == 404


def test_whoever_withdraws_finds_nothing_any_more(stage: Stage) -> None:
    c = taken(stage)
    assert stage.nurse.send(api(c, "/withdraw")).status_code == 200
    assert kept(stage) == 0
    stage.gateway.access.see_citizen(stage.nurse.session, c.id)
    assert stage.nurse.get(f"/konsultation/{c.id}/billede/{c.cases[0].stills[0].id}").status_code == 404
    assert "Borgeren siger ja" in page_of(stage, c)


@pytest.mark.parametrize("chosen", [True, False])
def test_only_what_is_left_ticked_goes_with_the_note(stage: Stage, chosen: bool) -> None:
    c = taken(stage)
    stage.nurse.send(f"/api/v1/consultations/{c.id}/hang-up")
    name = f"stills.{c.cases[0].stills[0].id}"
    page = page_of(stage, c)
    assert f'name="{name}" value="yes" checked' in page
    body = page.partition('action="' + f"/konsultation/{c.id}/godkend")[2].partition("</form>")[0]
    first = body.partition("<button")[2].partition(">")[0]
    assert "form=" in first or "approve" in first, "Enter in a field approves and erases nothing"
    ticked = {name: "yes"} if chosen else {}
    assert stage.nurse.post(f"/konsultation/{c.id}/godkend", text="Aftalt", **NAMED, **ticked).status_code == 303
    assert kept(stage) == int(chosen)
    assert ("på vej til journalen" in page_of(stage, c)) is chosen
    stage.nurse.post(f"/konsultation/{c.id}/fortryd-billeder")
    assert kept(stage) == 0


def attempted(stage: Stage, c: Consultation, peer: Keeping) -> Outcome:
    """One attempt at the note, over the store that the pages read."""
    gateway = stage.gateway
    (id,) = [row.id for row in gateway.store.deliveries_of(SystemScope(), c.id) if row.kind == DebtKind.NOTE]
    claimed = gateway.outbox.claim(timedelta(seconds=30), id)
    assert claimed is not None
    peers = MemoryPeers(peer)
    peers.synthetic = c.synthetic
    use = deliver.Attempting(gateway.store, gateway.outbox, peers, gateway.clock, "", lambda: 1.0, gateway.stills)
    return deliver.attempt(claimed, use)


def refused(stage: Stage, peer: Keeping) -> Consultation:
    c = taken(stage)
    stage.nurse.send(f"/api/v1/consultations/{c.id}/hang-up")
    name = f"stills.{c.cases[0].stills[0].id}"
    stage.gateway.access.see_citizen(stage.nurse.session, c.id)
    assert stage.nurse.post(f"/konsultation/{c.id}/godkend", text="Aftalt", **NAMED, **{name: "yes"}).status_code == 303
    assert attempted(stage, c, peer) is Outcome.REFUSED
    return c


@pytest.mark.parametrize("why", StillRefusal)
def test_a_refused_picture_is_said_with_what_was_filed_and_what_can_be_done(stage: Stage, why: StillRefusal) -> None:
    peer = WithoutPictures(why=why)
    c = refused(stage, peer)
    said = page_of(stage, c).partition('data-testid="stills-refused"')[2]
    assert "Notatet er lagt i journalen. Billedet er ikke: " in said and refusal_words()[why] in said
    assert "Lad notatet stå uden billedet" in said and "Send billedet igen" in said
    assert "Notatet kunne ikke lægges" not in said and "på vej til journalen" not in page_of(stage, c)
    mine = stage.nurse.get("/").get_data(as_text=True)
    assert "Et billede kunne ikke lægges i journalen" in mine
    stage.nurse.client.set_cookie("laegebro_language", "en", domain="localhost")
    english = page_of(stage, c).partition('data-testid="stills-refused"')[2]
    assert "The note has been filed in the record. The picture has not: " in english
    assert "Let the note stand without the picture" in english and "Send the picture again" in english


@pytest.mark.parametrize("act", ["udelad-billeder", "send-billeder-igen", "fortryd-billeder"])
def test_whatever_is_chosen_the_note_is_filed_once_and_nothing_is_kept(stage: Stage, act: str) -> None:
    peer = WithoutPictures()
    c = refused(stage, peer)
    assert kept(stage) == 1
    assert stage.nurse.post(f"/konsultation/{c.id}/{act}").status_code == 303
    peer.why = None  # from now on it takes pictures
    assert attempted(stage, c, peer) is Outcome.DONE
    assert kept(stage) == 0 and len(peer.held) == 1
    assert len(peer.given[-1]) == int(act == "send-billeder-igen")
    page = page_of(stage, c)
    assert 'data-state="filed"' in page and 'data-testid="stills-refused"' not in page
    (row,) = [row for row in stage.gateway.store.deliveries_of(SystemScope(), c.id) if row.kind == DebtKind.NOTE]
    assert row.status == DeliveryStatus.DONE


def test_where_the_record_has_ceased_to_take_pictures_the_note_goes_without(stage: Stage) -> None:
    peer = Keeping(capabilities=ALL - {Capability.STILLS})
    c = refused(stage, peer)
    page = page_of(stage, c)
    assert "Notatet er ikke lagt i journalen endnu" in page and "Send notatet uden billedet" in page
    stage.nurse.post(f"/konsultation/{c.id}/udelad-billeder")
    assert attempted(stage, c, peer) is Outcome.DONE
    assert peer.given == [()] and kept(stage) == 0
