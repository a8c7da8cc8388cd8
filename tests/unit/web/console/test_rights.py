"""Who gets where in the console: role × route × organisation, generated; a route without its row here is red (AD01)."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from werkzeug.routing import Rule

from gateway.domain.oversight import ConsoleRole, roles_here
from gateway.web.console.home import ROOMS
from gateway.web.csrf import SAFE
from gateway.web.guards import audience_of
from tests.unit.web.console.console_world import TENANTS, ConsoleWorld

R = ConsoleRole
MEND = {R.INTEGRATION, R.OPERATOR}
SEE = {R.INTEGRATION, R.SUPPORT, R.OPERATOR}
OWN = {R.INTEGRATION, R.SUPPORT, R.SETUP}
# Every route of the console, and the roles it stands open to.
OPEN_TO = {
    "/konsol": set(R),
    "/konsol/log-af": set(R),
    "/konsol/forbindelser": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/raekker": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/tilstand": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/<connection>": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/ny": MEND,
    "/konsol/forbindelser/<connection>/kladde": MEND,
    "/konsol/forbindelser/<connection>/til-kladde": MEND,
    "/konsol/forbindelser/<connection>/noegler": MEND,
    "/konsol/forbindelser/<connection>/kladde/proev": MEND,
    "/konsol/forbindelser/<connection>/kladde/aktiver": MEND,
    "/konsol/forbindelser/<connection>/kladde/kasser": MEND,
    "/konsol/forbindelser/<connection>/rul-tilbage": MEND,
    "/konsol/forbindelser/<connection>/udfas": MEND,
    "/konsol/alarmer": SEE,
    "/konsol/alarmer/proev": MEND,
    "/konsol/medarbejdere": {R.INTEGRATION, R.SETUP},
    "/konsol/medarbejdere/spaer": {R.INTEGRATION, R.SETUP},
    "/konsol/medarbejdere/aabn": {R.INTEGRATION, R.SETUP},
    "/konsol/klinikker": OWN,
    "/konsol/klinikker/<number>/invitation": OWN,
    "/konsol/opsaetning": {R.SETUP, R.LOG_REVIEW},
    "/konsol/opsaetning/til-kladde": {R.SETUP},
    "/konsol/opsaetning/kladde": {R.SETUP},
    "/konsol/opsaetning/kladde/vis": {R.SETUP},
    "/konsol/opsaetning/kladde/i-kraft": {R.SETUP},
    "/konsol/opsaetning/kladde/kasser": {R.SETUP},
    "/konsol/adgange": {R.SETUP, R.LOG_REVIEW},
    "/konsol/adgange.csv": {R.SETUP, R.LOG_REVIEW},
    "/konsol/adgange/roller": set(R),
    "/konsol/miljoe": SEE | {R.LOG_REVIEW},
    "/konsol/afvist": {R.LOG_REVIEW, R.OPERATOR},
    "/konsol/sletning": {R.LOG_REVIEW, R.SETUP},
    "/konsol/haendelse": {R.LOG_REVIEW},
    "/konsol/haendelse/tael": {R.LOG_REVIEW},
    "/konsol/haendelse/bed": {R.LOG_REVIEW},
    "/konsol/haendelse/<uuid:id>": {R.LOG_REVIEW},
    "/konsol/fortegnelse": {R.LOG_REVIEW, R.SETUP},
    "/konsol/fortegnelse.txt": {R.LOG_REVIEW, R.SETUP},
    "/konsol/miljoe/opsaetning.toml": MEND,
    "/konsol/miljoe/opgradering/meld-ud": {R.OPERATOR},
    "/konsol/miljoe/opgradering/traek-tilbage": {R.OPERATOR},
    "/konsol/statistik": OWN,
    "/konsol/statistik.csv": OWN,
    "/konsol/vedligehold": SEE,
    "/konsol/vedligehold/planlaeg": MEND,
    "/konsol/vedligehold/<uuid:id>/aflys": MEND,
    "/konsol/vedligehold/<uuid:id>/slut": MEND,
    "/konsol/forskelle": SEE | {R.WORKPLACE},
    "/konsol/forskelle/<uuid:id>/set": MEND,
    "/konsol/godkendelser": MEND | {R.LOG_REVIEW} | {R.SETUP},
    "/konsol/godkendelser/<uuid:id>/godkend": MEND | {R.LOG_REVIEW} | {R.SETUP},
    "/konsol/godkendelser/<uuid:id>/afvis": MEND | {R.LOG_REVIEW} | {R.SETUP},
    "/konsol/forbindelser/<connection>/pause": MEND,
    "/konsol/forbindelser/<connection>/genoptag": MEND,
    "/konsol/forbindelser/<connection>/proev": MEND,
    "/konsol/forbindelser/<connection>/proevebesked": MEND,
    "/konsol/forbindelser/<connection>/proevebesked/send": MEND,
    "/konsol/forbindelser/<connection>/kladde/proevekoer": MEND,
    "/konsol/forbindelser/<connection>/kontraktproeve": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/<connection>/kontraktproeve/koer": MEND,
    "/konsol/forbindelser/<connection>/kontraktproeve/raekker": SEE | {R.LOG_REVIEW},
    "/konsol/forbindelser/<connection>/kontraktproeve/<uuid:id>.html": SEE | {R.LOG_REVIEW},
    "/konsol/beskeder": SEE | {R.LOG_REVIEW},
    "/konsol/beskeder/borger": {R.INTEGRATION, R.SUPPORT, R.LOG_REVIEW},
    "/konsol/forloeb/<uuid:id>": SEE | {R.LOG_REVIEW},
    "/konsol/tilsyn": {R.LOG_REVIEW},
    "/konsol/tilsyn/indsigt": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve/<month>": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve/<month>.pdf": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve/<month>/traek": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve/<month>/vurder": {R.LOG_REVIEW},
    "/konsol/tilsyn/stikproeve/<month>/underskriv": {R.LOG_REVIEW},
    "/konsol/kraever-handling": SEE | {R.WORKPLACE},
    "/konsol/besked/<uuid:id>": SEE | {R.WORKPLACE},
    "/konsol/besked/<uuid:id>/proev-nu": MEND,
    "/konsol/besked/<uuid:id>/send-igen": MEND,
    "/konsol/besked/<uuid:id>/opgiv": MEND,
    "/konsol/besked/<uuid:id>/skrevet": MEND | {R.WORKPLACE},
    "/konsol/besked/<uuid:id>/uden-billeder": MEND | {R.WORKPLACE},
    "/konsol/oensker": {R.SUPPORT, R.SETUP, R.OPERATOR},
    "/konsol/oensker/<uuid:id>": {R.SUPPORT, R.SETUP, R.OPERATOR},
    "/konsol/gentag": MEND,
    "/konsol/gentag/send": MEND,
}


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> ConsoleWorld:
    return ConsoleWorld(tmp_path_factory.mktemp("rights"))


def console_rules(world: ConsoleWorld) -> Iterator[Rule]:
    with world.app.app_context():
        yield from (rule for rule in world.app.url_map.iter_rules() if audience_of(rule.endpoint) == "console")


def test_every_route_of_the_console_has_its_row(world: ConsoleWorld) -> None:
    assert {rule.rule for rule in console_rules(world)} == set(OPEN_TO)
    under_konsol = {rule.rule for rule in world.app.url_map.iter_rules() if rule.rule.startswith("/konsol")}
    assert under_konsol == set(OPEN_TO), "nothing below /konsol is open to another audience"


def test_each_role_reaches_its_routes_and_no_other(world: ConsoleWorld) -> None:
    """Every role of every organisation, and the operator's, at every route; 403 everywhere else."""
    wrong, tried = [], 0
    for tenant in (*TENANTS, None):
        for role in ConsoleRole:
            if not roles_here(frozenset({role}), tenant):
                continue
            for rule in console_rules(world):
                for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                    answer = world.administrator(role, tenant=tenant).ask(method, rule)
                    refused = answer.status_code == 403
                    tried += 1
                    if refused is (role in OPEN_TO[rule.rule]):
                        wrong.append((tenant, role, method, rule.rule, answer.status_code))
    assert tried >= 10 * len(OPEN_TO)
    assert wrong == []


