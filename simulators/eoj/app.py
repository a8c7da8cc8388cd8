"""The care system as one application: authorization server, FHIR endpoint, screens, and the test bench's door."""

from dataclasses import dataclass

from flask import Flask

from simulators.control import control_blueprint, let_logins_fail
from simulators.directory import Organisation
from simulators.eoj.fhir_rules import FILED_KINDS, NOTE_KINDS, rules, seed
from simulators.eoj.flaws import LaunchFlaws, flaws_blueprint
from simulators.eoj.login import EmployeeLogin
from simulators.eoj.note_flaws import FlawedEngine, FlawedFaults
from simulators.eoj.records import CareRecords
from simulators.eoj.screens import DocumentNotes, Screens, SmartStart, screens_blueprint
from simulators.eoj.signed_launch import SignedLaunches
from simulators.eoj.smart import AuthorizationServer, Launches, smart_blueprint
from simulators.faults import Faults
from simulators.fhir.capability import capability_statement
from simulators.fhir.http import fhir_blueprint
from simulators.fhir.store import ResourceStore
from simulators.flaws import flaw_door
from simulators.oauth.clients import Client, ClientKeys, Clients
from simulators.oauth.grants import Grants
from simulators.pages import page_app
from simulators.sessions import SessionStore
from simulators.signing import SigningKey

COOKIE = "eoj_sim_session"


@dataclass(frozen=True)
class EojSettings:
    """`client_keys`: file or URL of the gateway's public keys; without it only the public client flow works."""

    gateway_url: str
    organisation: Organisation
    records: CareRecords
    client_id: str = "laegebro"
    client_keys: str | None = None
    redirect_uris: tuple[str, ...] = ()
    key_file: str | None = None
    heeds_preconditions: bool = True
    note_kinds: tuple[str, ...] = NOTE_KINDS[:1]

    def client(self) -> Client:
        callback = f"{self.gateway_url.rstrip('/')}/launch/smart/callback"
        keys = ClientKeys(self.client_keys) if self.client_keys else None
        return Client(self.client_id, (callback, *self.redirect_uris), keys)


def eoj_app(
    base: str, settings: EojSettings, store: ResourceStore | None = None, faults: Faults | None = None
) -> Flask:
    """One care system of one organisation. ``store``: to look into from outside; ``faults``: not only planned ones."""
    app = page_app(__name__, "eoj", "Omsorgsjournal")
    flaws, store, grants = FlawedFaults(), store or ResourceStore(), Grants()
    faults = faults or flaws
    seed(store, settings.records, settings.organisation)
    key = SigningKey.kept_in(settings.key_file)
    server = AuthorizationServer(
        base,
        settings.organisation,
        Clients(settings.client()),
        grants,
        Launches(),
        # Ports share cookies, so two care systems on one name need two cookies.
        SessionStore(f"{COOKIE}_{settings.organisation.realm}"),
        key,
        LaunchFlaws(key),
    )
    engine = FlawedEngine(
        server.fhir, store, faults, rules(store, settings.note_kinds), heeds_preconditions=settings.heeds_preconditions
    )
    engine.flaws = flaws
    statement = capability_statement("Omsorgsjournal (simulator)", server.fhir, f"{base}/auth/token", engine.rules)
    signed = SignedLaunches(base, settings.gateway_url, settings.organisation, key)
    login = EmployeeLogin(settings.organisation, server.sessions)
    screens = Screens(login, settings.records, DocumentNotes(store), signed, SmartStart(server, settings.gateway_url))
    app.register_blueprint(smart_blueprint(server))
    let_logins_fail(app, faults)
    app.register_blueprint(fhir_blueprint(engine, grants, statement), url_prefix="/fhir")
    app.register_blueprint(screens_blueprint(screens, login))
    app.register_blueprint(flaws_blueprint(server.flaws), url_prefix="/_sim")
    flaw_door(app, "/_sim/flaw", flaws.plant)
    app.register_blueprint(
        control_blueprint(faults, store, FILED_KINDS, lambda: store.drop(FILED_KINDS)), url_prefix="/_sim"
    )
    return app
