"""Drafts of connections: begun, typed, tried, put in force; the same for the console's form and for commands.

A draft may be faulty, what comes into force may not: it is sound to its adapter, leads only where deployment and owner
may go, and has been tried as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from adapters.discovery import FoundAdapter, find_adapter
from gateway.connecting import guarding
from gateway.connecting.fields import SettingField, fields_of, value_at
from gateway.connecting.guarding import Allowed
from gateway.connecting.holding import held_fields, holding_faults, private_keys
from gateway.connecting.reading import SettingFault, faults_of
from gateway.connecting.trying import Step, passed, try_out
from gateway.domain.errors import InvalidField, LaegebroError, NotFound, TransitionRefused
from gateway.domain.identifiers import contains_citizen_number
from gateway.store.peers.connections import Stanza
from gateway.store.peers.drafts import Draft
from gateway.wiring import Gateway

_NAME = re.compile(r"[a-z0-9][a-z0-9-]{1,62}")


class Unsound(LaegebroError):
    """A draft that may not come into force as it stands."""

    def __init__(self, faults: Sequence[SettingFault]) -> None:
        super().__init__(*(f"{fault.path}: {fault.code}" for fault in faults))
        self.faults = faults


@dataclass(frozen=True, slots=True)
class New:
    """A connection that is begun: ``synthetic`` for one to a test system (D18)."""

    name: str
    kind: str
    adapter: str
    label: str
    synthetic: bool


def begin(gateway: Gateway, new: New, owner: UUID | None, by: str) -> int:
    """Its first draft. ``InvalidField`` names what cannot be used."""
    if not _NAME.fullmatch(new.name):
        raise InvalidField("name", "connection-name")
    for field, text in (("name", new.name), ("label", new.label)):
        if contains_citizen_number(text):
            raise InvalidField(field, "no-number-here")
    if new.kind not in guarding.kinds_of(owner):
        raise InvalidField("adapter", "choose-one")
    found = find_adapter(new.kind, new.adapter)
    config: dict[str, Any] = {"label": new.label} if new.label else {}
    if owner is not None:
        config["tenant"] = str(owner)
    stanza = Stanza(new.name, new.kind, found.name, owner, config, synthetic=new.synthetic)
    return gateway.drafts.begin(stanza, by, gateway.clock.now())


def form_of(draft: Draft) -> tuple[FoundAdapter, Sequence[SettingField]]:
    found = find_adapter(draft.kind, draft.revision.adapter)
    return found, fields_of(found.settings)


def faults(gateway: Gateway, draft: Draft, config: Mapping[str, Any], *, look_up: bool = False) -> list[SettingFault]:
    """All that keeps these settings from coming into force; with ``look_up`` hosts are asked for their addresses."""
    found, fields = form_of(draft)
    told = guarding.guard_addresses(config, Allowed.of(gateway.settings, draft.owner), look_up=look_up)
    others = gateway.connections.active()
    told += guarding.guard_owner(draft.name, draft.kind, draft.owner, config, others)
    is_test = draft.revision.synthetic or gateway.settings.environment == "demo"
    told += guarding.guard_environment(config, is_test, guarding.production_hosts(gateway.settings, others))
    told += holding_faults(fields, config, gateway.clock.now())
    told += faults_of(found, config)
    return [each for place, each in enumerate(told) if each not in told[:place]]


def save(gateway: Gateway, draft: Draft, read: int, config: Mapping[str, Any], by: str) -> int:
    """The draft's number. Faults are kept with it, but not a secret written out and nothing that leads to a file of
    ours: ``Unsound`` names those."""
    require_lawful(gateway, draft, config)
    return gateway.drafts.save(draft.name, read, config, by, gateway.clock.now())


def require_lawful(gateway: Gateway, draft: Draft, config: Mapping[str, Any]) -> None:
    """``Unsound`` with what may not even be looked at, or written down."""
    _found, fields = form_of(draft)
    known = [each.config for each in (draft.revision, draft.in_force) if each]
    told = guarding.guard_references(config, fields, known, Allowed.of(gateway.settings, draft.owner))
    told += [each for field in held_fields(fields) for each in private_keys(field.path, value_at(config, field.path))]
    if told:
        raise Unsound(told)


def try_draft(gateway: Gateway, draft: Draft, by: str) -> list[Step]:
    """The steps taken; a draft whose every step was well is *tested* from then on. ``Unsound`` where it cannot be tried
    as it stands; nothing is called where it may not be."""
    config = draft.revision.config
    told = faults(gateway, draft, config)
    if any(each.code != "internal-address" for each in told):  # that one is a step of the trial
        raise Unsound(told)
    allowed = Allowed.of(gateway.settings, draft.owner)
    steps = try_out(draft.kind, draft.revision.adapter, draft.name, config, allowed)
    if passed(steps) and not draft.is_tested:
        gateway.drafts.passed(draft.name, draft.revision.number, by, gateway.clock.now())
    return steps


def require_sound(gateway: Gateway, name: str) -> Draft:
    """``Unsound`` with everything that keeps the draft from coming into force."""
    draft = require(gateway, name)
    told = faults(gateway, draft, draft.revision.config, look_up=True)
    if told:
        raise Unsound(told)
    return draft


def activate(gateway: Gateway, name: str, number: int, by: str, why: str) -> int:
    """Into force, as it was tried: of an invented connection by one person. ``ConcurrentChange`` where the draft is
    another by now, ``TransitionRefused`` for one that needs a second person."""
    draft = require_sound(gateway, name)
    if needs_second_person(draft):
        raise TransitionRefused("activate", str(draft.revision.state), "second-person")
    return gateway.drafts.activate(name, number, by, why, gateway.clock.now())


def needs_second_person(draft: Draft) -> bool:
    """A connection is invented only where the draft and what is in force say so: else a draft could make itself one."""
    return not draft.revision.synthetic or (draft.in_force is not None and not draft.in_force.synthetic)


def require(gateway: Gateway, name: str) -> Draft:
    """``NotFound`` where there is no draft of that name."""
    draft = gateway.drafts.of(name)
    if draft is None:
        raise NotFound("draft")
    return draft