def test_nobody_else_gets_in(world: ConsoleWorld) -> None:
    """An employee, a clinic and a stranger are asked to log in to the console; their own sessions do not count."""
    for seat in (world.employee(), world.clinic_user(), world.stranger()):
        for rule in console_rules(world):
            for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}:
                assert seat.ask(method, rule).status_code == 401, (method, rule.rule)


def test_an_administrator_is_no_employee_and_no_clinic(world: ConsoleWorld) -> None:
    ida = world.administrator(*ConsoleRole)
    for address in ("/", "/klinik", "/ny", "/arbejdssted", "/api/v1/session"):
        answer = ida.client.get(address, headers={"Accept": "application/json"})
        assert answer.status_code in (401, 404), address


def test_an_act_of_the_console_needs_the_sessions_token(world: ConsoleWorld) -> None:
    ida = world.administrator(*ConsoleRole)
    for rule in console_rules(world):
        for method in (rule.methods or set()) - set(SAFE):
            assert ida.ask(method, rule, csrf="").status_code == 403, rule.rule


def test_the_administrators_guide_names_every_room(world: ConsoleWorld) -> None:
    guide = (Path(__file__).parents[4] / "docs" / "operating.md").read_text(encoding="utf-8")
    rules = {rule.endpoint: rule.rule for rule in console_rules(world)}
    assert [room.endpoint for room in ROOMS if f"`{rules[room.endpoint]}`" not in guide] == []


@pytest.mark.parametrize("tenant", [*TENANTS, None])
def test_a_login_gives_only_the_roles_that_are_its_to_give(tenant: object) -> None:
    given = roles_here(frozenset(ConsoleRole), tenant)  # type: ignore[arg-type]
    assert given == ({R.OPERATOR} if tenant is None else set(R) - {R.OPERATOR})


def test_a_session_without_roles_is_never_opened(world: ConsoleWorld) -> None:
    from gateway.domain.errors import AccessRefused

    with pytest.raises(AccessRefused):
        world.administrator(tenant=TENANTS[0])
    with pytest.raises(AccessRefused):
        world.administrator(R.OPERATOR, tenant=TENANTS[0])


def test_another_organisations_connection_is_not_there(world: ConsoleWorld) -> None:
    ours = world.administrator(R.INTEGRATION, tenant=TENANTS[0]).get("/konsol/forbindelser")
    assert "eoj-fjordby" in ours and "gp-torvet" in ours and "eoj-skovby" not in ours
    everything = world.administrator(R.OPERATOR, tenant=None).get("/konsol/forbindelser")
    assert all(name in everything for name in ("eoj-fjordby", "eoj-skovby", "gp-torvet"))
