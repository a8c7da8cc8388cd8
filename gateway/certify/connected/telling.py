"""The report of a run that stands in the store: the same page a vendor gets from ``laegebro certify``."""

from __future__ import annotations

import platform
from collections.abc import Collection
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any

from gateway.certify.connected.asking import revision_of
from gateway.certify.reporting.exchanges import Exchange
from gateway.certify.reporting.report import Report
from gateway.certify.run import Found, Promise
from gateway.certify.suites import SUITES
from gateway.domain.peers.contract_run import ContractRun, Tried
from gateway.store.peers.connections import content
from gateway.wiring import Gateway


@dataclass(frozen=True, slots=True)
class FormerPromise:
    """One that a former release tried and this one does not know."""

    name: str
    words: str = "–"
    wire: bool = True

    def exempt(self, bench: Any) -> str:
        return ""

    def other(self, bench: Any) -> None:
        """Nothing."""

    def try_on(self, bench: Any) -> None:
        raise NotImplementedError


@dataclass(frozen=True, slots=True)
class LastResult:
    """``present``: the number of the revision in force; ``is_changed``: its settings are not those that were tried."""

    run: ContractRun
    present: int
    is_changed: bool


def last_results(gateway: Gateway, names: Collection[str]) -> dict[str, LastResult]:
    """Of each of those connections the last run that came to its end."""
    found = gateway.contract_runs.last()
    return {name: _result(gateway, found[name]) for name in names if name in found}


def _result(gateway: Gateway, run: ContractRun) -> LastResult:
    present = gateway.connections.present(run.connection)
    assert present is not None  # it stands on the overview
    if present.number == run.revision:
        return LastResult(run, present.number, False)
    return LastResult(run, present.number, content(present) != content(revision_of(gateway, run)))


def promise_of(kind: str, name: str) -> Promise:
    return next((each for each in SUITES[kind].promises if each.name == name), FormerPromise(name))


def report_of(gateway: Gateway, run: ContractRun) -> Report:
    kind, revision = gateway.overview.kind_of(run.connection), revision_of(gateway, run)
    found = [_found(kind, each) for each in gateway.contract_runs.verdicts(run.id)]
    facts = [*facts_of(f"{kind}/{revision.adapter}"), ("Connection", f"{run.connection}, revision {run.revision}")]
    facts += [("Promises", str(run.promises))]
    return Report(revision.adapter, run.asked_at, facts, found, run.promises, SUITES[kind].system)


def facts_of(adapter: str) -> list[tuple[str, str]]:
    return [
        ("Adapter", adapter),
        ("Lægebro", f"version {version('laegebro')}"),
        ("Environment", f"Python {platform.python_version()}, {platform.system()} {platform.machine()}"),
    ]


def _found(kind: str, tried: Tried) -> Found:
    exchanges = [Exchange(*each) for each in tried.exchanges]
    return Found(promise_of(kind, tried.promise), tried.verdict, tried.seen, tried.seconds, exchanges, tried.more)
