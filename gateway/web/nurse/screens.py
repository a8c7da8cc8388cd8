"""Which page a consultation is on, and what that page must be told. One address per consultation; its state decides."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime
from typing import Any

from gateway.domain.capability import SHOWN, Capability
from gateway.domain.consultation.aggregate import Consultation, Kind, Status
from gateway.domain.consultation.ringing import is_on_her_way
from gateway.domain.errors import InvalidField
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import COPENHAGEN, AgreementPolicy, Practice, PracticeState, danish_day
from gateway.services.view import consultation_view
from gateway.web import guards
from gateway.web.guards import current_gateway
from gateway.web.nurse.practice_letters import letters_context
from gateway.web.rendering import age, page
from gateway.web.seats import keeper_label
from gateway.web.stills.shown import stills_context
from gateway.web.words.practice import unshown_words

NOTHING_LEFT_OUT: dict[str, Any] = {"unshown": {}, "only_agreed": False}
_SCREENS = {
    Status.DRAFT: "start",
    Status.PLANNED: "queue",
    Status.WAITING: "queue",
    Status.IN_CALL: "call",
    Status.REVIEW: "note",
    Status.DECIDING: "deciding",
    Status.CLOSED: "closed",
}


def screen_of(consultation: Consultation) -> str:
    """``start``, ``queue``, ``ring``, ``call``, ``deciding``, ``note`` or ``closed``."""
    if consultation.status is Status.CALLING:
        entry = consultation.entry
        return "call" if entry is not None and entry.joined_at is not None else "ring"
    return _SCREENS[consultation.status]


def template_of(consultation: Consultation) -> str:
    """The page of that screen; several citizens' notes have one of their own."""
    screen = screen_of(consultation)
    several = consultation.kind is Kind.ROUND and screen == "note"
    return "nurse/round_note.html" if several else f"nurse/{screen}.html"


class Known:
    """What one page has read of practices already: each is read once, whichever part of the page asks."""

    def __init__(self) -> None:
        gateway = current_gateway()
        self.now = gateway.clock.now()
        self._practices, self._providers = gateway.practices, gateway.providers
        self._found: dict[Ydernummer, Practice | None] = {}
        self._states: dict[Ydernummer, PracticeState] = {}

    def state(self, ydernummer: Ydernummer, now: datetime) -> PracticeState:
        if ydernummer not in self._states:
            self._states[ydernummer] = _asked(self._practices.state(ydernummer, now))
        return self._states[ydernummer]

    def find(self, ydernummer: Ydernummer, on: date) -> Practice | None:
        if ydernummer not in self._found:
            self._found[ydernummer] = self._providers.find(ydernummer, on)
        return self._found[ydernummer]


def _asked(state: PracticeState) -> PracticeState:
    """With what the employee's own organisation asks beside the practice; an invented one asks nothing."""
    tenant = guards.current_session().tenant
    is_rehearsed = state.agreement is AgreementPolicy.FREE and state.synthetic
    return state if tenant is None or is_rehearsed else current_gateway().organisation(tenant).asks(state)


def state_of(consultation: Consultation, known: Known | None = None) -> dict[str, Any]:
    """The live document, the same one the live process sends."""
    gateway, known = current_gateway(), known or Known()
    return consultation_view(
        consultation,
        store=gateway.store,
        practices=known,
        clock=gateway.clock,
        providers=known,
        rooms=gateway.rooms,
    )


def context_of(consultation: Consultation) -> dict[str, Any]:
    """What every screen of a consultation shows from."""
    case, entry = consultation.sole_case or consultation.discussed, consultation.entry
    known = Known()
    state = state_of(consultation, known)
    return {
        "consultation": consultation,
        "case": case,
        "citizen": case.citizen if case else None,
        "age": age(case.citizen) if case else None,
        "entry": entry,
        "state": state,
        "screen": screen_of(consultation),
        "doctor_on_her_way": is_on_her_way(consultation),
        "tenant": current_gateway().tenant(consultation.tenant),
        "age_of": age,
        "keeper": keeper_label(consultation) if consultation.status in (Status.CALLING, Status.IN_CALL) else "",
        "stills": stills_context(consultation),
        **letters_context(consultation),
    } | _chosen(_ydernummer(consultation), known, entry.connections if entry else ())


