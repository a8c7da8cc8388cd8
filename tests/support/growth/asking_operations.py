"""What operations and the watch ask of the store: alarms, figures, comparisons with peers, breakers, clinics' lists."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import time, timedelta
from uuid import uuid4

from sqlalchemy import insert

from gateway.alarms.watch import Watch
from gateway.call_rooms import elsewhere
from gateway.connecting import maintaining, second_person
from gateway.connecting.second_person import Wanted
from gateway.domain.alarm import AlarmKind, Condition, Limits
from gateway.domain.call_room import CallRoom, RoomStanding
from gateway.domain.call_room import Stage as Place
from gateway.domain.errors import ConfigFault, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.launch import UsedToken
from gateway.domain.log_review.review import Judgement
from gateway.domain.oversight import Oversight, RiskyAct
from gateway.domain.peers.breaker import Trouble
from gateway.domain.peers.contract_run import ContractRun, ContractState, Tried
from gateway.domain.peers.contract_run import Verdict as PromiseVerdict
from gateway.domain.peers.delivery import Delivery, Outcome
from gateway.domain.peers.maintenance import Hours, Plan, Repeat, WindowStage
from gateway.domain.peers.subscription import Subscription, SubscriptionStatus
from gateway.domain.peers.synthetic import RunStep, SyntheticRun
from gateway.domain.peers.verdict import Health, Verdict
from gateway.domain.practice import danish_day
from gateway.domain.records import Signature
from gateway.domain.scope import ClinicScope, SystemScope, TenantScope
from gateway.domain.session import OneTimeSecret, ProviderLogout
from gateway.domain.setup.revision import SetupRevision, SetupState
from gateway.domain.uptake.access import USES, Asked
from gateway.domain.uptake.course import days_before
from gateway.domain.uptake.statistics import month_days, months_over
from gateway.domain.wish import Wish, WishKind, WishStatus, answered
from gateway.matters import reviewing
from gateway.store.consultation.outbox import SqlOutbox
from gateway.store.ground.engine import db_now, transaction
from gateway.store.peers.connections import Stanza
from gateway.store.peers.health import SqlConnectionHealth
from gateway.store.people.organisations import Clinic
from gateway.store.people.tables_organisations import tenant as organisation
from gateway.store.watch.figures import erasure_standing
from gateway.store.watch.finding import SqlFinder
from gateway.store.watch.head_failures import SqlHeadFailures
from gateway.store.watch.keys import require_keys_of_the_data
from gateway.store.watch.shown import SqlShownQueues
from gateway.store.watch.tables import alarm as db_alarm
from gateway.store.watch.writable import require_writable
from tests.support.growth.beside import PLACE
from tests.unit.web.acts import exercises
from tests.unit.web.acts.console_exercises import a_drawn_month, drawn_review, last_month
from tests.unit.web.acts.stage import HOUSE, Stage
from tests.unit.web.nurse_world import OWN, SECOND, TENANT
from workers.reconciling import Reconciler

GP, EOJ = "venteværelse", "eoj-nexus"
UNASSIGNED = Ydernummer("123455")


def ask_for_alarms(stage: Stage) -> None:
    g = stage.gateway
    watch = Watch(g, "relay")
    wrong = {Condition(AlarmKind.ILL, GP, None), Condition(AlarmKind.STUCK, EOJ, TENANT)}
    g.alarms.update(wrong, {None: ["mail-0"], TENANT: ["mail-1"]})
    g.alarms.active()
    g.alarms.recent()
    for notice in g.alarms.claim_notices(timedelta(0)):
        g.alarms.told(notice, "refused")
        g.alarms.told(notice)
    long_ago = db_alarm.update().values(started_at=stage.now - timedelta(days=1)).where(db_alarm.c.ended_at.is_(None))
    with transaction(g.engine, SystemScope()) as connection:
        connection.execute(long_ago)
    g.alarms.update(wrong, {None: ["mail-0"], TENANT: ["mail-1"]})  # a reminder
    for days in (30, 14):  # what ends is said again at each step down
        g.alarms.update({*wrong, Condition(AlarmKind.ENDING, EOJ, TENANT, days)}, {TENANT: ["mail-1"]})
    watch.look()
    require_writable(g.engine)
    with suppress(ConfigFault):  # what was filled in was not sealed
        require_keys_of_the_data(g.engine, g.vault)
    g.alarms.retire("relay")
    g.alarms.forget()


def ask_for_wishes(stage: Stage) -> None:
    book, said = stage.gateway.wishes, {"kind": WishKind.WISH, "page": "", "reference": "", "version": "1"}
    for tenant in (TENANT, None):
        one = Wish(id=uuid4(), tenant=tenant, person="me", text="Større bogstaver", sent_at=stage.now, **said)
        book.keep(one)
        book.of_person(tenant, "me")
        book.of_support(tenant)
        book.answer(answered(book.find(tenant, one.id), WishStatus.PLANNED, "", stage.now))
    book.forget(stage.now)


def ask_for_drafts(stage: Stage) -> None:
    """From the first draft to one in force, and what is decided by two."""
    g, now = stage.gateway, stage.now
    new = Stanza("gp-draft", "gp_system", "browser", None, {}, synthetic=True)
    first = g.drafts.begin(new, "test", now)
    second = g.drafts.save("gp-draft", first, {"label": "Later"}, "test", now)
    assert [each.name for each in g.drafts.open(None)] == ["gp-draft"]
    g.drafts.open(TENANT)
    g.drafts.activate("gp-draft", g.drafts.passed("gp-draft", second, "test", now), "test", "", now)
    g.drafts.drop("gp-draft", g.drafts.take_up("gp-draft", first, "test", now), "test", now)
    g.connections.present("gp-draft")
    for tenant in (TENANT, None):
        wanted = Wanted(RiskyAct.REPLAY_MANY, "gp-draft", "", "test", tenant)
        asked = second_person.ask(g, wanted, "one", "One")
        second_person.refuse(g, g.approvals.find(tenant, asked.id), "two", "Two")
    g.approvals.forget(now)


def ask_for_setups(stage: Stage) -> None:
    """A draft from its beginning to its day, one thrown away, what a file says, and an organisation that is older than
    its revisions."""
    g, now, older = stage.gateway, stage.now, uuid4()
    with transaction(g.engine, SystemScope()) as connection:
        connection.execute(
            insert(organisation).values(id=older, cvr="12345674", name="Older", type="municipality", settings={})
        )
    g.setups.begin(older, {}, "Ida", now)
    for step in ("drop", "later", "now"):
        number = g.setups.save(TENANT, g.setups.begin(TENANT, {}, "Ida", now), {"support_name": step}, "Ida", now)
        if step == "drop":
            g.setups.drop(TENANT, number, "Ida", now)
            continue
        since = danish_day(now) + timedelta(days=step == "later")
        made = SetupRevision(0, SetupState.IN_FORCE, {}, "Ida", now, "", since)
        g.setups.put_in_force(TENANT, number, made)
    g.setups.apply_due(now + timedelta(days=1))
    g.organisations.apply_tenant(g.tenant(TENANT), g.organisations.workplaces(TENANT))


def ask_for_reviews(stage: Stage) -> None:
    """A month drawn over all that is stored, judged and signed, and the look for months that nobody has signed."""
    a_drawn_month(stage, stage.at("review"))
    g, first, ida = stage.gateway.signed(Signature("ida", "review")), last_month(stage), reviewing.Who("ida", "Ida")
    review = drawn_review(stage)
    reviewing.rows(g, TENANT, review)
    for seq in review.left:
        reviewing.judge(g, TENANT, first, reviewing.said(g, ida, seq, Judgement.JUSTIFIED, ""))
    reviewing.sign(g, TENANT, first, ida)
    reviewing.lines(g, TENANT)
    g.log_reviews.late(stage.now + timedelta(days=62))
    g.log_reviews.forget(stage.now)


def ask_for_rooms_elsewhere(stage: Stage) -> None:
    """A call held in another system's room, from its wish to its end."""
    g = stage.gateway
    book, room = elsewhere(g).book, stage.at("talk").room
    now = g.clock.now()
    book.want(room, "vdx", now)
    book.find(room)
    assert [each.room for each in book.claim_wanted(now, timedelta(seconds=1))] == [room]
    book.keep(room, CallRoom("reference", RoomStanding.READY, "https://vdx.example/1", "1234"), Place.READY, now)
    assert not book.claim_over(now, timedelta(seconds=1))
    book.settle(room, Place.OWN, now)
    assert [each.room for each in book.claim_over(now, timedelta(seconds=1))] == [room]


