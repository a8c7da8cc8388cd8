"""The contract's promises on a connection to a test system: whether they can be tried there, asked for once however
often it is pressed, and what the relay then tries (requirements.md AD20)."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

from adapters.contract import samples
from gateway.certify.connected.target import PRACTICE, Target
from gateway.certify.eoj.vendor import TestRecord
from gateway.certify.suites import SUITES
from gateway.certify.ways import MessageWay, bench_module, has_bench
from gateway.domain.capability import Capability
from gateway.domain.errors import ConfigFault, InvalidField, NotFound
from gateway.domain.peers.contract_run import ContractRun, ContractState, Obstacle
from gateway.domain.peers.trial import TEST_PERSON
from gateway.peers.building import settings_of
from gateway.store.peers.connections import Revision
from gateway.wiring import Gateway

NOBODY = "3101229995"  # an official test number that no record stands under
ANY_RECORD = "Patient/r-1012"  # where a care system looks nobody up


def obstacle(kind: str, revision: Revision) -> Obstacle | None:
    """Why the promises cannot be tried on that connection from here; None where they can."""
    if kind not in SUITES or not address_of(kind, revision):
        return Obstacle.NO_ADDRESS
    if not revision.synthetic:
        return Obstacle.REAL
    way = getattr(bench_module(revision.adapter, kind), "WAY", None)
    return Obstacle.NEEDS_DOOR if isinstance(way, MessageWay) else None


def address_of(kind: str, revision: Revision) -> str:
    if not has_bench(revision.adapter, kind):
        return ""
    module = bench_module(revision.adapter, kind)
    if kind == "video":
        return str(revision.config.get("base_url", ""))
    way = getattr(module, "WAY", None)
    return way.address_in(revision.config) if way is not None else ""


def ask(gateway: Gateway, name: str, by: str, hands: str = "") -> ContractRun:
    """A run for the relay to carry out, or the one that is under way. ``InvalidField`` where it cannot be tried from
    here, and for hands that are no plain address."""
    present = gateway.connections.present(name)
    if present is None:
        raise NotFound("connection")
    kind, now = gateway.overview.kind_of(name), gateway.clock.now()
    if (why := obstacle(kind, present)) is not None:
        raise InvalidField("connection", str(why))
    _require_plain(hands)
    gateway.contract_runs.interrupt_silent(now)
    promises = len(SUITES[kind].promises)
    run = ContractRun(gateway.ids.new(), name, present.number, hands, by, ContractState.ASKED, now, promises=promises)
    return gateway.contract_runs.ask(run, gateway.overview.owner_of(name))


def _require_plain(hands: str) -> None:
    """It stands on pages and in rows: nothing secret belongs into it."""
    try:
        parts = urlsplit(hands)
        known = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        parts, known = urlsplit(""), False
    if hands and (not known or "@" in parts.netloc or parts.query or parts.fragment):
        raise InvalidField("hands", "no-plain-address")


def target_of(gateway: Gateway, run: ContractRun) -> Target:
    """As it was set up when the run was asked for."""
    kind = gateway.overview.kind_of(run.connection)
    revision = revision_of(gateway, run)
    settings = settings_of(kind, revision.adapter, run.connection, revision.config)
    practices = getattr(settings, "practices", None) or (PRACTICE,)
    whom = _whom if kind == "eoj" else None
    url, practice = address_of(kind, revision), str(next(iter(practices)))
    return Target(kind, revision.adapter, url, revision.config, run.hands, practice=practice, test=whom)


def revision_of(gateway: Gateway, run: ContractRun) -> Revision:
    history = gateway.connections.history(run.connection)
    return next(each for each in history if each.number == run.revision)


def _whom(system: Any) -> TestRecord:
    """The official test person whom *Afprøv forbindelsen* looks up too."""
    if Capability.CITIZEN_SEARCH not in system.capabilities:
        return TestRecord(ANY_RECORD, samples.citizen(), NOBODY)
    found = system.find_citizen(TEST_PERSON)
    if found is None:
        raise ConfigFault("the official test person has no record there")
    return TestRecord(found.record_ref, found.citizen, NOBODY)
