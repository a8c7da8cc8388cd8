"""A connection's draft: the adapter's own form, faults by field, nothing typed lost, tried (AD01, AD03–AD05)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from sqlalchemy import select

import adapters.gp_system
from adapters.discovery import KINDS, found_adapters
from gateway.connecting.fields import fields_of
from gateway.domain.oversight import ConsoleRole
from gateway.store.ground.schema import metadata
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import Administrator, ConsoleWorld

R = ConsoleRole
OURS = "/konsol/forbindelser/eoj-fjordby"
DRAFT = f"{OURS}/kladde"
WHY = {"reason": "Ny adresse efter leverandørens flytning"}
SCAFFOLD = '''"""Practices on Nyt System, scaffolded a minute ago."""
from pydantic import BaseModel, ConfigDict, Field


class Settings(BaseModel):
    """What Nyt System asks for."""

    model_config = ConfigDict(extra="forbid")
    endpoint: str = Field(title="Endpoint", description="where its queue lies", examples=["https://koe.example/api"])
    patience: float = Field(7.5, gt=0, le=60, title="Patience", json_schema_extra={"unit": "s"})
    colour: str = Field("red", json_schema_extra={"enum": ["red", "green"]})
    api_key: str = Field("", description="its key")


class Adapter:
    def __init__(self, name, settings, secrets):
        self.capabilities = frozenset()
'''


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("drafts"), console_networks="127.0.0.0/8")


@pytest.fixture
def scaffolded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A folder of one's own with an adapter in it, on the path on which adapters are found."""
    place = tmp_path / "nytsystem"
    place.mkdir()
    (place / "__init__.py").write_text(SCAFFOLD, encoding="utf-8")
    monkeypatch.setattr(adapters.gp_system, "__path__", [*adapters.gp_system.__path__, str(tmp_path)])
    yield


def drafted(world: ConsoleWorld, by: Administrator | None = None) -> int:
    """A draft of the connection as it is in force; its number."""
    ida = by or world.administrator(R.INTEGRATION)
    present = world.gateway.connections.present("eoj-fjordby")
    assert present is not None
    assert ida.post(f"{OURS}/til-kladde", {"number": str(present.number)}).status_code == 303
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None
    return draft.revision.number


def typed(world: ConsoleWorld, **changed: str) -> dict[str, str]:
    """All fields as the page shows them, with some changed."""
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None
    known = {"read": str(draft.revision.number), "label": "Journalen"}
    settings = {"client_id": "us", "issuer": str(draft.revision.config.get("issuer", ""))} | changed
    return known | {f"setting.{name}": value for name, value in settings.items()}


def audited(world: ConsoleWorld) -> list[str]:
    audit = metadata.tables["audit"]
    with world.gateway.engine.connect() as db:
        return list(db.execute(select(audit.c.what).order_by(audit.c.seq)).scalars())


@pytest.mark.parametrize("kind", KINDS)
def test_every_setting_of_every_adapter_has_its_field(kind: str) -> None:
    for found in found_adapters(kind):
        names = {field.path.partition(".")[0] for field in fields_of(found.settings)}
        assert names == set(found.settings.model_fields) - {"tenant", "clinic"}, found.name


def test_a_scaffolded_adapter_appears_with_its_own_words(world: ConsoleWorld, scaffolded: None) -> None:
    finn = world.administrator(R.OPERATOR, tenant=None, name="Finn")
    assert "gp_system/nytsystem" in finn.get("/konsol/forbindelser/ny")
    begun = {"adapter": "gp_system/nytsystem", "name": "ny-klinik", "label": "Nyt", "synthetic": "yes"}
    assert finn.post("/konsol/forbindelser/ny", begun).status_code == 303
    form = finn.get("/konsol/forbindelser/ny-klinik/kladde")
    for words in ("where its queue lies", "https://koe.example/api", "Patience (s)", "Mellem 0 og 60", "green"):
        assert words in form
    assert 'data-setting="api_key" data-shape="reference"' in form
    said = {"read": "1", "label": "Nyt", "setting.endpoint": "", "setting.patience": "mange", "setting.colour": "red"}
    assert finn.post("/konsol/forbindelser/ny-klinik/kladde", said).status_code == 303
    form = finn.get("/konsol/forbindelser/ny-klinik/kladde")
    assert "Endpoint: Skal udfyldes." in form and "Patience: Skriv et tal." in form and 'value="mange"' in form
    said |= {"read": "2", "setting.endpoint": "http://127.0.0.1:1/", "setting.patience": "8"}
    assert finn.post("/konsol/forbindelser/ny-klinik/kladde", said).status_code == 303
    assert 'data-code="refused"' in finn.post("/konsol/forbindelser/ny-klinik/kladde/proev").get_data(as_text=True)
    assert world.gateway.connections.present("ny-klinik") is None


