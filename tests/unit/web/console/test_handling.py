"""What needs a hand: perhaps received first, the honest question, the commands' own acts, many with a preview (AD10,
AD11)."""

from __future__ import annotations

import re
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import select

from gateway.domain.oversight import ConsoleRole
from gateway.domain.scope import SystemScope
from gateway.store.ground.engine import transaction
from gateway.store.ground.schema import metadata
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
LIST, MANY = "/konsol/kraever-handling", "/konsol/gentag"
WHY = {"reason": "Aftalt med leverandøren"}
DELIVERY = metadata.tables["delivery"]


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("handling"))


def owed(world: ConsoleWorld, tenant: UUID = KOMMUNE_A, connection: str = "gp-torvet", **values: Any) -> UUID:
    """A delivery that stands as ``values`` say."""
    consultation = world.owed_to(connection, tenant)
    id = world.gateway.store.deliveries_of(SystemScope(), consultation.id)[0].id
    with transaction(world.gateway.engine, SystemScope()) as db:
        db.execute(DELIVERY.update().where(DELIVERY.c.id == id).values(**values))
    return id


def stuck(world: ConsoleWorld, **more: Any) -> UUID:
    return owed(world, status="stuck", fault="poison", **more)


def unknown(world: ConsoleWorld, **more: Any) -> UUID:
    return owed(world, status="stuck", fault="unknown-and-cannot-probe", unknown=True, **more)


def row(world: ConsoleWorld, id: UUID) -> Any:
    with transaction(world.gateway.engine, SystemScope(), read_only=True) as db:
        return db.execute(select(DELIVERY).where(DELIVERY.c.id == id)).one()


def audited(world: ConsoleWorld) -> list[str]:
    audit = metadata.tables["audit"]
    with world.gateway.engine.connect() as db:
        return list(db.execute(select(audit.c.what).where(audit.c.channel == "console")).scalars())


def test_only_the_own_organisations_is_listed_and_opened(world: ConsoleWorld) -> None:
    ours, theirs = stuck(world), stuck(world, tenant=KOMMUNE_B)
    ida = world.administrator(R.INTEGRATION)
    assert str(ours) in ida.get(LIST) and str(theirs) not in ida.get(LIST)
    for act in ("", "/proev-nu", "/send-igen", "/skrevet"):
        method = ida.client.get if not act else ida.post
        assert method(f"/konsol/besked/{theirs}{act}").status_code == 404, act  # type: ignore[operator]
    assert row(world, theirs).status == "stuck" and audited(world) == []


def test_the_operator_mends_what_goes_over_the_shared_connections(world: ConsoleWorld) -> None:
    shared, own = stuck(world, tenant=KOMMUNE_B), stuck(world, connection="eoj-fjordby")
    finn = world.administrator(R.OPERATOR, tenant=None)
    page = finn.get(LIST)
    assert str(shared) in page and str(own) not in page
    assert finn.post(f"/konsol/besked/{own}/proev-nu", WHY).status_code == 404
    assert finn.post(f"/konsol/besked/{shared}/proev-nu", WHY).status_code == 303


def test_one_is_sent_again_as_the_command_does_it(world: ConsoleWorld) -> None:
    id = stuck(world)
    ida = world.administrator(R.INTEGRATION)
    assert ida.post(f"/konsol/besked/{id}/proev-nu", WHY).status_code == 303
    assert row(world, id).status == "due"
    assert audited(world) == [f"deliveries replay {id}"]


def test_what_may_have_arrived_is_sent_again_only_by_who_has_looked(world: ConsoleWorld) -> None:
    id = unknown(world)
    ida = world.administrator(R.INTEGRATION)
    page = ida.get(f"/konsol/besked/{id}")
    assert "Kontrollér i Torvets system" in page and 'data-testid="look-first"' in page
    refused = ida.post(f"/konsol/besked/{id}/send-igen", WHY)
    assert refused.status_code == 422 and "sæt kryds ved, at det ikke er der" in refused.get_data(as_text=True)
    assert row(world, id).unknown and audited(world) == []
    assert ida.post(f"/konsol/besked/{id}/send-igen", WHY | {"looked": "yes"}).status_code == 303
    assert not row(world, id).unknown
    assert audited(world) == [f"deliveries replay {id} not-received"]