def ask_for_figures(stage: Stage) -> None:
    g = stage.gateway
    g.figures.present()
    for whose in (None, TENANT):
        erasure_standing(g.engine, Oversight(whose))
    g.figures.seen(Limits(), g.register_ages())
    for oversight in (Oversight(None), Oversight(TENANT)):
        g.overview.lines(oversight)
        g.overview.line(oversight, EOJ)
    g.figures.ended_since(g.figures.now() - timedelta(minutes=1), 500)


def ask_for_comparisons(stage: Stage) -> None:
    """A round, a difference that is found, and one that a person settles."""
    g = stage.gateway
    Reconciler(g).compare_all()
    queues, waiting = SqlShownQueues(g.engine), stage.at("waiting").entries[-1].id
    queues.is_due(GP)
    queues.shown(GP, [waiting, uuid4()])
    queues.shown(GP, [])
    g.outbox.standing(GP)
    signed = g.signed(Signature("test", "settle"))
    for one in (*g.comparisons.page(EOJ, 5), *g.comparisons.page(GP, 5), *_filed(stage))[:2]:
        g.comparisons.compared(one, "not-in-the-record")
        g.comparisons.compared(one, "not-in-the-queue")
        g.comparisons.compared(one, "")
        g.comparisons.compared(one, "not-in-the-record")
        g.comparisons.open()
        signed.comparisons.settle(one.id)


