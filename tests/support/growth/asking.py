"""What doors, the relay and administrators ask of the store, called as they call it: with what no act of a person
reaches. Which lines are left out is found by tests/integration/growth, not listed here."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from uuid import UUID, uuid4

from gateway.domain.consultation import opening, undoing
from gateway.domain.consultation.queue_entry import EntryStatus
from gateway.domain.errors import LaegebroError
from gateway.domain.identifiers import Cpr, SorId
from gateway.domain.launch import UsedToken
from gateway.domain.note import picturing
from gateway.domain.note.still import Still
from gateway.domain.peers.breaker import Trouble
from gateway.domain.peers.delivery import Delivery, Outcome, Receipt
from gateway.domain.peers.entry_search import EntrySearch
from gateway.domain.peers.letter import Answer, Letter, LetterKind
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus
from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow, PeerAnswer, Signature, StoredAnswer
from gateway.domain.room import Heartbeat, NodeState, RoomState, SeatState
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.services.call_rooms.placing import place_of
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.peers.connections import Stanza
from gateway.store.peers.health import SqlConnectionHealth
from gateway.store.peers.polling import SqlPollBook
from gateway.store.people.organisations import Clinic, Workplace
from gateway.store.watch.resealing import SqlResealing
from tests.unit.web.acts import exercises
from tests.unit.web.acts.stage import HOUSE, Stage
from tests.unit.web.nurse_world import CPR, OWN, SECOND, STATION, TENANT
from workers.task import attempt_row

GP, EOJ = "venteværelse", "eoj-nexus"
FAR = datetime(9999, 1, 1, tzinfo=UTC)
LONG_AGO = datetime(2000, 1, 1, tzinfo=UTC)


def ask_for_deliveries(stage: Stage) -> None:
    """Found by lane and by id, attempted, refused, crashed until it is set aside, and tried again alone."""
    outbox, c, minute = stage.gateway.outbox, stage.at("waiting"), timedelta(minutes=1)
    for row in stage.gateway.store.deliveries_of(SystemScope(), c.id):
        attempt_row(stage.gateway, row.id)
    note = exercises.nameless(stage)
    for row in stage.gateway.store.deliveries_of(SystemScope(), note.id):
        attempt_row(stage.gateway, row.id)  # its record is away
    outbox.due(20, timedelta(seconds=1))
    for lane in outbox.lanes()[:2]:
        outbox.claim_lanes(timedelta(0), [(lane, 2), (replace(lane, resting=True), 1)])
    for outcome in (Outcome.UNKNOWN, Outcome.NOT_DONE, Outcome.REFUSED):
        mine = _owed(stage)
        outbox.settle(mine, outcome, pause=timedelta(0))
    mine = _owed(stage)
    outbox.hold(mine.id, mine.lease, timedelta(0))
    for _ in range(4):
        outbox.crashed(mine, alone=True)
        mine = outbox.claim(timedelta(0), mine.id) or outbox.claim_alone(timedelta(0)) or mine
    outbox.claim_new(minute, [mine.id])
    store = stage.gateway.store
    store.commit(store.load(SystemScope(), mine.consultation), beside=[outbox.settling(mine, Receipt("Task/1"))])
    _ask_for_health(stage)


def _owed(stage: Stage) -> Delivery:
    """A note's row, claimed."""
    rows = stage.gateway.store.deliveries_of(SystemScope(), exercises.nameless(stage).id)
    found = [stage.gateway.outbox.claim(timedelta(minutes=1), row.id) for row in rows if row.kind == "note"]
    mine = next((each for each in found if each is not None), None) or stage.gateway.outbox.claim(timedelta(minutes=1))
    assert mine is not None
    return mine


def _ask_for_health(stage: Stage) -> None:
    book = SqlConnectionHealth(stage.gateway.engine)
    book.answered(GP)
    book.failed(GP, Trouble("silent"), 1.0)
    book.of(GP)
    book.every()
    book.close(GP)


