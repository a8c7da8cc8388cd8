"""Our own FHIR R4 door (``/fhir/r4``) for practice systems that fetch their queue: Tasks read, found and acted upon.

Each caller sees the entries of its own connection's practices; what it does is weighed by our row like a claim through
any other door (services/peer_changes.py). The dialect is ``adapters/gp_system/fhir_pull``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from flask import Response, request

from adapters.gp_system.fhir_pull.acts import acts_in
from adapters.gp_system.fhir_pull.capability import capability_statement, smart_configuration
from adapters.gp_system.fhir_pull.mapping import etag, searchset, standing_task
from adapters.gp_system.fhir_pull.search import PAGE_MARK, page_mark, search_of, understood
from adapters.gp_system.fhir_pull.unfit import Unfit
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.peers.messages import PeerChange, PeerVerb
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.ports.doors import AuditOf
from gateway.services.compose import entry_message
from gateway.services.practice_side import peer_changes
from gateway.web.doors import fhir_subscriptions  # noqa: F401 - its routes belong to this door
from gateway.web.doors.fhir_answers import Json, answer, base, blueprint, read_resource, refuse, version_wanted
from gateway.web.doors.fhir_login import Caller, caller
from gateway.web.guards import current_gateway, open_to

FORM = "application/x-www-form-urlencoded"
KINDS = {"Task": "GET, PUT", "Subscription": "GET, POST, PUT, DELETE", "metadata": "GET", "token": "POST"}
ALL_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]


@blueprint.get("/metadata")
@open_to("peer")
def metadata() -> Response:
    return answer(capability_statement(base()))


@blueprint.get("/.well-known/smart-configuration")
@open_to("peer")
def smart() -> Response:
    response = answer(smart_configuration(base()))
    response.mimetype = "application/json"
    return response


@blueprint.get("/Task")
@open_to("peer")
def search() -> Response:
    return _page(request.args.to_dict(flat=False))


@blueprint.post("/Task/_search")
@open_to("peer")
def search_by_form() -> Response:
    if request.mimetype != FORM:
        raise Unfit(415, "not-supported", f"Send {FORM}.")
    return _page({**request.args.to_dict(flat=False), **request.form.to_dict(flat=False)})


def _page(parameters: dict[str, list[str]]) -> Response:
    who = caller("Task", "s")
    lenient = "handling=lenient" in request.headers.get("Prefer", "").replace(" ", "").lower()
    wanted = search_of(parameters, lenient=lenient)
    total, found = current_gateway().entry_shelf.find(who.name, who.practices, wanted)
    page = found[: wanted.count]
    _receive(page, who)
    shown = _shown(who, [each.id for each in page], _audit_of(who, "read", "fhir-task-search"))
    links = _links(understood(parameters, lenient=lenient), page[-1] if len(found) > wanted.count and page else None)
    return answer(searchset(base(), "Task", [_task(each) for each in shown], total, links))


def _links(parameters: Mapping[str, Sequence[str]], last: FoundEntry | None) -> dict[str, str]:
    """Only words that were understood come back."""
    links = {"self": f"{base()}/Task?{urlencode(parameters, doseq=True)}"}
    if last is not None:
        onward = {**parameters, PAGE_MARK: [page_mark(last.changed_at, last.id)]}
        links["next"] = f"{base()}/Task?{urlencode(onward, doseq=True)}"
    return links


@blueprint.get("/Task/<id>")
@open_to("peer")
def read(id: str) -> Response:
    who = caller("Task", "r")
    _receive(_found(who, id), who)
    return _answered(_shown(who, [_uuid(id)], _audit_of(who, "read", "fhir-task")))


@blueprint.put("/Task/<id>")
@open_to("peer")
def update(id: str) -> Response:
    """Accept, reject, put back, seen, who talks. Without the version that was read: 400; another one by now: 412."""
    who = caller("Task", "u")
    put = read_resource("Task")
    version = version_wanted()
    entry = _found(who, id)[0].id
    if put.get("id") != str(entry):
        raise Unfit(400, "invalid", "The id of the resource is not that of the address.", "Task.id")
    _act(who, entry, put, version)
    return _answered(_shown(who, [entry], None))


def _act(who: Caller, entry: UUID, put: Json, version: int) -> None:
    """One transaction: everything the request says, and who said it about whom."""
    gateway = current_gateway()
    present = _shown(who, [entry], None)
    if not present:
        raise NotFound("entry")
    consultation = present[0].consultation
    if consultation.version != version:
        held = next(each for each in consultation.entries if each.id == entry)
        raise TransitionRefused("change", str(held.status), "stale", held.accepted_name)
    acts = acts_in(put, _task(present[0]), who.name, gateway.clock.now())
    audit = [_audit_of(who, "write", "fhir-task-update", acts)(consultation, entry)]
    peer_changes.apply_now(entry, acts, who.name, version, store=gateway.store, clock=gateway.clock, audit=audit)


def _found(who: Caller, id: str) -> Sequence[FoundEntry]:
    """The entry by its id; ``NotFound`` also where it is another practice's."""
    _, found = current_gateway().entry_shelf.find(who.name, who.practices, EntrySearch(ids=frozenset([_uuid(id)])))
    if not found:
        raise NotFound("entry")
    return found


