"""Where every launch ends that the browser brings: ``gateway.launching`` over this request's gateway."""

from __future__ import annotations

from gateway import launching
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.launch import Launch
from gateway.domain.records import AuditRow
from gateway.domain.session import Grant
from gateway.services.changing import ALONE, Together
from gateway.services.standing import Met
from gateway.web.guards import current_gateway


def accept(launch: Launch, employee: str, *, together: Together = ALONE, met: Met | None = None) -> Consultation:
    return launching.accept(current_gateway(), launch, employee, together=together, met=met)


def launch_audit(launch: Launch, employee: str, what: str, verb: str) -> AuditRow:
    return launching.launch_audit(current_gateway(), launch, employee, what, verb)


def grant_of(launch: Launch) -> Grant:
    return launching.grant_of(current_gateway(), launch)