def _filed(stage: Stage) -> list[Delivery]:
    """A note's row that is done, as a comparison reads it."""
    mine = owed(stage)
    stage.gateway.outbox.settle(mine, Outcome.DONE, pause=timedelta(0))
    return [mine]


def owed(stage: Stage) -> Delivery:
    """A note's row, claimed."""
    rows = stage.gateway.store.deliveries_of(SystemScope(), exercises.nameless(stage).id)
    found = [stage.gateway.outbox.claim(timedelta(minutes=1), row.id) for row in rows if row.kind == "note"]
    return next(each for each in found if each is not None)


def ask_for_breakers(stage: Stage) -> None:
    """A connection that is ill, and the one attempt that is let through to it, of a row that may have been received."""
    g, unknown = stage.gateway, owed(stage)
    g.outbox.settle(unknown, Outcome.UNKNOWN, pause=timedelta(0))
    again = g.outbox.claim(timedelta(minutes=1), unknown.id) or owed(stage)
    SqlConnectionHealth(g.engine).failed(again.connection, Trouble("silent", at_once=True), 1.0)
    ill = Verdict(Outcome.NOT_DONE, Health.ILL, "silent")
    g.outbox.settle(again, Outcome.NOT_DONE, pause=timedelta(0), verdict=ill)
    later = _hours_from_now(stage, 1)
    for lane in later.lanes():
        if lane.connection == again.connection:
            later.claim_lanes(timedelta(0), [(replace(lane, resting=True), 1)])
    SqlConnectionHealth(g.engine).close(again.connection)
    g.outbox.claim(timedelta(0))
    mine = owed(stage)
    for hours in range(2, 7):  # the last of them sets the row aside; its lease is lost each time
        g.outbox.crashed(mine, alone=True)
        later = _hours_from_now(stage, hours)
        mine = later.claim(timedelta(0), mine.id) or mine
        mine = later.claim(timedelta(0), mine.id) or mine


def _hours_from_now(stage: Stage, hours: int) -> SqlOutbox:
    return SqlOutbox(stage.gateway.engine, lambda db: db_now(db) + timedelta(hours=hours))


def ask_for_clinics(stage: Stage) -> None:
    g, now = stage.gateway, stage.now
    clinic = Clinic(uuid4(), "Lægerne Syd", ydernumre=(UNASSIGNED,))
    g.organisations.apply_clinic(clinic)
    g.organisations.recognise_clinic_user("idp-clinic", "subject-new", "Ny Bruger", "secretary", [clinic.id])
    g.connections.names()
    for write in (g.practices.note_success, lambda name, at: g.practices.note_failure(name, "connecting", at)):
        write(GP, now)
    g.practices.failing_since(GP)
    g.practices.set_profile(UNASSIGNED, synthetic=True, at=now)
    by_rule = Stanza("gp-new", "gp_system", "browser", None, {"serves": {"default": True}}, synthetic=True)
    g.connections.apply(by_rule, "test", "test", now)
    g.practices.state(UNASSIGNED, now)
    g.practices.states([UNASSIGNED, OWN], now)
    g.practices.attend_each({(HOUSE, OWN)}, now)
    g.connections.retire("gp-new", "test", "test", now)
    c = stage.at("waiting")
    g.letters.written_to_us(ClinicScope(HOUSE, (OWN, SECOND)), c.id)
    with suppress(NotFound):
        g.store.timeline(SystemScope(), uuid4())
    with suppress(NotFound):
        g.store.deliveries_of(TenantScope(TENANT), uuid4())
    secret = OneTimeSecret("pairing", now + timedelta(minutes=5), "{}")
    g.store.commit(g.store.load(TenantScope(TENANT), c.id), beside=[g.onetime.keeping(secret, "a-token")])
    assert c.workstation is not None
    g.workplaces.stands_there(TENANT, c.workstation, "nobody", c.id)
    g.workplaces.undone_of_workplace(TENANT, c.workstation)
    g.workplaces.waiting_at_workplace(TENANT, c.workstation, "nobody")
    g.sessions.release(TENANT, c.id, uuid4())
    for subject, sid in (("nobody", ""), ("", "nothing"), ("nobody", "nothing")):
        used = UsedToken("logout:nobody", str(uuid4()), now + timedelta(minutes=5))
        g.sessions.end_logged_out("idp", ProviderLogout(subject, sid, used))
    g.sessions.standing([stage.nurse.session.id, uuid4()])
    failures = SqlHeadFailures(g.engine)
    failures.failed("syslog", "OSError")
    failures.over("syslog")
    g.employees.remember_workstation(TENANT, stage.nurse.session.person, {"workplace": "Hjemmeplejen Nord"})
    g.store.open_of_employee(TENANT, stage.nurse.session.person)
    g.onetime.take("pairing", "a-token", now)