def not_here(consultation: Consultation) -> tuple[str, int]:
    """The page of a window that does not show this consultation: logged out, or gone on at another device (D6)."""
    gateway = current_gateway()
    moved = gateway.access.elsewhere(guards.current_session(), consultation.id, gateway.clock.now())
    return page("arrival/elsewhere.html", 404, consultation=consultation, moved=moved)


def _ydernummer(consultation: Consultation) -> Ydernummer | None:
    if consultation.entry is not None:
        return consultation.entry.ydernummer
    own = consultation.sole_case.own_practice if consultation.sole_case else None
    return own.ydernummer if own else consultation.meant_for


def practice_context(ydernummer: Ydernummer | None, known: Known | None = None) -> dict[str, Any]:
    """The practice with its state and the number to ring; everything None where none is known."""
    if ydernummer is None:
        return {
            "practice": None,
            "practice_state": None,
            "maintenance": "",
            "practice_phone": "",
            "ydernummer": None,
            "substitutes": [],
        }
    known = known or Known()
    practice, state = known.find(ydernummer, danish_day(known.now)), known.state(ydernummer, known.now)
    phone = state.direct_phone or (practice.phone if practice else "")
    return {
        "practice": practice,
        "practice_state": state,
        "maintenance": "" if state.connected else current_gateway().peers.standstill.words_of(ydernummer),
        "practice_phone": phone,
        "ydernummer": str(ydernummer),
        "substitutes": [(str(y), _name_of(y, known)) for y in state.substitutes],
    }


def _name_of(ydernummer: Ydernummer, known: Known) -> str:
    practice = known.find(ydernummer, danish_day(known.now))
    return practice.name if practice else str(ydernummer)


def chosen_practice(text: str | None) -> dict[str, Any]:
    """The practice named in the page's address, where there is one: a consultation without cases keeps none itself."""
    if not text:
        return {}
    try:
        return _chosen(Ydernummer.parse(text))
    except InvalidField:
        return {}


def _chosen(ydernummer: Ydernummer | None, known: Known | None = None, given: Sequence[str] = ()) -> dict[str, Any]:
    """The practice, and what its own system leaves out of what she says: told before she writes. ``given``: the
    connections that a call has been put on already."""
    left_out = _left_out(ydernummer, given) if ydernummer else NOTHING_LEFT_OUT
    return practice_context(ydernummer, known) | left_out


def _left_out(ydernummer: Ydernummer, given: Sequence[str]) -> dict[str, Any]:
    """By whatever would carry a call at once; by messages only where there is nothing else."""
    gateway = current_gateway()
    routes = set(given or gateway.practices.routes(ydernummer))
    at_once = routes - gateway.peers.announcing()
    asked = (at_once or routes).intersection(gateway.peers.able(Capability.IDEMPOTENT_CREATE))
    left_out = [each for each in sorted(SHOWN) if not asked.issubset(gateway.peers.able(each))]
    return {
        "unshown": {str(each): unshown_words(each) for each in left_out},
        "only_agreed": bool(routes) and not at_once,
    }


def search_practices(text: str, near: Practice | None = None) -> list[dict[str, Any]]:
    """Practices by ydernummer, name or place with their state; an empty text means those of the same place."""
    gateway = current_gateway()
    today = gateway.clock.now().astimezone(COPENHAGEN).date()
    wanted = text.strip() or (near.district if near else "")
    if not wanted:
        return []
    found = [p for p in gateway.providers.search(wanted, today, limit=12) if p.is_general_practice]
    others = [p for p in found if near is None or p.ydernummer != near.ydernummer]
    return [practice_context(practice.ydernummer) for practice in others]