@pytest.mark.parametrize("said", ["", "for 2512489996"])
@pytest.mark.parametrize("act", ["proev-nu", "skrevet"])
def test_each_act_says_why(world: ConsoleWorld, act: str, said: str) -> None:
    id = stuck(world)
    answer = world.administrator(R.INTEGRATION).post(f"/konsol/besked/{id}/{act}", {"reason": said})
    assert answer.status_code == 422 and "2512489996" not in answer.get_data(as_text=True)
    assert row(world, id).status == "stuck" and audited(world) == []


def test_written_by_hand_ends_it_once(world: ConsoleWorld) -> None:
    id = stuck(world)
    first, second = world.administrator(R.INTEGRATION), world.administrator(R.WORKPLACE, name="Bo Friis")
    assert first.post(f"/konsol/besked/{id}/skrevet", WHY).status_code == 303
    assert second.post(f"/konsol/besked/{id}/skrevet", WHY).status_code == 409, "two at once: the second is told"
    assert row(world, id).status == "by-hand"
    assert "skrevet i hånden" in first.get(f"/konsol/besked/{id}")
    assert audited(world) == [f"deliveries written-by-hand {id}"]


def test_what_may_have_arrived_stands_apart_and_first(world: ConsoleWorld) -> None:
    first, second, third = stuck(world), owed(world, unknown=True), unknown(world)
    perhaps, stands = world.administrator(R.SUPPORT).get(LIST).split('id="stuck-heading"')
    assert str(second) in perhaps and str(third) in perhaps, "also where the peer cannot be asked"
    assert str(first) in stands and str(first) not in perhaps


