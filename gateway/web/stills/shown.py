"""Whether pictures may be offered just now, and a picture as it is looked at."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from flask import Response

from gateway.domain.capability import Capability
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.errors import NotFound
from gateway.domain.note.picturing import held, pictured_case
from gateway.domain.note.still import LARGEST_STILL, MOST_STILLS, Still
from gateway.web import guards
from gateway.web.guards import current_gateway
from gateway.web.words.talk.stills import refusal_words, stills_question


def is_offered(consultation: Consultation) -> bool:
    """In the talk, where the organisation allows it and the citizen's own record takes pictures."""
    case = pictured_case(consultation)
    if case is None or consultation.status is not Status.IN_CALL:
        return False
    gateway = current_gateway()
    allowed = gateway.organisation(consultation.tenant).stills
    return allowed and case.eoj_connection in gateway.peers.able(Capability.STILLS, "eoj")


def stills_of(consultation: Consultation) -> tuple[Still, ...]:
    """Those whose pictures are kept still, in the order in which they were taken."""
    keeping = held(consultation)
    return tuple(still for case in consultation.cases for still in case.stills if still.id in keeping)


def stills_context(consultation: Consultation) -> dict[str, Any]:
    """What a page shows of them."""
    case = consultation.sole_case
    return {
        "offered": is_offered(consultation),
        "consent": case.stills_consent if case else None,
        "asked": case is not None and case.stills_asked_at is not None,
        "kept": stills_of(consultation),
        "refused": {
            why: words for why, words in refusal_words().items() if case and why in {s.refused for s in case.stills}
        },
        "filed": [still for still in case.stills if still.filed_at] if case else [],
        "most": MOST_STILLS,
        "largest": LARGEST_STILL,
        "question": stills_question(),
    }


def picture(consultation: Consultation, still: UUID) -> Response:
    """The picture, for whoever may see the consultation; looking is audited."""
    found = current_gateway().stills.pictures(guards.my_scope(), consultation.id, [still])
    if still not in {each.id for each in stills_of(consultation)} or still not in found:
        raise NotFound("still")
    guards.record_read("still", consultation)
    response = Response(found[still], mimetype="image/jpeg")
    response.headers["Content-Security-Policy"] = "sandbox"
    return response