def ask_for_consultations(stage: Stage) -> None:
    store, c = stage.gateway.store, stage.at("review")
    clinic, tenant = ClinicScope(HOUSE, (OWN, SECOND)), TenantScope(TENANT)
    for scope in (clinic, tenant, SystemScope()):
        store.load(scope, c.id)
        store.load_by_entry(scope, c.entries[-1].id)
        store.timeline(scope, c.id)
        store.deliveries_of(scope, c.id)
        store.find_by_short_id(scope, c.short_id)
    store.events_after(store.latest_seq() - 100)
    store.load_by_room(c.room)
    store.load_each([c.id, stage.at("draft").id])
    store.answer_to(TENANT, "key")
    draft = stage.at("draft")
    said = StoredAnswer("key", "hash", 200, b"{}")
    store.commit(replace(store.load(clinic, c.id), events=()), used=[UsedToken("i", str(uuid4()), FAR)], answer=said)
    store.commit(replace(store.load(tenant, draft.id), cases=(), stored=None))
    undone = exercises.nameless(stage)
    store.commit(undoing.wrong_citizen(undone, stage.now, SYSTEM))
    store.postpone_clock(c.id, stage.now, stage.now)
    _audit(stage, c.id)


def _audit(stage: Stage, consultation: UUID) -> None:
    row = AuditRow(stage.now, SYSTEM, "Fjordby Kommune", "read", "shown")
    seen = stage.at("draft", cases=()).id
    for each in (
        row,
        replace(row, citizen=Cpr(CPR)),
        replace(row, consultation=consultation),
        replace(row, consultation=seen),
    ):
        stage.gateway.store.record_audit(each)
    trail = SqlAuditTrail(stage.gateway.engine, stage.gateway.vault)
    stranger = Cpr("0104909995")
    trail.of_citizen(stranger)
    trail.of_citizen(stranger, TENANT)


def ask_for_entries(stage: Stage) -> None:
    shelf, c, now = stage.gateway.entry_shelf, stage.at("waiting"), stage.now
    entry = c.entries[-1].id
    everything = EntrySearch(
        frozenset([EntryStatus.RECEIVED]),
        frozenset([entry]),
        frozenset([uuid4()]),
        frozenset([OWN]),
        (("gt", now - timedelta(days=1)), ("le", now)),
        newest_first=True,
        after=(now, entry),
    )
    for wanted in (EntrySearch(), everything, replace(everything, newest_first=False, statuses=None, keys=None)):
        shelf.find(GP, [OWN, SECOND], wanted)
    audit = lambda c, _entry: AuditRow(now, SYSTEM, "", "read", "shown", c.id)  # noqa: E731
    shelf.show(GP, [OWN, SECOND], [entry], audit)
    shelf.show(GP, [OWN], [entry], None)
    stage.gateway.practices.ydernumre_of(GP)


def ask_for_letters(stage: Stage) -> None:
    g, c, now = stage.gateway, stage.at("waiting"), stage.now
    entry, book = c.entries[-1].id, g.letters
    for kind in LetterKind:
        book.keep(GP, Letter(uuid4(), entry, kind, now, uuid4(), "text"))
    for letter in book.thread(GP, entry):
        book.note_send(GP, letter.id, now)
        book.give_up(GP, letter.id)
        book.note_answer(GP, letter.id, Answer.OK, "", now)
        book.entries_of(GP, [letter.id])
    book.consultation_of(GP, entry)
    enclosed = Letter(uuid4(), entry, LetterKind.ENCLOSED, now, uuid4(), "text")
    book.keep(GP, enclosed)
    book.written_to_us(TenantScope(TENANT), c.id)
    with suppress(LaegebroError):
        book.enclosed(TenantScope(TENANT), c.id, enclosed.id)
    envelope, header = uuid4(), uuid4()
    for _ in range(2):
        g.letter_answers.owe(GP, envelope, header, b"", now)
    for owed in g.letter_answers.claim_due():
        g.letter_answers.settle(owed, None)
        g.letter_answers.settle(owed, timedelta(0))
    g.letter_answers.find(GP, envelope, header)
    g.peer_answers.keep(GP, "m", PeerAnswer(b"", b""), now)
    g.peer_answers.find(GP, "m")