def field(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    assert found is not None, name
    return found[1]


def preview(ida: Administrator, **said: str) -> Any:
    group = {"connection": "gp-torvet", "standing": "stuck", "cause": "poison"}
    return ida.post(MANY, WHY | group | said)


def test_many_are_previewed_then_sent_in_batches_and_a_stop_leaves_the_rest(world: ConsoleWorld) -> None:
    ids = [stuck(world) for _ in range(7)]
    ida = world.administrator(R.INTEGRATION)
    shown = preview(ida).get_data(as_text=True)
    assert "7: 0 har kvittering" in shown and "7 sendes" in shown
    assert all(row(world, id).status == "stuck" for id in ids), "a preview changes nothing"
    page = ida.post(f"{MANY}/send", WHY | {"left": field(shown, "left")}).get_data(as_text=True)
    assert "5 sendt igen, 0 sprunget over, 2 tilbage." in page
    assert sorted(row(world, id).status for id in ids) == ["due"] * 5 + ["stuck"] * 2, "nobody asks for the rest"
    again = ida.post(f"{MANY}/send", WHY | {"left": field(page, "left"), "done": "5"}).get_data(as_text=True)
    assert "7 sendt igen" in again and 'name="left"' not in again
    assert len(audited(world)) == 7 and all(what.startswith("deliveries replay-many ") for what in audited(world))


def test_a_batch_that_names_anothers_row_sends_none(world: ConsoleWorld) -> None:
    ours, theirs = stuck(world), stuck(world, tenant=KOMMUNE_B)
    ida = world.administrator(R.INTEGRATION)
    assert ida.post(f"{MANY}/send", WHY | {"left": f"{ours} {theirs}"}).status_code == 404
    assert {row(world, id).status for id in (ours, theirs)} == {"stuck"}


@pytest.mark.parametrize("left", ["nonsense", "x" * 3000])
def test_a_forged_batch_is_refused(world: ConsoleWorld, left: str) -> None:
    assert world.administrator(R.INTEGRATION).post(f"{MANY}/send", WHY | {"left": left}).status_code == 422


def test_more_than_fifty_are_sent_when_a_colleague_has_granted_it(world: ConsoleWorld) -> None:
    many = [stuck(world) for _ in range(51)]
    ida, bo = world.administrator(R.INTEGRATION), world.administrator(R.INTEGRATION, name="Bo Dam")
    assert 'data-testid="asked"' in preview(ida).get_data(as_text=True)
    (asked,) = world.gateway.approvals.listed(KOMMUNE_A)
    left = {"left": " ".join(map(str, many)), **WHY}
    assert ida.post(f"{MANY}/send", left).status_code == 422, "nobody has granted it"
    assert ida.post(f"{MANY}/send", left | {"approval": str(asked.id)}).status_code == 409
    assert ida.post(f"/konsol/godkendelser/{asked.id}/godkend").status_code == 409, "not by herself"
    assert bo.post(f"/konsol/godkendelser/{asked.id}/godkend").status_code == 303
    assert 'data-testid="granted"' in ida.get(MANY) and 'data-testid="granted"' not in bo.get(MANY)
    assert bo.post(f"{MANY}/send", left | {"approval": str(asked.id)}).status_code == 409, "granted to her who asked"
    others = {"connection": "eoj-fjordby"}, {"standing": "unknown"}, {"cause": "other"}
    assert [preview(ida, approval=str(asked.id), **each).status_code for each in others] == [409] * 3
    mixed = left | {"left": " ".join(map(str, [stuck(world, connection="eoj-fjordby"), *many]))}
    assert ida.post(f"{MANY}/send", mixed | {"approval": str(asked.id)}).status_code == 409, "another connection's row"
    sent = ida.post(f"{MANY}/send", left | {"approval": str(asked.id)}).get_data(as_text=True)
    assert "5 sendt igen" in sent and f'name="approval" value="{asked.id}"' in sent


def test_a_message_is_given_up_by_two(world: ConsoleWorld) -> None:
    one = stuck(world)
    ida, bo = world.administrator(R.INTEGRATION), world.administrator(R.INTEGRATION, name="Bo Dam")
    address = f"/konsol/besked/{one}"
    assert ida.post(f"{address}/opgiv", {"reason": ""}).status_code == 422
    assert ida.post(f"{address}/opgiv", WHY).status_code == 303
    assert row(world, one).status == "stuck" and 'data-testid="asked"' in ida.get(address)
    (asked,) = world.gateway.approvals.listed(KOMMUNE_A)
    assert bo.post(f"/konsol/godkendelser/{asked.id}/godkend").status_code == 303
    assert row(world, one).status == "given-up"
    assert ida.post(f"{address}/opgiv", WHY).status_code == 409, "there is nothing to give up any more"


def test_a_note_without_its_picture_says_so_and_is_let_stand_by_the_workplace(world: ConsoleWorld) -> None:
    id = owed(world, connection="eoj-fjordby", status="stuck", fault="picture-too-large")
    wanda = world.administrator(R.WORKPLACE)
    for page in (wanda.get(LIST), wanda.get(f"/konsol/besked/{id}")):
        assert "Notatet står i journalen. Modparten tog ikke et billede: det er for stort." in page
    assert 'data-testid="without-pictures"' in page
    assert wanda.post(f"/konsol/besked/{id}/uden-billeder", {"reason": ""}).status_code == 422
    assert row(world, id).status == "stuck"


def test_only_what_stands_still_for_a_pictures_sake_goes_without(world: ConsoleWorld) -> None:
    id = stuck(world, connection="eoj-fjordby")
    ida = world.administrator(R.INTEGRATION)
    assert 'data-testid="without-pictures"' not in ida.get(f"/konsol/besked/{id}")
    assert ida.post(f"/konsol/besked/{id}/uden-billeder", WHY).status_code == 409
    assert row(world, id).status == "stuck"