def ask_for_subscriptions_that_wait(stage: Stage) -> None:
    """One that fails for the last time, and one that is put off."""
    book = stage.gateway.subscriptions
    wanted = Subscription(
        uuid4(), GP, SubscriptionStatus.REQUESTED, "http://127.0.0.1:1/", (), 60, 5, 10, True, stage.now
    )
    book.add(wanted)
    book.postpone(wanted, timedelta(0))
    book.failed(replace(wanted, attempts=1_000))
    book.remove(GP, wanted.id)


def ask_for_maintenance(stage: Stage) -> None:
    """One window from its plan to its end, and one that is cancelled."""
    g, book, now = stage.gateway, stage.gateway.maintenance, stage.now
    owner = g.overview.owner_of(GP)
    wanted = Plan((GP,), Hours(danish_day(now), time(0), time(0)), "Systemet opgraderes.", Repeat.parse("0 mon"))
    window = maintaining.plan(g, wanted, owner, "test")
    maintaining.run_due(g, lambda _: ({}, ""))
    g.peers.standstill.words_of(OWN)
    maintaining.end_now(g, book.find(window.id))
    maintaining.run_due(g, lambda name: maintaining.asked(g, name))
    book.left([GP], now)
    book.change(replace(book.find(window.id), stage=WindowStage.DONE), None, [WindowStage.DRAINING])
    (following,) = [each for each in book.listed() if each.stage is WindowStage.PLANNED]
    maintaining.cancel(g, following)
    book.running()
    book.forget(now + timedelta(days=500))


def ask_for_synthetic_runs(stage: Stage) -> None:
    g = stage.gateway
    g.synthetic_runs.note(SyntheticRun(uuid4(), "Prøvekommunen", "", stage.now, 1, RunStep.LAUNCH, "no-record"))
    g.synthetic_runs.last()
    g.synthetic_runs.forget(stage.now - timedelta(days=90))


def ask_for_contract_runs(stage: Stage) -> None:
    """One that comes to its end, and one whose process falls silent."""
    runs, now = stage.gateway.contract_runs, stage.now
    for state in (ContractState.DONE, None):
        run = runs.ask(ContractRun(uuid4(), GP, 1, "", "Ida", ContractState.ASKED, now), None)
        assert runs.ask(replace(run, id=uuid4()), None).id == run.id
        assert runs.is_any_asked()
        assert runs.claim(now)
        runs.beat(run.id, now)
        runs.trying(run.id, "queued-once", 1)
        runs.keep(run.id, 1, Tried("queued-once", PromiseVerdict.KEPT), now)
        if state:
            runs.end(run.id, state, now)
    assert runs.interrupt_silent(now + timedelta(days=1)) == 1
    runs.find(run.id)
    runs.listed(GP)
    runs.last()
    runs.verdicts(run.id)
    runs.forget(now)


def ask_for_matters(stage: Stage) -> None:
    """A quarter's consultations as figures, with how long their notes took."""
    g = stage.gateway
    found = list(g.courses.of_days(TENANT, days_before(danish_day(stage.now)), synthetic=True, filed=True))
    assert len(found) > 1000
    today, place = danish_day(stage.now), PLACE
    for asked in (
        *(Asked(use) for use in ("", *USES)),
        Asked(day=today),
        Asked(place=place),
        Asked("lately", place=place),
    ):
        assert g.access_book.some(TENANT, asked, stage.now).then, asked
    for seen in (Oversight(TENANT), Oversight(None)):
        g.refusals.refused(seen)
        SqlFinder(g.engine, g.vault).of_practice(seen, OWN)
    assert g.erased_months.of_month(TENANT, month_days(months_over(danish_day(stage.now))[1])).begun > 100
    whole = g.incidents.touched(TENANT, "", stage.now - timedelta(days=2), stage.now)
    g.incidents.citizens(TENANT, [each.consultation for each in whole])


ASKING = (
    ask_for_matters,
    ask_for_alarms,
    ask_for_rooms_elsewhere,
    ask_for_wishes,
    ask_for_figures,
    ask_for_comparisons,
    ask_for_breakers,
    ask_for_clinics,
    ask_for_subscriptions_that_wait,
    ask_for_synthetic_runs,
    ask_for_maintenance,
    ask_for_contract_runs,
    ask_for_reviews,
    ask_for_setups,
    ask_for_drafts,  # last: a claim looks at the few revisions there are for each row that is due
)
