"""Every state of a page that people meet, each made from nothing: for the contact sheet and for what axe says (U12).

``STATES`` maps a name to whom it is shown to and how it is made; ``make`` returns the address. One gateway holds them
all, without live or media process: what a page says of its line is the line of an empty room.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta

from gateway.access import CLINIC_COOKIE, EMPLOYEE_COOKIE, actor
from gateway.domain.citizen.citizen import Certainty, OwnPractice
from gateway.domain.consultation import arranging, queueing, rehearsal, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.case import Consent, ConsentAnswer
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import LaunchChannel
from gateway.domain.peers.delivery import Outcome
from gateway.domain.people import SYSTEM, Actor
from gateway.domain.practice import VideoHours
from gateway.domain.scope import SystemScope
from gateway.services.act import acting
from gateway.services.launch import refuse_contact
from tests.support.consultations import case, placed
from tests.unit.web.acts import exercises
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import ALL_WEEK, OWN, SECOND, UNCONNECTED

Made = tuple[str, str, str]  # the cookie's name, its value, the address


@dataclass(frozen=True)
class State:
    make: Callable[[Stage], Made]


def _hers(stage: Stage, found: Consultation, more: str = "") -> Made:
    stage.gateway.access.see_citizen(stage.nurse.session, found.id)
    return EMPLOYEE_COOKIE, stage.nurse.token, f"/konsultation/{found.id}{more}"


def _page(address: str) -> Callable[[Stage], Made]:
    return lambda stage: (EMPLOYEE_COOKIE, stage.nurse.token, address)


def _at(name: str, more: str = "", **changes: object) -> Callable[[Stage], Made]:
    return lambda stage: _hers(stage, stage.at(name, **changes), more)


def _of(made: Callable[[Stage], Consultation], more: str = "") -> Callable[[Stage], Made]:
    return lambda stage: _hers(stage, made(stage), more)


def _first_time(stage: Stage) -> Made:
    return EMPLOYEE_COOKIE, stage.world.nurse("Vera Vikar", known=False).token, "/mine-oplysninger"


# ---- the start page, by what is known of the practice


def _hours(stage: Stage, hours: VideoHours, practice: Ydernummer = OWN) -> None:
    stage.gateway.practices.set_hours(practice, hours, SYSTEM, stage.now)


def _start_where(hours: Callable[[Stage], VideoHours]) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        _hours(stage, hours(stage))
        return _hers(stage, stage.at("draft"))

    return made


def _closed(_stage: Stage) -> VideoHours:
    return replace(ALL_WEEK, switch=False)


def _paused(stage: Stage) -> VideoHours:
    return replace(ALL_WEEK, paused_until=stage.now + timedelta(minutes=40))


def _agreed_only(_stage: Stage) -> VideoHours:
    return replace(ALL_WEEK, agreed_only=True)


def _draft_at(practice: Ydernummer, certainty: Certainty = Certainty.CERTAIN) -> Callable[[Stage], Made]:
    own = OwnPractice(practice, "eoj", date(2026, 11, 23), certainty)
    return lambda stage: _hers(stage, stage.at("draft", cases=(replace(case(), own_practice=own),)))


def _attended(stage: Stage) -> Made:
    stage.gateway.practices.attend(exercises.HOUSE, [OWN], stage.now)
    return _hers(stage, stage.at("draft"))


# ---- waiting


def _after(name: str, move: Callable[[Stage, Consultation], Consultation]) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        found = stage.at(name)
        return _hers(stage, stage.world.does(found, lambda c: move(stage, c)))

    return made


def _seen(stage: Stage, c: Consultation) -> Consultation:
    return queueing.see(c, c.entries[-1].id, stage.now, stage.actor)


def _written(stage: Stage, c: Consultation) -> Consultation:
    words = "Vi er ca. 10 min. forsinket. Hav medicinlisten klar."
    return arranging.remark(_seen(stage, c), stage.gateway.ids.new(), words, stage.now, stage.actor)


def _not_seen(stage: Stage, c: Consultation) -> Consultation:
    return c.with_entry(replace(c.entries[-1], told_not_seen=True)).noting("not-seen-in-time", stage.now, SYSTEM)


def _missed(stage: Stage, c: Consultation) -> Consultation:
    return ringing.miss(c, stage.now, SYSTEM)


def _planned(stage: Stage) -> Made:
    found = replace(stage.at("draft"), agreed_at=stage.now + timedelta(hours=3))
    return _hers(stage, stage.gateway.store.commit(placed(found, OWN, at=stage.now, connections=stage.doors)))


def _rejected(reason: RejectReason) -> Callable[[Stage], Made]:
    def move(stage: Stage, c: Consultation) -> Consultation:
        return queueing.reject(c, reason, "Ring til os i morgen kl. 8.", stage.now, stage.actor)

    return _after("waiting", move)


def _expired(stage: Stage, c: Consultation) -> Consultation:
    return queueing.expire(c, "not-answered", stage.now, SYSTEM)


def _refused(stage: Stage) -> Made:
    found, by = stage.at("draft"), acting(None, actor(stage.nurse.session), stage.gateway.ports)
    said = Consent(ConsentAnswer.REFUSED, by.actor.name, by.actor.id, by.at, "2026-1")
    return _hers(stage, stage.world.does(found, lambda c: refuse_contact(c, c.cases[0].id, said, by)))


# ---- the note


def _sent(stage: Stage) -> Consultation:
    found = stage.at("review")
    said = {"text": "Penicillin i syv dage.", **exercises.PERSON}
    stage.nurse.send(f"/api/v1/consultations/{found.id}/approve", said)
    return stage.world.reload(found)


def _attempted(outcome: Outcome, fault: str) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        found, outbox = _sent(stage), stage.gateway.outbox
        for owed in stage.gateway.store.deliveries_of(SystemScope(), found.id):
            if owed.kind == "note" and (attempt := outbox.claim(timedelta(minutes=1), owed.id)) is not None:
                outbox.settle(attempt, outcome, pause=timedelta(minutes=5), fault=fault)
        return _hers(stage, found)

    return made


# ---- an Øvekald


def _rehearsed(name: str) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        own = rehearsal.own_practice(date(2026, 11, 23))
        opened = replace(case(), own_practice=own, eoj_connection="", record_ref="")
        found = replace(stage.at("draft", cases=(opened,)), channel=str(LaunchChannel.REHEARSAL))
        if name != "start":
            found = placed(found, rehearsal.NUMBER, at=stage.now)
        if name == "ring":
            found = ringing.accept(found, stage.now, rehearsal.DOCTOR, rehearsal.DOCTOR.name)
        return _hers(stage, stage.gateway.store.commit(found))

    return made


# ---- the citizen's page and the clinic's


def _alone(name: str) -> Callable[[Stage], Made]:
    return lambda stage: (EMPLOYEE_COOKIE, stage.citizen(stage.at(f"alone {name}")).token, "/borger")


def _alone_ended(stage: Stage) -> Made:
    found = stage.at("alone talk")
    stage.world.does(found, lambda c: talking.hang_up(c, stage.now, SYSTEM))
    return EMPLOYEE_COOKIE, stage.citizen(found).token, "/borger"


def _clinic(address: str) -> Callable[[Stage], Made]:
    return lambda stage: (CLINIC_COOKIE, stage.doctor.token, address)


def _waiting_room(how_many: int) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        _everybody_leaves(stage)
        for number in range(how_many):
            stage.at("waiting", cases=(case(number % 6, practice=OWN),))
        return CLINIC_COOKIE, stage.doctor.token, "/klinik"

    return made


def _everybody_leaves(stage: Stage) -> None:
    known = stage.gateway.store.at_clinic([OWN, SECOND, UNCONNECTED], stage.now - timedelta(days=1))
    for one in known:
        if one.entry_open:
            end = queueing.expire if one.entry and one.entry.status.waits else _break_off
            stage.world.does(one, lambda c, end=end: end(c, "not-answered", stage.now, SYSTEM))


def _break_off(c: Consultation, _why: str, at: datetime, by: Actor) -> Consultation:
    return talking.hang_up(c, at, by) if c.entry and c.entry.started_at else queueing.expire(c, _why, at, by)


def _entry(name: str, address: str) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        entry = stage.at(name).entries[-1].id
        return CLINIC_COOKIE, stage.doctor.token, address.format(entry=entry)

    return made


def _waiting_room_where(hours: Callable[[Stage], VideoHours]) -> Callable[[Stage], Made]:
    def made(stage: Stage) -> Made:
        for practice in (OWN, SECOND):
            _hours(stage, hours(stage), practice)
        return _waiting_room(1)(stage)

    return made


def _after_call(stage: Stage) -> Made:
    found = stage.at("review")
    return CLINIC_COOKIE, stage.doctor.token, f"/klinik/samtale/{found.entries[-1].id}"


STATES: dict[str, State] = {
    "login": State(lambda _stage: ("", "", "/login")),
    "help": State(_page("/hjaelp")),
    "film": State(_page("/hjaelp/film?trin=2")),
    "first-time": State(_first_time),
    "mine": State(_page("/")),
    "begin": State(_page("/ny")),
    "wishes": State(_page("/oensker")),
    "workplace": State(_page("/arbejdssted?grund=shift-change")),
    "start": State(_at("draft")),
    "start-attended": State(_attended),
    "start-closed": State(_start_where(_closed)),
    "start-paused": State(_start_where(_paused)),
    "start-agreed-only": State(_start_where(_agreed_only)),
    "start-not-connected": State(_draft_at(UNCONNECTED)),
    "start-uncertain": State(_draft_at(OWN, Certainty.UNCERTAIN)),
    "start-no-practice": State(lambda s: _hers(s, s.at("draft", cases=(replace(case(), own_practice=None),)))),
    "start-round": State(_at("round draft")),
    "queue-placed": State(_at("placed")),
    "queue-received": State(_at("waiting")),
    "queue-seen": State(_after("waiting", _seen)),
    "queue-message": State(_after("waiting", _written)),
    "queue-not-seen": State(_after("waiting", _not_seen)),
    "queue-missed": State(_after("ringing", _missed)),
    "planned": State(_planned),
    "ring": State(_at("ringing")),
    "call": State(_at("talk")),
    "call-round": State(_of(exercises.pointed_at)),
    "phone": State(_at("waiting", "/telefon")),
    "hand-over": State(_of(exercises.citizens_form, "/giv-enheden")),
    "note": State(_at("review")),
    "note-round": State(_of(exercises.reviewed_round)),
    "note-sent": State(_of(_sent)),
    "note-retrying": State(_attempted(Outcome.NOT_DONE, "unavailable")),
    "note-unknown": State(_attempted(Outcome.UNKNOWN, "no-answer")),
    "note-refused": State(_attempted(Outcome.REFUSED, "record-locked")),
    "note-by-hand": State(_of(exercises.unfiled)),
    "note-nameless": State(_of(exercises.nameless)),
    "note-answered": State(_of(exercises.answered)),
    **{f"rejected-{reason}": State(_rejected(reason)) for reason in RejectReason},
    "refused-by-citizen": State(_refused),
    "expired": State(_after("waiting", _expired)),
    "rehearsal-start": State(_rehearsed("start")),
    "rehearsal-queue": State(_rehearsed("queue")),
    "rehearsal-ring": State(_rehearsed("ring")),
    "citizen-waiting": State(_alone("waiting")),
    "citizen-ring": State(_alone("ringing")),
    "citizen-talk": State(_alone("talk")),
    "citizen-ended": State(_alone_ended),
    "clinic-empty": State(_waiting_room(0)),
    "clinic-one": State(_waiting_room(1)),
    "clinic-twelve": State(_waiting_room(12)),
    "clinic-pane": State(_entry("waiting", "/klinik/kald/{entry}")),
    "clinic-call": State(_entry("talk", "/klinik/samtale/{entry}")),
    "clinic-calling": State(_entry("ringing", "/klinik/samtale/{entry}")),
    "clinic-after": State(_after_call),
    "clinic-closed": State(_waiting_room_where(_closed)),
    "clinic-paused": State(_waiting_room_where(_paused)),
    "clinic-today": State(_clinic("/klinik/dagens-liste")),
    "clinic-settings": State(_clinic("/klinik/indstillinger")),
}


def made(stage: Stage, name: str) -> Made:
    """The state, with the practices as every other begins with."""
    for practice in (OWN, SECOND):
        _hours(stage, ALL_WEEK, practice)
    return STATES[name].make(stage)
