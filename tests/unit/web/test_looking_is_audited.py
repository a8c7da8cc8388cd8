"""Looking is audited like changing: whichever route shows who a citizen is, or a text, leaves a row (D14)."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import event, func, select
from werkzeug.routing import Rule
from werkzeug.test import TestResponse

from gateway.access import actor
from gateway.domain.consultation import queueing, ringing, talking
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.consultation.queue_entry import RejectReason
from gateway.domain.identifiers import Cpr
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from gateway.store.consultation.audit import SqlAuditTrail
from gateway.store.ground.engine import open_engine, transaction
from gateway.store.ground.tables_audit import audit
from gateway.store.migrations.creation import create_schema
from gateway.web.guards import audience_of
from tests.support.clinic_world import ClinicWorld, Seat, settings_in
from tests.support.consultations import CITIZENS, KOMMUNE_A, PRACTICE, REASON, draft, placed

CPR, NAME = CITIZENS[0]
SHOWN = (NAME, NAME.split()[0], CPR, REASON)
STAGES = ("draft", "waiting", "in-call", "review", "closed")


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ClinicWorld:
    folder: Path = tmp_path_factory.mktemp("looking")
    settings = settings_in(folder, f"sqlite:///{folder / 'looking.db'}", "redis://127.0.0.1:1/0")
    create_schema(open_engine(settings.database_url))
    return ClinicWorld(settings)


def brought_to(world: ClinicWorld, stage: str, nurse: Seat, doctor: Seat) -> Consultation:
    """A consultation of that nurse in that state, taken by that doctor."""
    now, store = world.gateway.clock.now(), world.gateway.store
    mine = replace(draft(at=now), responsible=nurse.person)
    if stage == "draft":
        return store.commit(mine)
    kept = store.commit(placed(mine, PRACTICE, at=now))
    session = world.gateway.access.read(doctor.token, now)
    assert session is not None
    taken = actor(session)
    steps = {
        "ringing": [lambda c: ringing.accept(c, now, taken, "Lise Hansen")],
        "deciding": [lambda c: queueing.reject(c, RejectReason.NOT_TODAY, "", now, taken)],
        "closed": [lambda c: queueing.withdraw(c, "solved", now, SYSTEM)],
    }
    steps["in-call"] = [*steps["ringing"], lambda c: ringing.start_talk(ringing.answer(c, now, SYSTEM), now, SYSTEM)]
    steps["review"] = [*steps["in-call"], lambda c: talking.hang_up(c, now, SYSTEM)]
    for step in steps.get(stage, ()):
        kept = change(store, SystemScope(), kept.id, step)
    return kept


def routes(world: ClinicWorld) -> Iterator[tuple[Rule, str, str]]:
    """Every route a session may call: rule, audience, method."""
    with world.app.app_context():
        found = [(rule, audience_of(rule.endpoint)) for rule in world.app.url_map.iter_rules()]
    for rule, audience in found:
        if audience in ("employee", "clinic", "anyone"):
            for method in sorted((rule.methods or set()) & {"GET", "POST"}):
                yield rule, str(audience), method


def address(rule: Rule, consultation: Consultation) -> str:
    entry = consultation.entries[-1].id if consultation.entries else consultation.id
    known = {"id": consultation.id, "entry": entry, "reference": consultation.short_id}
    kinds = {"UUIDConverter": consultation.id, "IntegerConverter": 1}
    values = {
        name: known.get(name, kinds.get(type(converter).__name__, consultation.short_id))
        for name, converter in rule._converters.items()
    }
    built = rule.build({name: value if isinstance(value, int | UUID) else str(value) for name, value in values.items()})
    assert built is not None, rule
    return built[1]


def reads(world: ClinicWorld) -> int:
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        return int(
            connection.execute(select(func.count()).select_from(audit).where(audit.c.verb == "read")).scalar_one()
        )


def ask(seat: Seat, method: str, path: str) -> TestResponse:
    if method == "GET":
        return seat.client.get(path)
    found: TestResponse = seat.post(path)
    return found


def test_d14_every_route_that_shows_identity_leaves_a_read_row(world: ClinicWorld) -> None:
    unseen, showing, asked = [], set(), 0
    nurse, doctor = world.employee(), world.clinic_user()
    session = world.gateway.access.read(nurse.token, world.gateway.clock.now())
    assert session is not None
    station = {"role": "Sygeplejerske", "workplace": "Nord", "phone": "70112233"}
    world.gateway.employees.remember_workstation(KOMMUNE_A, nurse.person, station)
    all_routes = sorted(routes(world), key=lambda each: (each[2], each[0].rule))
    for stage in STAGES:
        consultation = brought_to(world, stage, nurse, doctor)
        world.gateway.access.see_citizen(session, consultation.id)
        for rule, audience, method in all_routes:
            if method == "POST" and stage != "review":
                continue
            if rule.endpoint in ("login.end", "consultation.log_citizen_out"):
                continue  # the end of the session this walk needs; neither shows a page of a citizen
            before = reads(world)
            answer = ask(doctor if audience == "clinic" else nurse, method, address(rule, consultation))
            asked += 1
            text = answer.get_data(as_text=True)
            if any(word in text for word in SHOWN):
                showing.add(rule.endpoint)
                if reads(world) == before:
                    unseen.append((method, rule.rule, stage))
    assert asked > 200 and len(showing) >= 10, (asked, showing)
    assert unseen == []


def test_d14_the_citizens_own_list_comes_out_of_one_query(world: ClinicWorld) -> None:
    nurse, doctor = world.employee(), world.clinic_user()
    consultation = brought_to(world, "waiting", nurse, doctor)
    doctor.client.get(f"/api/v1/entries/{world.entry_of(consultation)}")
    asked: list[str] = []
    engine = world.gateway.engine

    @event.listens_for(engine, "before_cursor_execute")
    def note(_connection: object, _cursor: object, statement: str, *_: object) -> None:
        if statement.lstrip().upper().startswith("SELECT"):
            asked.append(statement)

    rows = SqlAuditTrail(engine, world.gateway.vault).of_citizen(Cpr(CPR))
    event.remove(engine, "before_cursor_execute", note)
    assert len([statement for statement in asked if "FROM audit" in statement]) == 1 and len(asked) == 1
    assert rows and {"Lise Hansen"} <= {row.actor.name for row in rows}
    assert all(CPR not in repr(row) and NAME not in repr(row) for row in rows)


def test_d14_what_was_refused_is_a_row_about_the_citizen_and_about_who_tried(world: ClinicWorld) -> None:
    """A colleague's consultation does not exist for her, and that she asked for it is kept; so is a launch that did
    not hold, whoever sent it."""
    nurse, colleague, doctor = world.employee(), world.employee("other"), world.clinic_user()
    theirs = brought_to(world, "waiting", nurse, doctor)
    assert colleague.client.get(f"/konsultation/{theirs.id}").status_code == 404
    assert colleague.client.get("/launch/smart?iss=https://nobody.example&launch=1").status_code >= 400
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as connection:
        query = select(audit).where(audit.c.verb == "refused").order_by(audit.c.seq)
        page, launch = connection.execute(query).all()[-2:]
    assert (page.consultation, page.actor_id, page.basis) == (theirs.id, colleague.person, "not-hers")
    assert page.case_hash is not None and page.tenant == KOMMUNE_A
    assert (launch.what, launch.actor_kind) == ("launch", "peer") and launch.basis
