"""The practice system as one application: token endpoint, FHIR endpoint, notifications, screen, test bench's door."""

from dataclasses import dataclass

from flask import Blueprint, Flask, Response, jsonify, request

from simulators.control import control_blueprint, let_logins_fail
from simulators.directory import Organisation
from simulators.faults import Faults
from simulators.fhir.capability import capability_statement
from simulators.fhir.engine import Engine, TypeRules
from simulators.fhir.http import fhir_blueprint
from simulators.fhir.search import by_code, by_concept, by_identifier, by_reference_identifier
from simulators.fhir.store import ResourceStore
from simulators.gp.appointment_rules import appointment_check
from simulators.gp.notifications import checked_subscription
from simulators.gp.screen import QueueScreen, screen_blueprint
from simulators.gp.subscriptions import Subscriptions
from simulators.gp.task_rules import mark_received_on_arrival, task_check
from simulators.oauth.backend import system_token
from simulators.oauth.clients import ASSERTION_ALGORITHMS, Client, ClientKeys, Clients
from simulators.oauth.endpoints import refusal_answer
from simulators.oauth.grants import Grants
from simulators.oauth.refusal import OAuthRefused
from simulators.pages import page_app
from simulators.sessions import SessionStore

COOKIE = "gp_sim_session"
KEPT = {"Task", "Appointment"}


@dataclass(frozen=True)
class GpSettings:
    """`client_keys`: file or URL of the gateway's public keys."""

    clinics: tuple[Organisation, ...]
    client_id: str = "laegebro"
    client_keys: str | None = None
    heeds_preconditions: bool = True

    @property
    def hosted(self) -> frozenset[str]:
        return frozenset(number for clinic in self.clinics for number in clinic.ydernumre)


def gp_rules(hosted: frozenset[str]) -> dict[str, TypeRules]:
    owner = by_reference_identifier("owner")
    matchers = {
        "identifier": by_identifier,
        "status": by_code("status"),
        "code": by_concept("code"),
        "owner": owner,
        "owner:identifier": owner,
    }
    return {
        "Task": TypeRules("crus", matchers, task_check(hosted), needs_if_match=True),
        "Appointment": TypeRules("crus", {"identifier": by_identifier}, appointment_check, needs_if_match=True),
        "Subscription": TypeRules("crus", {"status": by_code("status")}, checked_subscription),
    }


def gp_app(
    base: str,
    settings: GpSettings,
    store: ResourceStore | None = None,
    faults: Faults | None = None,
    *,
    receives: bool = True,
) -> Flask:
    """One practice system of the given clinics. ``store``: to look into from outside; ``faults``: not only planned;
    ``receives``: whether Tasks are sent to it, rather than fetched."""
    app = page_app(__name__, "gp", "Lægesystem")
    store, faults, grants = store or ResourceStore(), faults or Faults(), Grants()
    rules, heeds = gp_rules(settings.hosted), settings.heeds_preconditions
    engine = Engine(f"{base}/fhir", store, faults, rules, heeds_preconditions=heeds)
    # Order matters: subscribers hear of the arrival before they hear that it was received.
    subscriptions = Subscriptions(engine.base, store, faults)
    if receives:
        mark_received_on_arrival(store)
    keys = ClientKeys(settings.client_keys) if settings.client_keys else None
    clients = Clients(Client(settings.client_id, keys=keys))
    statement = capability_statement("Lægesystem (simulator)", engine.base, f"{base}/auth/token", engine.rules)
    operations = {("Subscription", "$status"): subscriptions.status}
    # Ports share cookies, so two practice systems on one name need two cookies.
    sessions = SessionStore("_".join([COOKIE, *(clinic.realm for clinic in settings.clinics)]))
    screen = QueueScreen(engine, settings.clinics, sessions)
    app.register_blueprint(fhir_blueprint(engine, grants, statement, operations), url_prefix="/fhir")
    app.register_blueprint(_token_blueprint(base, clients, grants))
    let_logins_fail(app, faults)
    app.register_blueprint(screen_blueprint(screen))
    app.register_blueprint(control_blueprint(faults, store, KEPT, lambda: store.drop(KEPT)), url_prefix="/_sim")
    return app


def _token_blueprint(base: str, clients: Clients, grants: Grants) -> Blueprint:
    """Backend Services only: no person logs in to this system's FHIR endpoint."""
    blueprint = Blueprint("auth", __name__)
    blueprint.register_error_handler(OAuthRefused, refusal_answer)
    configuration = {
        "token_endpoint": f"{base}/auth/token",
        "token_endpoint_auth_methods_supported": ["private_key_jwt"],
        "token_endpoint_auth_signing_alg_values_supported": ASSERTION_ALGORITHMS,
        "grant_types_supported": ["client_credentials"],
        "scopes_supported": ["system/Task.crus", "system/Subscription.crus", "system/Appointment.crus"],
        "capabilities": ["client-confidential-asymmetric", "permission-v1", "permission-v2"],
    }
    blueprint.add_url_rule("/fhir/.well-known/smart-configuration", "smart", lambda: jsonify(configuration))

    @blueprint.post("/auth/token")
    def token() -> Response:
        client, proved = clients.authenticate(
            request.form, request.headers.get("Authorization", ""), f"{base}/auth/token"
        )
        if request.form.get("grant_type") != "client_credentials":
            raise OAuthRefused("unsupported_grant_type", "only client_credentials")
        return system_token(grants, client, proved)

    return blueprint
