"""What the clinic's pages and scripted clients read as JSON; what they do stands in ``acts.py``."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, jsonify
from flask.typing import ResponseReturnValue

from gateway.web.acts import answers
from gateway.web.clinic import desk
from gateway.web.clinic.answers import ClinicSession, Counts, Entries, Entry, EntryState
from gateway.web.guards import current_session, open_to

blueprint = Blueprint("clinic_api", __name__, url_prefix="/api/v1")


@blueprint.get("/clinic/session")
@open_to("clinic")
@answers(ClinicSession)
def session() -> ResponseReturnValue:
    """Who is logged in, where, and the token that unsafe requests must carry."""
    mine = current_session()
    practices = [str(y) for y in desk.my_practices()]
    names = {"name": mine.grant.name, "role": mine.grant.role, "clinic": mine.grant.organisation}
    return jsonify({"csrf": mine.csrf, "practices": practices, "expires_at": mine.expires_at.isoformat()} | names)


@blueprint.get("/clinic/state")
@open_to("clinic")
@answers(Counts)
def state() -> ResponseReturnValue:
    """Numbers only: what the page asks for while the live stream is cut."""
    desk.attend()
    return jsonify(desk.counts())


@blueprint.get("/clinic/entries")
@open_to("clinic")
@answers(Entries)
def entries() -> ResponseReturnValue:
    """The calls that wait, ring or go on, by place."""
    desk.attend()
    return jsonify({"entries": desk.rows_of(desk.my_open_consultations(), "clinic-entries")})


@blueprint.get("/entries/<uuid:entry>")
@open_to("clinic")
@answers(Entry)
def show(entry: UUID) -> ResponseReturnValue:
    """One call with everything the clinic may know."""
    consultation, _ = desk.my_entry(entry)
    return jsonify(desk.pane_of(consultation, "clinic-entry"))


@blueprint.get("/entries/<uuid:entry>/state")
@open_to("clinic")
@answers(EntryState)
def entry_state(entry: UUID) -> ResponseReturnValue:
    """Codes, times and names of clinic people: what the call page follows."""
    return jsonify(desk.state_of(desk.my_entry(entry)[0]))
