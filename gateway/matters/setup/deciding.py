"""Drafts of an organisation's set-up: begun, typed, put in force from a day; the same for the console and commands."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any
from uuid import UUID

from gateway.domain.errors import ConfigFault, InvalidField, LaegebroError, NotFound, TransitionRefused
from gateway.domain.identifiers import contains_citizen_number
from gateway.domain.practice import danish_day
from gateway.domain.setup import revision as rules
from gateway.domain.setup.revision import SetupRevision, SetupState
from gateway.matters.setup.model import faults_of
from gateway.store.people.organisations import Tenant, require_sound
from gateway.store.people.setup.workplaces import KEY
from gateway.wiring import Gateway

LATEST = 366  # days ahead that a set-up may be decided


class UnsoundSetup(LaegebroError):
    """A draft that may not come into force as it stands: field, code, words."""

    def __init__(self, faults: Sequence[tuple[str, str, str]]) -> None:
        super().__init__(*(f"{field}: {code}" for field, code, _words in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class Decision:
    """From which day, and why."""

    valid_from: date
    why: str


@dataclass(frozen=True, slots=True)
class Standing:
    """An organisation's set-up now. ``valid``: its settings as they act today."""

    valid: Mapping[str, Any]
    history: Sequence[SetupRevision]
    today: date

    @property
    def draft(self) -> SetupRevision | None:
        return rules.draft_of(self.history)

    @property
    def planned(self) -> Sequence[SetupRevision]:
        return rules.planned(self.history, self.today)

    def on(self, day: date) -> SetupRevision | None:
        return rules.valid_on(self.history, day)


def standing(gateway: Gateway, tenant: UUID) -> Standing:
    today = danish_day(gateway.clock.now())
    return Standing(
        _with_workplaces(gateway, tenant, _tenant(gateway, tenant).settings), gateway.setups.history(tenant), today
    )


def begin(gateway: Gateway, tenant: UUID, number: int, by: str) -> int:
    """A draft with the content of what is valid now, or of the revision of that number: so one rolls back."""
    settings = _tenant(gateway, tenant).settings if not number else _numbered(gateway, tenant, number).settings
    return gateway.setups.begin(tenant, _with_workplaces(gateway, tenant, settings), by, gateway.clock.now())


def save(gateway: Gateway, tenant: UUID, read: int, settings: Mapping[str, Any], by: str) -> int:
    """Kept with its faults; only what may not be written down anywhere is refused."""
    numbered = [(name, "no-number-here", "") for name, value in settings.items() if contains_citizen_number(str(value))]
    if numbered:
        raise UnsoundSetup(numbered)
    return gateway.setups.save(tenant, read, settings, by, gateway.clock.now())


def faults(gateway: Gateway, tenant: UUID, settings: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """All that keeps these settings from coming into force."""
    owner = _tenant(gateway, tenant)
    told = [*faults_of(settings)]
    told += [(field, code, "") for field, code in rules.consent_faults(owner.settings, settings)]
    if KEY not in settings and gateway.organisations.workplaces(tenant):
        told.append((KEY, "no-workplace", ""))
    return told or _of_the_whole(owner, settings)


def require_sound_draft(gateway: Gateway, tenant: UUID, number: int) -> SetupRevision:
    draft = standing(gateway, tenant).draft
    if draft is None or draft.number != number:
        raise InvalidField("number", "changed-meanwhile")
    told = faults(gateway, tenant, draft.settings)
    if told:
        raise UnsoundSetup(told)
    return draft


def needs_second_person(gateway: Gateway, tenant: UUID, draft: SetupRevision) -> bool:
    """Whatever changes how long something is kept, against what is valid and against what is planned."""
    now = standing(gateway, tenant)
    known = [now.valid, *(each.settings for each in now.planned)]
    return any(rules.needs_second_person(each, draft.settings) for each in known)


def activate(gateway: Gateway, tenant: UUID, number: int, decision: Decision, by: str) -> int:
    """Into force from its day, by one person. ``TransitionRefused`` where it needs a second one."""
    draft = require_sound_draft(gateway, tenant, number)
    if needs_second_person(gateway, tenant, draft):
        raise TransitionRefused("activate", str(draft.state), "second-person")
    made = replace(draft, by=by, at=gateway.clock.now(), why=decision.why, valid_from=decision.valid_from)
    return gateway.setups.put_in_force(tenant, number, replace(made, state=SetupState.IN_FORCE))


def require_day(day: date, today: date) -> date:
    """What has been cannot be decided afterwards."""
    if not 0 <= (day - today).days <= LATEST:
        raise InvalidField("valid_from", "past" if day < today else "too-late")
    return day


def _tenant(gateway: Gateway, tenant: UUID) -> Tenant:
    """As it stands, not as it was believed a moment ago."""
    found = gateway.organisations.tenant(tenant)
    if found is None:
        raise NotFound("tenant")
    return found


def _with_workplaces(gateway: Gateway, tenant: UUID, settings: Mapping[str, Any]) -> Mapping[str, Any]:
    """As the list stands, where a set-up from before it was part of one says nothing of it."""
    listed = [[each.name, each.sor, each.phone] for each in gateway.organisations.workplaces(tenant)]
    return settings if KEY in settings or not listed else {**settings, KEY: listed}


def _numbered(gateway: Gateway, tenant: UUID, number: int) -> SetupRevision:
    found = next((each for each in gateway.setups.history(tenant) if each.number == number), None)
    if found is None:
        raise NotFound("revision")
    return found


def _of_the_whole(owner: Tenant, settings: Mapping[str, Any]) -> Sequence[tuple[str, str, str]]:
    """What the organisation's book would refuse of a file."""
    try:
        require_sound(replace(owner, settings=settings))
    except ConfigFault as fault:
        lines = [line.removeprefix(f"tenants.{owner.name}.").partition(": ") for line in fault.faults]
        return [(field, "refused", words) for field, _sign, words in lines]
    return ()