def test_what_is_typed_is_kept_with_its_faults_and_nothing_comes_into_force(world: ConsoleWorld) -> None:
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    said = typed(world, client_id="", total_timeout="hundrede", note_as="Fax", launch_scopes="openid\nfhirUser")
    assert ida.post(DRAFT, said).status_code == 303
    form = ida.get(DRAFT)
    assert form.count('class="field__fault"') == 3 and form.count("#field-client_id") == 1
    assert 'value="hundrede"' in form and "openid\nfhirUser</textarea>" in form
    present = world.gateway.connections.present("eoj-fjordby")
    assert present is not None and present.number == 1 and present.config["client_id"] == "us"


def test_two_who_edit_one_draft_are_told_of_each_other(world: ConsoleWorld) -> None:
    drafted(world)
    ida, bo = world.administrator(R.INTEGRATION), world.administrator(R.INTEGRATION, name="Bo Dam")
    hers = typed(world, client_id="idas")
    assert bo.post(DRAFT, typed(world, client_id="bos")).status_code == 303
    answer = ida.post(DRAFT, hers)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "Bo Dam har gemt kladden, mens du skrev" in text
    assert "bos → idas" in text and 'value="idas"' in text
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None and draft.revision.config["client_id"] == "bos"
    assert ida.post(DRAFT, hers | {"read": str(draft.revision.number)}).status_code == 303, "having been told"


def test_a_secret_is_named_by_its_place_and_never_written_or_shown(world: ConsoleWorld) -> None:
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    answer = ida.post(DRAFT, typed(world, client_secret="hunter2-hunter2", client_id="nyt-id"))
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and "hunter2" not in text and 'value="nyt-id"' in text
    for told in ("env:LAEGEBRO_DATA_KEY", "file:/etc/passwd", "file:/secrets/../etc/passwd"):
        assert ida.post(DRAFT, typed(world, client_secret=told)).status_code == 422
    kept = json.dumps([dict(each.config) for each in world.gateway.connections.history("eoj-fjordby")])
    assert "hunter2" not in kept and "LAEGEBRO_DATA_KEY" not in kept and "passwd" not in kept


def test_a_secret_may_lie_in_the_folder_of_its_owner_only(tmp_path: Path) -> None:
    world = ConsoleWorld(tmp_path, console_secrets=str(tmp_path / "peers"))
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    theirs = f"file:{tmp_path}/peers/{KOMMUNE_B}/secret"
    assert ida.post(DRAFT, typed(world, client_secret=theirs)).status_code == 422
    ours = f"file:{tmp_path}/peers/{KOMMUNE_A}/secret"
    assert ida.post(DRAFT, typed(world, client_secret=ours, client_key="")).status_code == 303


@pytest.mark.parametrize(
    "address", ["https://10.1.2.3/fhir", "http://169.254.169.254/latest", "http://[::1]/x", "https://0x7f000001/x"]
)
def test_an_address_in_an_internal_net_is_refused_with_its_rule(tmp_path: Path, address: str) -> None:
    world = ConsoleWorld(tmp_path)
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    assert ida.post(DRAFT, typed(world, issuer=address)).status_code == 303
    answer = ida.post(f"{DRAFT}/proev")
    page = answer.get_data(as_text=True)
    assert "Adressen peger på et internt net" in page and 'data-step="name"' not in page
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None and not draft.is_tested


