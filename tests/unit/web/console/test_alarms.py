"""What is wrong and what differs, to whose eyes; certificates by their end (AD13, AD14, G21)."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from uuid import UUID

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding

from gateway.alarms.expiring import endings, reached, unreadable
from gateway.domain.alarm import AlarmKind, Condition
from gateway.domain.oversight import ConsoleRole
from gateway.domain.peers.delivery import Outcome
from gateway.domain.practice import COPENHAGEN
from gateway.domain.scope import SystemScope
from gateway.web.rendering import moment, weekday
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.unit.web.console.console_world import ConsoleWorld

R = ConsoleRole
ALARMS, DIFFERENCES = "/konsol/alarmer", "/konsol/forskelle"
WHY = {"reason": "Notatet ligger under et andet forløb"}


@pytest.fixture
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("alarms"))


def differing(world: ConsoleWorld, tenant: UUID = KOMMUNE_A) -> UUID:
    """A delivery that its peer took and does not show."""
    consultation = world.owed_to("gp-torvet", tenant)
    g, id = world.gateway, world.gateway.store.deliveries_of(SystemScope(), consultation.id)[0].id
    claimed = g.outbox.claim(timedelta(minutes=5), id)
    assert claimed is not None
    g.outbox.settle(claimed, Outcome.DONE, pause=timedelta(0))
    assert g.comparisons.compared(claimed, "not-in-the-queue")
    return id


def certificate(world: ConsoleWorld, place: Path, days: int) -> None:
    key, now = ec.generate_private_key(ec.SECP256R1()), world.gateway.clock.now()
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Fjordby funktionscertifikat")])
    made = x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
    made = made.serial_number(1).not_valid_before(now - timedelta(days=90)).not_valid_after(now + timedelta(days=days))
    place.write_bytes(made.sign(key, hashes.SHA256()).public_bytes(Encoding.PEM))


def test_each_sees_her_own_alarms_and_the_operator_all(world: ConsoleWorld) -> None:
    wrong = {
        Condition(AlarmKind.STUCK, "eoj-fjordby", KOMMUNE_A, 3),
        Condition(AlarmKind.STUCK, "eoj-skovby", KOMMUNE_B),
        Condition(AlarmKind.SILENT, "relay", None),
    }
    world.gateway.alarms.update(wrong, {})
    ours = world.administrator(R.SUPPORT).get(ALARMS)
    assert "3 beskeder står fast" in ours and "eoj-skovby" not in ours and "relay" not in ours
    assert 'data-testid="test-alarms"' not in ours
    everything = world.administrator(R.OPERATOR, tenant=None).get(ALARMS)
    assert all(f'data-subject="{name}"' in everything for name in ("eoj-fjordby", "eoj-skovby", "relay"))
    world.gateway.alarms.update(set(), {})
    over = world.administrator(R.SUPPORT).get(ALARMS)
    assert "Ingen alarmer." in over and "slut" in over


def test_every_alarm_has_its_words(world: ConsoleWorld) -> None:
    world.gateway.alarms.update({Condition(kind, "x", KOMMUNE_A, 2) for kind in AlarmKind}, {})
    shown = world.administrator(R.SUPPORT).get(ALARMS)
    assert all(f'data-alarm="{kind}"' in shown for kind in AlarmKind)


def test_a_trial_alarm_says_where_nobody_is_told(world: ConsoleWorld) -> None:
    answer = world.administrator(R.OPERATOR, tenant=None).post(f"{ALARMS}/proev")
    assert answer.status_code == 200 and "Ingen steder er sat op" in answer.get_data(as_text=True)


def test_certificates_stand_by_their_end_and_only_ones_own(world: ConsoleWorld, tmp_path: Path) -> None:
    certificate(world, tmp_path / "later.pem", 200)
    certificate(world, tmp_path / "soon.pem", 5)
    for name, file, tenant in (("eoj-fjordby", "later", KOMMUNE_A), ("eoj-skovby", "soon", KOMMUNE_B)):
        known = dict(world.gateway.connections.history(name)[0].config)
        world.connect(name, "eoj", "smart_fhir", tenant, known | {"client_certificate": f"file:{tmp_path}/{file}.pem"})
    ours = world.administrator(R.INTEGRATION).get(ALARMS)
    assert 'data-days="199"' in ours and "Fjordby funktionscertifikat" in ours and 'data-days="4"' not in ours
    assert str(tmp_path) not in ours, "where a secret lies is not told"
    theirs = world.administrator(R.INTEGRATION, tenant=KOMMUNE_B).get(ALARMS)
    assert 'data-days="4"' in theirs and 'class="asks">om 4 dage' in theirs


def test_a_certificate_that_ends_is_told_at_each_step_and_not_where_a_newer_one_stands(
    world: ConsoleWorld, tmp_path: Path
) -> None:
    file = tmp_path / "client.pem"
    known = dict(world.gateway.connections.history("eoj-fjordby")[0].config)
    config = known | {"client_certificate": f"file:{file}"}
    world.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, config)

    def step(*days: int) -> object:
        certificate(world, file, days[0])
        for more in days[1:]:
            before = file.read_bytes()
            certificate(world, file, more)
            file.write_bytes(before + file.read_bytes())
        now = world.gateway.clock.now()
        return reached(endings(world.gateway.connections.active()), now).get(("eoj-fjordby", KOMMUNE_A))

    assert [step(200), step(60), step(20), step(5), step(1), step(-1)] == [None, 60, 30, 7, 1, 0]
    assert step(5, 300) is None, "it has been followed already"
    file.unlink()
    assert unreadable(world.gateway.connections.active()) >= {"eoj-fjordby"}


def test_a_difference_is_settled_by_whose_it_is_with_what_came_of_it(world: ConsoleWorld) -> None:
    ours, theirs = differing(world), differing(world, KOMMUNE_B)
    ida = world.administrator(R.INTEGRATION)
    page = ida.get(DIFFERENCES)
    assert f'data-delivery="{ours}"' in page and str(theirs) not in page and "ikke i klinikkens kø" in page
    assert ida.post(f"{DIFFERENCES}/{theirs}/set", WHY).status_code == 404
    assert ida.post(f"{DIFFERENCES}/{ours}/set", {"reason": ""}).status_code == 422
    assert ida.post(f"{DIFFERENCES}/{ours}/set", WHY).status_code == 303
    assert ida.post(f"{DIFFERENCES}/{ours}/set", WHY).status_code == 404, "a second click finds nothing open"
    assert [each.delivery for each in world.gateway.comparisons.open()] == [theirs]


def test_a_day_far_away_carries_its_year(world: ConsoleWorld) -> None:
    now = world.gateway.clock.now()
    far, near = now + timedelta(days=200), now + timedelta(days=100)
    with world.app.test_request_context(ALARMS):
        assert f"{far.astimezone(COPENHAGEN):%Y}" in moment(far) and f"{far:%Y}" in weekday(far.date())
        assert f"{near.astimezone(COPENHAGEN):%Y}" not in moment(near) and f"{near:%Y}" not in weekday(near.date())
