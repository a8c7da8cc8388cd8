"""What needs a second person: refused alone, granted by another with the right, both named in the audit (AD01)."""

from __future__ import annotations

from dataclasses import replace

import pytest
from sqlalchemy import select, update

from gateway.connecting.drafting import needs_second_person
from gateway.domain.oversight import LASTS, ConsoleRole
from gateway.store.ground.schema import metadata
from gateway.store.peers.connections import Stanza
from gateway.store.people.tables_approvals import approval
from tests.support.consultations import KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
DRAFT, WAITING = "/konsol/forbindelser/gp-egen/kladde", "/konsol/godkendelser"
WHY = {"reason": "Klinikken skifter system mandag"}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    """With a connection in force that is not invented, whose draft needs no peer to be tried."""
    made = ConsoleWorld(tmp_path_factory.mktemp("second"))
    stanza = Stanza("gp-egen", "gp_system", "browser", None, {"label": "Egen klinik"})
    made.gateway.connections.apply(stanza, "test", "test", made.gateway.clock.now())
    return made


def operator(world: ConsoleWorld, name: str) -> Administrator:
    found: Administrator = world.administrator(R.OPERATOR, tenant=None, name=name)
    return found


def tried(world: ConsoleWorld, by: Administrator) -> str:
    """A draft that has been tried and found well; its number."""
    assert by.post("/konsol/forbindelser/gp-egen/til-kladde", {"number": "1"}).status_code == 303
    draft = world.gateway.drafts.of("gp-egen")
    assert draft is not None
    assert by.post(DRAFT, {"read": str(draft.revision.number), "label": "Nyt navn"}).status_code == 303
    assert by.post(f"{DRAFT}/proev").status_code == 200
    draft = world.gateway.drafts.of("gp-egen")
    assert draft is not None and draft.is_tested
    return str(draft.revision.number)


def in_force(world: ConsoleWorld) -> str:
    present = world.gateway.connections.present("gp-egen")
    assert present is not None
    return str(present.config.get("label"))


def asked(world: ConsoleWorld, finn: Administrator) -> str:
    number = tried(world, finn)
    for _press in range(2):  # a double click asks once
        assert finn.post(f"{DRAFT}/aktiver", WHY | {"number": number}).status_code == 303
    (one,) = world.gateway.approvals.listed(None)
    return f"{WAITING}/{one.id}"


def audited(world: ConsoleWorld) -> list[tuple[str, str, str]]:
    audit = metadata.tables["audit"]
    columns = (audit.c.actor_id, audit.c.what, audit.c.basis)
    with world.gateway.engine.connect() as db:
        return [(row[0], row[1], row[2]) for row in db.execute(select(*columns).order_by(audit.c.seq))]


def test_nobody_grants_her_own_request(world: ConsoleWorld) -> None:
    finn = operator(world, "Finn")
    one = asked(world, finn)
    answer = finn.post(f"{one}/godkend")
    assert answer.status_code == 409 and "En anden skal godkende" in answer.get_data(as_text=True)
    assert in_force(world) == "Egen klinik"
    assert "Venter på godkendelse af en kollega" in finn.get(DRAFT)


def test_a_colleague_grants_and_both_are_named(world: ConsoleWorld) -> None:
    finn, gro = operator(world, "Finn"), operator(world, "Gro")
    one = asked(world, finn)
    assert "<code>label</code>: Egen klinik → Nyt navn" in gro.get(WAITING)
    assert gro.post(f"{one}/godkend").status_code == 303
    assert in_force(world) == "Nyt navn"
    newest = world.gateway.connections.history("gp-egen")[0]
    assert (newest.by, newest.why) == ("Finn + Gro", WHY["reason"])
    rows = audited(world)
    assert (finn.person, "connections activate asked: gp-egen", WHY["reason"]) in rows
    assert any(row[0] == gro.person and row[1].startswith("approvals grant") and "Finn" in row[2] for row in rows)
    assert gro.post(f"{one}/godkend").status_code == 409, "decided once"
    assert len([each for each in world.gateway.connections.history("gp-egen") if each.state == "active"]) == 2


def test_a_request_runs_out_and_one_is_refused_or_taken_back(world: ConsoleWorld) -> None:
    finn, gro = operator(world, "Finn"), operator(world, "Gro")
    one = asked(world, finn)
    assert gro.post(f"{one}/afvis").status_code == 303
    assert gro.post(f"{one}/godkend").status_code == 409
    draft = world.gateway.drafts.of("gp-egen")
    assert draft is not None
    finn.post(f"{DRAFT}/aktiver", WHY | {"number": str(draft.revision.number)})
    newest = world.gateway.approvals.listed(None)[0]
    with world.gateway.engine.begin() as db:
        db.execute(update(approval).values(asked_at=newest.asked_at - LASTS))
    answer = gro.post(f"{WAITING}/{newest.id}/godkend")
    assert answer.status_code == 409 and "Der er gået et døgn" in answer.get_data(as_text=True)
    assert in_force(world) == "Egen klinik"


def test_what_was_granted_is_what_was_asked_for(world: ConsoleWorld) -> None:
    """A draft that is changed after the request is not what the colleague saw."""
    finn, gro = operator(world, "Finn"), operator(world, "Gro")
    one = asked(world, finn)
    draft = world.gateway.drafts.of("gp-egen")
    assert draft is not None
    finn.post(DRAFT, {"read": str(draft.revision.number), "label": "Noget andet"})
    assert gro.post(f"{one}/godkend").status_code == 409
    assert in_force(world) == "Egen klinik"
    (row,) = world.gateway.approvals.listed(None)
    assert row.decision == "asked", "nothing is decided where nothing could be done"


def test_an_emergency_is_done_alone_and_marked_as_that(world: ConsoleWorld) -> None:
    finn = operator(world, "Finn")
    number = tried(world, finn)
    assert finn.post(f"{DRAFT}/aktiver", {"number": number, "alone": "yes"}).status_code == 422, "a reason is needed"
    assert finn.post(f"{DRAFT}/aktiver", WHY | {"number": number, "alone": "yes"}).status_code == 303
    assert in_force(world) == "Nyt navn"
    assert 'data-decision="alone"' in finn.get(WAITING)
    assert any(what == "connections activate alone: gp-egen" for _who, what, _why in audited(world))


def test_another_organisation_neither_sees_nor_decides(world: ConsoleWorld) -> None:
    finn, bo = operator(world, "Finn"), world.administrator(R.INTEGRATION, tenant=KOMMUNE_B, name="Bo")
    one = asked(world, finn)
    assert "gp-egen" not in bo.get(WAITING)
    assert bo.post(f"{one}/godkend").status_code == 404 and bo.post(f"{one}/afvis").status_code == 404
    assert in_force(world) == "Egen klinik"


def test_a_draft_cannot_make_itself_invented_to_be_granted_alone(world: ConsoleWorld) -> None:
    tried(world, operator(world, "Finn"))
    draft = world.gateway.drafts.of("gp-egen")
    assert draft is not None
    assert needs_second_person(replace(draft, revision=replace(draft.revision, synthetic=True)))
