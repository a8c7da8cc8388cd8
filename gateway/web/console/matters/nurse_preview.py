"""The nurse's start page as a set-up would have it, with the invented citizen and practice of a rehearsal (AD16)."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from uuid import UUID

from flask import render_template
from markupsafe import Markup

from gateway.domain.consultation import opening, rehearsal
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.launch import Launch, LaunchChannel
from gateway.domain.people import EmployeeIdentity
from gateway.domain.practice import danish_day
from gateway.store.people.organisations import Tenant
from gateway.web.guards import current_gateway
from gateway.web.rendering import age
from gateway.web.words.findings import source_words

NOBODY = UUID(int=0)


def start_page(tenant: UUID, settings: Mapping[str, Any]) -> Markup:
    """The page's own part, escaped by its template; nothing is kept, and no register or system is asked."""
    owner = replace(current_gateway().tenant(tenant), settings=settings)
    consultation = _invented(owner)
    case = consultation.cases[0]
    shown = {"consultation": consultation, "case": case, "citizen": case.citizen, "age": age(case.citizen)}
    return Markup(render_template("nurse/start.html", part=True, **shown, **_practice(owner), **_form(owner)))  # noqa: S704


def _invented(owner: Tenant) -> Consultation:
    now = current_gateway().clock.now()
    employee = EmployeeIdentity("preview", "Mette Holm", True, "", _role(owner))
    launch = Launch(owner.id, LaunchChannel.REHEARSAL, "", "preview", employee, rehearsal.citizen())
    new = opening.NewConsultation(NOBODY, "", NOBODY, "", now, synthetic=True)
    return opening.open_from(launch, new, str(NOBODY), rehearsal.own_practice(danish_day(now)))


def _practice(owner: Tenant) -> dict[str, Any]:
    return {
        "practice": rehearsal.PRACTICE,
        "practice_state": owner.organisation.asks(rehearsal.STATE),
        "ydernummer": str(rehearsal.NUMBER),
        "practice_phone": "",
        "maintenance": "",
        "substitutes": [],
        "unshown": {},
        "only_agreed": False,
    }


def _form(owner: Tenant) -> dict[str, Any]:
    place = next((name for name, *_more in owner.settings.get("workplaces", ())), owner.name)
    values = {"role": _role(owner), "workplace": place, "phone": "99000100", "reason": "", "form": "assisted"}
    return {
        "tenant": owner,
        "values": values,
        "errors": {},
        "wording": owner.organisation.consent_wording,
        "finding": None,
        "source_words": source_words,
        "rounds": [],
        "screen": "start",
        "entry": None,
    }


def _role(owner: Tenant) -> str:
    return owner.roles[0][0] if owner.roles else "Sygeplejerske"
