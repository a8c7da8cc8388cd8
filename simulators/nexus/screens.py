"""What the nurse sees there: the citizens, one record with its forms, and the start by the signed launch."""

from flask import Flask, Response, jsonify

from simulators.directory import Organisation
from simulators.eoj.login import EmployeeLogin
from simulators.eoj.records import CareRecords, Record
from simulators.eoj.screens import Json, Screens, screens_blueprint
from simulators.eoj.signed_launch import SignedLaunches
from simulators.nexus.documents import id_of
from simulators.nexus.forms import Form, FormShelf
from simulators.sessions import SessionStore
from simulators.signing import SigningKey


class FormNotes:
    """The forms of a record, the newest first."""

    def __init__(self, shelf: FormShelf) -> None:
        self._shelf = shelf

    def __call__(self, record: Record) -> list[Json]:
        return [_shown(each) for each in reversed(self._shelf.of(id_of(record.reference), lambda _: True))]


def _shown(form: Form) -> Json:
    return {
        "id": form.id,
        "status": "current",
        "version": len(form.revisions),
        "date": form.changed.isoformat(timespec="minutes"),
        "title": f"{form.name} ({form.state})",
        "author": "",
        "texts": [form.value("Notat")],
    }


def mount_screens(
    app: Flask, base: str, gateway_url: str, organisation: Organisation, records: CareRecords, shelf: FormShelf
) -> None:
    """The pages, and the public half of the key that signs the launches (`/.well-known/jwks.json`)."""
    key = SigningKey.generated()
    login = EmployeeLogin(organisation, SessionStore(f"nexus_sim_session_{organisation.realm}"))
    signed = SignedLaunches(base, gateway_url, organisation, key, lambda reference: str(id_of(reference)))
    app.register_blueprint(screens_blueprint(Screens(login, records, FormNotes(shelf), signed), login))

    @app.get("/.well-known/jwks.json")
    def jwks() -> Response:
        return jsonify(key.public_jwks())