def ask_for_stills(stage: Stage) -> None:
    store, shelf, stamp = stage.gateway.store, stage.gateway.stills, (stage.now, SYSTEM)
    allowed = store.commit(picturing.allow(stage.at("talk"), "words", *stamp))
    one = Still(uuid4(), stage.now, "", 64, 48)
    beside = [shelf.putting(allowed.id, one.id, stage.now, b"a picture")]
    taken = store.commit(picturing.take(allowed, one, *stamp), beside=beside)
    for scope in (ClinicScope(HOUSE, (OWN,)), TenantScope(TENANT), SystemScope()):
        shelf.pictures(scope, taken.id, [one.id])
    store.commit(picturing.remove(taken, one.id, *stamp))


def ask_for_subscriptions(stage: Stage) -> None:
    book, now = stage.gateway.subscriptions, stage.now
    wanted = Subscription(uuid4(), GP, SubscriptionStatus.REQUESTED, "http://127.0.0.1:1/", (), 60, 5, 10, True, now)
    book.add(wanted)
    book.of(GP)
    book.count(GP)
    book.events(wanted.id, 1, None, 10)
    book.events(wanted.id, 1, 2, 10)
    for outcome in (book.failed, lambda each: book.acknowledged(each, each.events)):
        with suppress(AssertionError):
            book.publish(GP, uuid4(), 1, now)
            mine = book.claim(timedelta(minutes=1))
            assert mine is not None
            outcome(mine)
    book.ask_again(book.find(GP, wanted.id))
    book.publish(GP, uuid4(), 1, now)
    book.remove(GP, wanted.id)
    token = str(uuid4())
    stage.gateway.fhir_tokens.issue(token, GP, "", FAR, UsedToken("i", token, FAR))
    stage.gateway.fhir_tokens.holder(token, now)


def ask_for_peers(stage: Stage) -> None:
    """Connections, polling and health."""
    g, now = stage.gateway, stage.now
    book, polls = g.connections, SqlPollBook(g.engine)
    for config in ({"serves": {"default": True}}, {}):
        book.apply(Stanza("gp-new", "gp_system", "browser", None, config, synthetic=True), "test", "test", now)
    book.pause("gp-new", "test", "test", now)
    book.resume("gp-new", "test", "test", now)
    book.rollback("gp-new", "test", "test", now)
    book.history("gp-new")
    book.active()
    book.active("gp_system")
    g.practices.routed(SECOND, now.date())
    g.practices.set_routes(SECOND, [])
    g.practices.routed(SECOND, now.date())
    g.practices.set_routes(SECOND, [GP])
    book.retire("gp-new", "test", "test", now)
    polls.take_turn(GP, timedelta(0))
    polls.keep(GP, "1")
    polls.soon(GP)


def ask_for_practices(stage: Stage) -> None:
    book, now = stage.gateway.practices, stage.now
    book.attended(OWN, now)
    book.is_synthetic(OWN)
    book.changes(OWN)
    book.assigned(OWN)
    book.attend(HOUSE, [OWN], now)
    book.substitute(OWN, SECOND, now.date(), None, "test", now)
    book.substitutes(OWN, now.date())
    book.set_profile(OWN, synthetic=True, at=now)
    book.state(OWN, now)