def _uuid(id: str) -> UUID:
    try:
        return UUID(id)
    except ValueError:
        raise NotFound("entry") from None


def _receive(found: Sequence[FoundEntry], who: Caller) -> None:
    """What is fetched has been received: said before it is shown, so that the version shown is the one that stands."""
    gateway = current_gateway()
    for each in found:
        if not each.received:
            claim = PeerChange(each.id, PeerVerb.RECEIVED, gateway.clock.now())
            peer_changes.apply(claim, who.name, store=gateway.store, clock=gateway.clock)
    gateway.peers.noticed(who.name, "")


def _shown(who: Caller, entries: Sequence[UUID], audit_of: AuditOf | None) -> Sequence[ShownEntry]:
    return current_gateway().entry_shelf.show(who.name, who.practices, entries, audit_of)


def _task(shown: ShownEntry) -> Json:
    gateway = current_gateway()
    organisation = gateway.organisation(shown.consultation.tenant)
    message = entry_message(shown.consultation, shown.entry, organisation, gateway.settings.public_url)
    return standing_task(message, shown.consultation.version, shown.changed_at)


def _answered(shown: Sequence[ShownEntry]) -> Response:
    if not shown:
        raise NotFound("entry")
    task = _task(shown[0])
    return answer(task, ETag=etag(task))


def _audit_of(who: Caller, verb: str, what: str, acts: Sequence[PeerChange] = ()) -> AuditOf:
    """The system that asks, or the person it says acted (D14)."""
    person = next((act for act in acts if act.who_id), None)
    actor = Actor(ActorKind.PEER, who.name)
    if person is not None:
        actor = Actor(ActorKind.CLINIC, person.who_id, person.who, PEER_ROLE)
    at = current_gateway().clock.now()

    def row(consultation: Consultation, entry: UUID) -> AuditRow:
        practice = next(each.practice_name for each in consultation.entries if each.id == entry)
        case = consultation.cases[0].id if consultation.cases else None
        return AuditRow(at, actor, practice, verb, what, consultation.id, case, "treatment", "fhir")

    return row


@blueprint.route("/", defaults={"rest": ""}, methods=ALL_METHODS)
@blueprint.route("/<path:rest>", methods=ALL_METHODS)
@open_to("peer")
def nothing_here(rest: str) -> Response:
    """An OperationOutcome also where we have nothing: a known address by another method is 405."""
    first = rest.split("/")[0]
    if first in KINDS:
        refused = refuse(405, "not-supported", "Not by that method; see the CapabilityStatement.")
        refused.headers["Allow"] = KINDS[first]
        return refused
    raise Unfit(404, "not-supported", "There is nothing here; see the CapabilityStatement.")
