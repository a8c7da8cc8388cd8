"""Tasks at our FHIR door: searched, read and updated. Each caller sees the entries of its own connection's practices;
what it does is weighed by our row like a claim through any other door."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from urllib.parse import urlencode
from uuid import UUID

from adapters.gp_system.fhir_pull.acts import acts_in
from adapters.gp_system.fhir_pull.answers import FORM, Json, answer, form_of, read_resource, version_wanted
from adapters.gp_system.fhir_pull.mapping import etag, searchset, standing_task
from adapters.gp_system.fhir_pull.question import Asked
from adapters.gp_system.fhir_pull.search import PAGE_MARK, page_mark, search_of, understood
from adapters.gp_system.fhir_pull.unfit import Unfit
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.errors import NotFound, TransitionRefused
from gateway.domain.peers.entry_search import EntrySearch, FoundEntry, ShownEntry
from gateway.domain.peers.messages import PeerChange
from gateway.domain.people import PEER_ROLE, Actor, ActorKind
from gateway.domain.records import AuditRow
from gateway.ports.calling import AuditOf
from gateway.ports.doors import Reply, Said

Parameters = Mapping[str, Sequence[str]]


def search(asked: Asked) -> Reply:
    """GET Task."""
    return _page(asked, asked.call.query)


def search_by_form(asked: Asked) -> Reply:
    """POST Task/_search: an identity never stands in an address."""
    if asked.call.media_type != FORM:
        raise Unfit(415, "not-supported", f"Send {FORM}.")
    return _page(asked, {**asked.call.query, **form_of(asked.call)})


def _page(asked: Asked, parameters: Parameters) -> Reply:
    lenient = "handling=lenient" in asked.call.headers.get("prefer", "").replace(" ", "").lower()
    wanted = search_of(parameters, lenient=lenient)
    queue, connection = asked.use.queue, asked.who.name
    total, found = queue.find(connection, wanted)
    page = found[: wanted.count]
    _receive(asked, page)
    shown = queue.show(connection, [each.id for each in page], _audit_of(asked, "read", "fhir-task-search"))
    last = page[-1] if len(found) > wanted.count and page else None
    links = _links(asked.base, understood(parameters, lenient=lenient), last)
    return answer(searchset(asked.base, "Task", [_task(asked, each) for each in shown], total, links))


def _links(base: str, parameters: Parameters, last: FoundEntry | None) -> dict[str, str]:
    """Only words that were understood come back."""
    links = {"self": f"{base}/Task?{urlencode(parameters, doseq=True)}"}
    if last is not None:
        onward = {**parameters, PAGE_MARK: [page_mark(last.changed_at, last.id)]}
        links["next"] = f"{base}/Task?{urlencode(onward, doseq=True)}"
    return links


def read(asked: Asked) -> Reply:
    """GET Task/<id>."""
    found = _found(asked)
    _receive(asked, found)
    return _answered(asked, _shown(asked, found[0].id, _audit_of(asked, "read", "fhir-task")))


class Update:
    """Accept, reject, put back, seen, who talks. Without the version that was read: 400; another one by now: 412."""

    def __init__(self, asked: Asked) -> None:
        self.connection = asked.who.name
        self._asked = asked
        self._entry = UUID(int=0)

    def read(self) -> Said:
        """One transaction: everything the request says, and who said it about whom."""
        asked = self._asked
        put = read_resource(asked.call, "Task")
        version = version_wanted(asked.call)
        self._entry = entry = _found(asked)[0].id
        if put.get("id") != str(entry):
            raise Unfit(400, "invalid", "The id of the resource is not that of the address.", "Task.id")
        present = _shown(asked, entry, None)
        _require_version(present, version)
        acts = acts_in(put, _task(asked, present), self.connection, asked.use.clock.now())
        row = _audit_of(asked, "write", "fhir-task-update", acts)(present.consultation, entry)
        return Said(acts, exactly=(entry, version), audit=(row,))

    def answer(self, heard: bool) -> Reply:
        return _answered(self._asked, _shown(self._asked, self._entry, None))


def _require_version(present: ShownEntry, version: int) -> None:
    consultation = present.consultation
    if consultation.version != version:
        held = next(each for each in consultation.entries if each.id == present.entry)
        raise TransitionRefused("change", str(held.status), "stale", held.accepted_name)


def _found(asked: Asked) -> Sequence[FoundEntry]:
    """The entry by its id; ``NotFound`` also where it is another practice's."""
    wanted = EntrySearch(ids=frozenset([asked.id_of("entry")]))
    _, found = asked.use.queue.find(asked.who.name, wanted)
    if not found:
        raise NotFound("entry")
    return found


def _receive(asked: Asked, found: Sequence[FoundEntry]) -> None:
    """What is fetched has been received: said before it is shown, so that the version shown is the one that stands."""
    asked.use.queue.receive(asked.who.name, found)
    asked.use.callers.note_call(asked.who.name)


def _shown(asked: Asked, entry: UUID, audit_of: AuditOf | None) -> ShownEntry:
    shown = asked.use.queue.show(asked.who.name, [entry], audit_of)
    if not shown:
        raise NotFound("entry")
    return shown[0]


def _task(asked: Asked, shown: ShownEntry) -> Json:
    return standing_task(asked.use.queue.message(shown), shown.consultation.version, shown.changed_at)


def _answered(asked: Asked, shown: ShownEntry) -> Reply:
    task = _task(asked, shown)
    return answer(task, ETag=etag(task))


def _audit_of(asked: Asked, verb: str, what: str, acts: Sequence[PeerChange] = ()) -> AuditOf:
    """The system that asks, or the person it says acted (D14)."""
    person = next((act for act in acts if act.who_id), None)
    actor = Actor(ActorKind.PEER, asked.who.name)
    if person is not None:
        actor = Actor(ActorKind.CLINIC, person.who_id, person.who, PEER_ROLE)
    at = asked.use.clock.now()

    def row(consultation: Consultation, entry: UUID) -> AuditRow:
        practice = next(each.practice_name for each in consultation.entries if each.id == entry)
        case = consultation.cases[0].id if consultation.cases else None
        return AuditRow(at, actor, practice, verb, what, consultation.id, case, "treatment", "fhir")

    return row