def ask_for_people(stage: Stage) -> None:
    g, now, session = stage.gateway, stage.now, stage.nurse.session
    book = g.organisations
    place = Workplace(uuid4(), "Hjemmeplejen Syd")
    known = book.tenant(TENANT)
    assert known is not None
    book.apply_tenant(known, [*book.workplaces(TENANT), place])
    book.workplace(TENANT, place.id)
    book.tenant_by_cvr(known.cvr)
    book.tenants()
    book.apply_clinic(Clinic(uuid4(), "Lægerne Nord"))
    book.clinic_of_practice(OWN)
    book.ydernumre(HOUSE)
    book.clinics_of_user("idp-clinic", "subject-lise")
    book.people_of(HOUSE)
    book.clinic_user_name(stage.doctor.person)
    g.employees.name(TENANT, session.person)
    g.employees.authorisation(TENANT, session.person)
    g.onetime.peek("pairing", "none", now)
    g.onetime.read("pairing", "none", now, "browser")
    g.onetime.take("pairing", "none", now)
    g.sessions.read(stage.nurse.token, now + timedelta(minutes=2))
    g.sessions.amend(session)
    g.sessions.renew(uuid4(), "token", now)
    for employer in (TENANT, None):
        g.sessions.end_all_of("nobody", employer, "nobody")
        who = g.signed(Signature("test", "test")).barrings
        who.bar("nobody", "nobody", employer, now)
        who.since("nobody")
        who.lift("nobody", employer)
    hand, where = g.signed(Signature("test", "test")).workplace_grants, STATION["workplace"]
    hand.grant(TENANT, "nobody", where, now)
    hand.revoke(TENANT, "nobody", where)
    for said in ((where,), ()):
        g.employees.recognise(TENANT, replace(session.grant, subject="nobody", workplaces=said), now)
    g.return_codes.attempt(uuid4(), "284617", now)
    g.return_codes.employee_session(uuid4())


def ask_for_rooms(stage: Stage) -> None:
    book, now = stage.gateway.rooms, stage.now
    seats = (SeatState("a", 1, True, True, True),)
    for number, process in ((1, "media-1"), (2, "media-1")):
        book.note(Heartbeat(process, number, (RoomState("r", seats),)), now)
    node = NodeState("media-1", "", 2, 0.1, draining=False)
    book.note(Heartbeat("media-1", 3, (), node), now)
    book.note(Heartbeat("media-1", 4, (), node, brief=True), now)
    place_of("r", stage.gateway.places)
    book.note(Heartbeat("media-1", 5, (RoomState("r", seats),), replace(node, draining=True)), now)
    stage.gateway.places.look("r")
    book.note(Heartbeat("media-2", 1, (), replace(node, name="media-2")), now)
    place_of("r", stage.gateway.places, "media-1")
    stage.gateway.places.placed_elsewhere("media-1", ["r", "s"])
    book.occupied("r")
    book.look_later("r", now)
    book.empty_since_before(now)
    seen = stage.at("waiting").id
    stage.gateway.presence.seen([seen], now)
    stage.gateway.presence.gone_since(now)
    _, due = stage.gateway.sessions.of_open_pages(["token", "another"], now)
    stage.gateway.sessions.touch([*due, stage.nurse.session.id], now)


def ask_for_registers(stage: Stage) -> None:
    g, today = stage.gateway, stage.now.date()
    g.providers.find(OWN, today)
    g.providers.search("lægerne 034835", today)
    g.providers.search("34835", today)
    g.providers.status()
    g.providers.history()
    g.sor.status()
    g.sor.unit_of(OWN, today)
    g.sor.ydernummer_of(SorId("1000000000000001"), today)
    g.insured.find_insured(Cpr(CPR))
    g.register_ages()


def ask_for_keys(stage: Stage) -> None:
    book = SqlResealing(stage.gateway.engine, stage.gateway.vault)
    book.start()
    for _ in range(3):
        book.run_pass()
    book.progress()


def ask_for_the_trail(stage: Stage) -> None:
    stage.gateway.sealing.seal()
    stage.gateway.sealing.heads()


def erase_and_forget(stage: Stage) -> None:
    g = stage.gateway
    with suppress(LaegebroError):
        g.erasure.erase_texts()
    abandoned = stage.world.does(stage.at("draft"), lambda c: opening.abandon(c, LONG_AGO, SYSTEM))
    g.erasure._erase(TENANT, abandoned.id)
    g.erasure.forget_spent()
    g.erasure.forget_attempts({TENANT: timedelta(days=3650)})


ASKING = (
    ask_for_deliveries,
    ask_for_consultations,
    ask_for_entries,
    ask_for_letters,
    ask_for_stills,
    ask_for_subscriptions,
    ask_for_peers,
    ask_for_practices,
    ask_for_people,
    ask_for_rooms,
    ask_for_registers,
    ask_for_the_trail,
    ask_for_keys,
    erase_and_forget,
)