def test_an_organisation_takes_nothing_that_is_anothers(world: ConsoleWorld) -> None:
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    theirs = dict(world.gateway.connections.history("eoj-skovby")[0].config) | {"issuer": "http://127.0.0.1:2/fhir"}
    world.connect("eoj-skovby", "eoj", "smart_fhir", KOMMUNE_B, theirs)
    assert ida.post(DRAFT, typed(world, issuer="http://127.0.0.1:2/fhir")).status_code == 303
    assert "En anden forbindelse bruger værdien" in ida.get(DRAFT)
    assert ida.post(DRAFT, typed(world, employers=f"99220007 = {KOMMUNE_B}")).status_code == 303
    assert "Kun driften kan give andre organisationer og klinikker adgang." in ida.get(DRAFT)
    for address in ("eoj-skovby", "gp-torvet", "nowhere"):
        assert ida.client.get(f"/konsol/forbindelser/{address}/kladde").status_code == 404
        assert ida.post(f"/konsol/forbindelser/{address}/til-kladde", {"number": "1"}).status_code == 404
    begun = {"adapter": "gp_system/fhir_r4", "name": "gp-new"}
    assert ida.post("/konsol/forbindelser/ny", begun).status_code == 422, "the shared ones are the operator's"
    assert ida.post("/konsol/forbindelser/ny", {"adapter": "eoj/nexus", "name": "eoj-skovby"}).status_code == 422


def test_a_citizens_number_is_not_kept(world: ConsoleWorld) -> None:
    drafted(world)
    answer = world.administrator(R.INTEGRATION).post(DRAFT, typed(world, client_id="251248-9996"))
    assert answer.status_code == 422 and "251248" not in answer.get_data(as_text=True)


def test_what_is_not_tried_cannot_come_into_force(world: ConsoleWorld) -> None:
    number = drafted(world)
    ida = world.administrator(R.INTEGRATION)
    assert ida.post(f"{DRAFT}/aktiver", WHY | {"number": str(number)}).status_code == 422
    assert "refused" in ida.post(f"{DRAFT}/proev").get_data(as_text=True)
    assert ida.post(f"{DRAFT}/aktiver", WHY | {"number": str(number)}).status_code == 422
    assert [each.number for each in world.gateway.connections.history("eoj-fjordby")] == [2, 1]


def test_a_draft_survives_a_pause_and_is_dropped_by_hand(world: ConsoleWorld) -> None:
    drafted(world)
    ida = world.administrator(R.INTEGRATION)
    ida.post(DRAFT, typed(world, client_id="later"))
    ida.post(f"{OURS}/pause", WHY)
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None and draft.revision.config["client_id"] == "later"
    assert 'data-testid="open-draft"' in ida.get(OURS)
    assert ida.post(f"{DRAFT}/kasser", {"number": str(draft.revision.number)}).status_code == 303
    present = world.gateway.connections.present("eoj-fjordby")
    assert world.gateway.drafts.of("eoj-fjordby") is None
    assert present is not None and (present.state, present.config["client_id"]) == ("paused", "us")
    assert {"connections draft eoj-fjordby", "connections drop eoj-fjordby"} <= set(audited(world))


def test_one_goes_back_to_what_was_in_force(world: ConsoleWorld) -> None:
    first = dict(world.gateway.connections.history("eoj-fjordby")[0].config)
    world.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, first | {"client_id": "wrong"})
    ida = world.administrator(R.INTEGRATION)
    assert 'data-testid="back-to-1"' in ida.get(OURS)
    assert ida.post(f"{OURS}/rul-tilbage", WHY | {"number": "2"}).status_code == 404, "what is in force"
    assert ida.post(f"{OURS}/rul-tilbage", WHY | {"number": "1"}).status_code == 303
    present = world.gateway.connections.present("eoj-fjordby")
    assert present is not None and (present.number, present.config["client_id"]) == (3, "us")
