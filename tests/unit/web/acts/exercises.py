"""Every act of the table once, by who may and verb: what it says and from which state."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from typing import Any

from gateway.domain.citizen.finding import Finding, Outcome
from gateway.domain.consultation import arranging, guests, ringing, rounds
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.rehearsal import DOCTOR, NUMBER
from gateway.domain.identifiers import Cpr
from gateway.domain.launch import LaunchChannel
from gateway.domain.note import replies, review
from gateway.domain.peers.messages import FoundCitizen
from gateway.domain.people import SYSTEM, Actor, ActorKind, Form
from gateway.domain.session import OneTimeSecret
from gateway.web.arrival import replaced_record, second_launch, typed_number
from tests.support.consultations import case, placed
from tests.unit.web.acts.console_exercises import CONSOLE
from tests.unit.web.acts.stage import CODE, HOUSE, Body, Exercise, Made, Stage
from tests.unit.web.acts.still_exercises import CLINIC_STILLS, EMPLOYEE_STILLS
from tests.unit.web.nurse_world import CPR, FILLED, OWN, SECOND, STATION, TENANT, UNCONNECTED, Nurse

PERSON = {"clinician": "Lise Hansen"}
WORDS = {"text": "Vi er klar om lidt"}
E = Exercise


def case_of(_stage: Stage, c: Consultation) -> Body:
    return {"case": str(c.cases[0].id)}


def at_noon(stage: Stage, _c: Consultation) -> Body:
    tomorrow = (stage.now + timedelta(days=1)).date()
    return {"date": tomorrow.isoformat(), "time": "12:00", "with": "Sekretær Test Jensen"}


def in_an_hour(stage: Stage, _c: Consultation) -> Body:
    return {"at": (stage.now + timedelta(hours=1)).isoformat()}


def proposed_by(kind: ActorKind) -> Made:
    def made(stage: Stage) -> Consultation:
        c, who = stage.at("waiting"), Actor(kind, "somebody", "Somebody")
        return stage.world.does(c, lambda c: arranging.propose_time(c, stage.now + timedelta(hours=1), stage.now, who))

    return made


def pointed_at(stage: Stage) -> Consultation:
    c = stage.at("round talk")
    return stage.world.does(c, lambda c: rounds.talk_about(c, c.cases[0].id, stage.now, stage.actor))


def reviewed_round(stage: Stage) -> Consultation:
    """One citizen was talked about, the other was not."""
    c = pointed_at(stage)
    stage.nurse.send(f"/api/v1/consultations/{c.id}/hang-up")
    return stage.world.reload(c)


def nothing_left(stage: Stage) -> Consultation:
    c = stage.at("round talk")
    stage.nurse.send(f"/api/v1/consultations/{c.id}/hang-up")
    return stage.world.reload(c)


def unfiled(stage: Stage) -> Consultation:
    """Its record cannot take the note, so it waits for a hand."""
    c = stage.at("review")
    loose = replace(c, cases=(replace(c.cases[0], record_ref="", eoj_connection=""),))
    c = stage.gateway.store.commit(loose)
    stage.nurse.send(f"/api/v1/consultations/{c.id}/approve", {"text": "Aftalt", **PERSON})
    return stage.world.reload(c)


def answered(stage: Stage) -> Consultation:
    """The care system wrote back about its note."""
    c = stage.at("review")
    return stage.world.does(c, lambda c: replies.arrive(c, c.cases[0].id, stage.now, SYSTEM))


def rehearsed(stage: Stage) -> Consultation:
    """An Øvekald whose invented doctor rings."""
    c = replace(stage.at("draft"), channel=LaunchChannel.REHEARSAL)
    return stage.gateway.store.commit(ringing.accept(placed(c, NUMBER, at=stage.now), stage.now, DOCTOR, DOCTOR.name))


def nameless(stage: Stage) -> Consultation:
    """Sent by the clock before anybody had written who the doctor was."""
    c = stage.at("review")
    unnamed = replace(c, entries=(replace(c.entries[-1], clinician=""),))
    c = stage.gateway.store.commit(unnamed)
    return stage.world.does(c, lambda c: review.send_unreviewed(c, "Fjordby Kommune", stage.now, SYSTEM))


def renumbered(stage: Stage) -> Consultation:
    mine = case(practice=OWN)
    finding = Finding(Outcome.DO_NOT_START, "renumbered", renumbered_to=Cpr(CPR))
    return stage.at("draft", cases=(replace(mine, finding=finding),))


def colleagues(stage: Stage) -> Consultation:
    return stage.at("waiting", responsible=stage.colleague.session.person)


def citizens_form(stage: Stage) -> Consultation:
    return stage.at("waiting", form=Form.CITIZEN_ALONE)


def shown(stage: Stage) -> Consultation:
    c = stage.at("draft")
    stage.gateway.access.see_citizen(stage.nurse.session, c.id)
    return c


def guest_waits(stage: Stage) -> Consultation:
    return stage.with_guest(stage.at("talk"))[0]


def the_guest(_stage: Stage, c: Consultation) -> Body:
    return {"guest": str(c.guests[-1].id)}


def guest_talks(stage: Stage) -> Consultation:
    c = guest_waits(stage)
    return stage.world.does(c, lambda c: guests.admit(c, c.guests[-1].id, stage.now, SYSTEM))


def as_guest(stage: Stage, c: Consultation) -> Any:
    return stage.guest_seat(c)


def day(stage: Stage) -> str:
    return (stage.now + timedelta(days=1)).date().isoformat()


def card(stage: Stage, _c: object) -> Body:
    found = FoundCitizen(case(3).citizen, "Patient/sto", None)
    return {"token": stage.keep(typed_number.KIND, shown_card(found), str(stage.nurse.session.id))}


def replacement(stage: Stage, _c: object) -> Body:
    found = FoundCitizen(case(3).citizen, "Patient/sto", None)
    return {"token": stage.keep(replaced_record.KIND, shown_card(found), str(stage.nurse.session.id))}


def shown_card(found: FoundCitizen) -> Body:
    return typed_number.card(found, LaunchChannel.LOGIN, "eoj")


def waiting_launch(stage: Stage, c: Consultation) -> Body:
    found = typed_number.written(FoundCitizen(c.cases[0].citizen, c.cases[0].record_ref, None))
    waits = {"standing": str(c.id), "channel": "login", "connection": "", "found": found, "agreement": None}
    return {"token": stage.keep(second_launch.KIND, waits, str(stage.nurse.session.id))}


def pairing(stage: Stage, c: Consultation) -> Body:
    code, session = "ABCD2345", stage.nurse.session
    until = stage.now + timedelta(minutes=1)
    payload = json.dumps({"consultation": str(c.id)})
    stage.gateway.onetime.keep(OneTimeSecret("pairing", until, payload, f"{TENANT}:{session.person}"), code)
    return {"code": code}


def other_case(_stage: Stage, c: Consultation) -> Body:
    return {"case": str(c.cases[1].id), "discussed": "yes"}


def all_notes(_stage: Stage, c: Consultation) -> Body:
    return {"case": "all", "text": {str(c.cases[0].id): "Aftalt om sår"}, **PERSON}


def into_round(stage: Stage, c: Consultation) -> Body:
    return {"id": c.id, "round_id": stage.at("round waiting").id}


def practice(_stage: Stage, _c: object) -> Body:
    return {"ydernummer": str(UNCONNECTED)}


def again(stage: Stage, _c: object) -> Nurse:
    """Another session of the same employee, which may end."""
    return stage.world.nurse()


def setting(**body: str) -> Exercise:
    return E("", body, named=practice)


def alone(state: str, **body: str) -> Exercise:
    return E(f"alone {state}", body, by=lambda stage, c: stage.citizen(c))


AGREED = {"agreed_with": "Sekretær Test Jensen"}
EMPLOYEE = EMPLOYEE_STILLS | {
    "place": E("draft", FILLED | {"ydernummer": str(OWN)}),
    "keep-reason": E("draft", {"reason": "Sår på benet"}),
    "choose-practice": E("draft", {"ydernummer": str(SECOND)}),
    "leave-unstarted": E("draft", {"cause": "closed"}),
    "correct-reason": E("waiting", {"reason": "Såret på benet væsker mere nu"}),
    "step-away": E("waiting", {"availability": "away"}),
    "report-device": E("waiting", {"verdict": "good"}),
    "withdraw": E("waiting", {"reason": "solved"}),
    "wrong-citizen": E("waiting"),
    "place-again": E("deciding", {"ydernummer": str(SECOND), "basis": "agreed"}),
    "place-agreed": E("deciding", at_noon),
    "transfer": E("waiting", {"ydernummer": str(SECOND)}),
    "give-up": E("deciding"),
    "remark": E("waiting", WORDS),
    "propose-time": E("waiting", in_an_hour),
    "agree-time": E(proposed_by(ActorKind.CLINIC)),
    "answer": E("ringing"),
    "extend": E("ringing"),
    "hang-up": E("talk"),
    "break-off": E("talk", {"cause": "technical"}),
    "hold-by-phone": E("waiting", PERSON),
    "phone-unreached": E("waiting"),
    "name-clinician": E("ringing", {"clinician": "Lars Læge"}),
    "join": E("ringing"),
    "rehearse": E(),
    "seat-doctor": E(rehearsed),
    "keep-note": E("talk", {"text": "Aftalt om såret"}),
    "approve-note": E("review", {"text": "Aftalt om såret", **PERSON}),
    "approve-notes": E(reviewed_round, all_notes),
    "keep-writing": E("review"),
    "name-afterwards": E(nameless, PERSON),
    "read-reply": E(answered, lambda stage, _c: {"until": stage.now.isoformat()}),
    "write-by-hand": E(unfiled, case_of),
    "put-in-record": E(unfiled, case_of),
    "talk-about": E("round talk", case_of),
    "withdraw-consent": E(pointed_at),
    "take-out": E("round waiting", lambda stage, c: case_of(stage, c) | {"reason": "not-today"}),
    "settle-discussed": E(reviewed_round, other_case),
    "finish-round": E(nothing_left),
    "begin-round": E("", {"ydernummer": str(OWN), "kind": "round", **AGREED}),
    "add-to-round": E("draft", {"consent": {"answer": "given"}, "reason": "Sår på benet væsker"}, named=into_round),
    "hand-over": E(citizens_form, {"code": CODE, "locked": "yes"}, by=again),
    "take-over": E(colleagues),
    "take-over-standing": E(colleagues, waiting_launch),
    "go-on": E("waiting", waiting_launch),
    "start-another": E("waiting", waiting_launch),
    "keep-workstation": E("", STATION),
    "search": E("", {"cpr": CPR}, status=503),  # the care system is away; that she looked is written
    "new-number": E(renumbered, status=503),
    "confirm": E("", card),
    "deny": E("", card),
    "show-replacement": E("", replacement),
    "without-number": E("", {"called": "Hans", "because": "tourist", **AGREED}),
    "reopen": E("draft"),
    "log-citizen-out": E(shown),
    "offer": E(shown),
    "claim": E("waiting", pairing),
}
CLINIC = CLINIC_STILLS | {
    "see": E("waiting"),
    "accept": E("waiting"),
    "reject": E("waiting", {"reason": "not-today"}),
    "put-back": E("ringing"),
    "hang-up": E("talk"),
    "name-clinician": E("ringing", {"clinician": "Lars Læge"}),
    "call-employee": E("alone waiting"),
    "add-clinic-text": E("review", {"text": "Ses igen om en uge"}),
    "keep-clinic-draft": E("talk", {"text": "Ses igen"}),
    "remark": E("waiting", WORDS),
    "ring-instead": E("waiting"),
    "address-to": E("waiting", {"colleague": "Lars Læge"}),
    "move-forward": E("waiting", {"reason": "worse"}),
    "propose-time": E("waiting", in_an_hour),
    "agree-time": E(proposed_by(ActorKind.EMPLOYEE)),
    "take-back-rejection": E("deciding"),
    "invite-guest": E("talk", {"role": "relative"}),
    "admit-guest": E(guest_waits, the_guest),
    "send-guest-out": E(guest_waits, the_guest),
    "lock-room": E("talk", {"on": True}),
    "join": E("ringing"),
    "show-identifier": E("waiting"),
    "change-clinic": E("", {"clinic": str(HOUSE)}),
    "set-week": setting(**{"opens-0-0": "09:00", "closes-0-0": "15:00"}),
    "set-switch": setting(switch="open"),
    "set-pause": setting(until="13:00"),
    "close-for-holiday": E("", lambda stage, _c: {"from": day(stage), "to": day(stage)}, named=practice),
    "open-day": E("", lambda stage, _c: {"day": day(stage)}, named=practice),
    "set-policy": setting(agreement="free"),
    "set-relay-only": setting(relay_only="on"),
    "set-direct-phone": setting(direct_phone="31 22 11 00"),
    "reject-all": E("waiting", {"reason": "not-today"}, named=lambda _stage, _c: {"ydernummer": str(OWN)}),
}
CITIZEN = {
    "answer": alone("ringing"),
    "be-here": alone("waiting"),
    "join": alone("talk"),
    "finish-as-citizen": alone("talk"),
    "choose-language": alone("waiting", language="en"),
    "take-back-device": alone("waiting", code=CODE),
}
GUEST = {
    "join": E(guest_talks, by=as_guest),
    "leave-as-guest": E(guest_talks, by=as_guest),
}
ANYONE = {
    "probe": E(),
    "report": E("", {"kind": "fault", "text": "Lyden er lav"}),
    "end": E(by=again),
}


EXERCISES = {
    "employee": EMPLOYEE,
    "clinic": CLINIC,
    "citizen": CITIZEN,
    "guest": GUEST,
    "anyone": ANYONE,
    "console": CONSOLE,
}
