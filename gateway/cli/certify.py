"""``laegebro certify``: the promises of our contract tried on our simulator or on a vendor's own system."""

from __future__ import annotations

import os
import tempfile
import tomllib
from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.markup import escape

from adapters.discovery import adapter_names
from gateway.certify.connected.target import PRACTICE, Target, bench_over
from gateway.certify.connected.telling import facts_of
from gateway.certify.door import Place
from gateway.certify.eoj.vendor import TestRecord
from gateway.certify.reporting import report as reports
from gateway.certify.run import Found, Promise, certified, chosen, spoken
from gateway.certify.suites import suite_of
from gateway.certify.ways import bench_module
from gateway.cli.options import grouped
from gateway.cli.printing import say
from gateway.domain.errors import ConfigFault, InvalidField
from gateway.domain.identifiers import Ydernummer

SIMULATOR = "our simulator, started for this run"


@dataclass(frozen=True)
class Vendor:
    """A vendor's system as the command line names it; without ``url`` there is none."""

    url: Annotated[str, typer.Option(help="the vendor's system; without it our simulator is started")] = ""
    settings: Annotated[Path | None, typer.Option(exists=True, help="TOML with the connection's settings")] = None
    hands: Annotated[str, typer.Option(help="an address that accepts, rejects … instead of a person")] = ""
    door: Annotated[str, typer.Option(help="this machine's address, where the vendor's system brings its news")] = ""
    practice: Annotated[str, typer.Option(help="the practice whose queue is used")] = PRACTICE


@grouped
def certify(
    kind: Annotated[str, typer.Argument(help="gp_system, eoj or video")],
    name: Annotated[str, typer.Argument(help="the adapter's folder, such as fhir_r4")],
    vendor: Vendor,
    report: Annotated[Path, typer.Option(help="folder for the report, as HTML and text")] = Path(),
    promise: Annotated[list[str] | None, typer.Option(help="only this one, by its name; may be repeated")] = None,
) -> None:
    """Try every promise and write a report a vendor can read; ends with 0 only when every promise holds, with 3 where
    those that were chosen do."""
    suite = suite_of(kind)
    wanted = chosen(promise or [], suite.promises)
    _require_known(kind, name, vendor)
    _require_folder(report)
    facts = _facts(f"{kind}/{name}", vendor.url, len(suite.promises))
    started = datetime.now(UTC)
    with _bench(kind, name, vendor) as bench:
        abilities = sorted(getattr(bench.system, "capabilities", ()))
        facts += [("Abilities", ", ".join(abilities))] if abilities else []
        found = [_print_verdict(each) for each in certified(bench, wanted, _announced)]
    written = reports.Report(name, started, facts, found, len(suite.promises), suite.system)
    _write(written, report)
    say(written.summary)
    raise typer.Exit(1 if not written.holds else 0 if written.whole else 3)


def _require_known(kind: str, name: str, vendor: Vendor) -> None:
    if name not in adapter_names(kind):
        raise ConfigFault(f"adapter: there are {', '.join(adapter_names(kind))}")
    if vendor.url and vendor.settings is None:
        raise ConfigFault("--settings: a vendor's system needs them; write them as in [connection.settings]")
    if not vendor.url and (vendor.settings or vendor.hands or vendor.door):
        raise ConfigFault("--settings, --hands, --door: only with --url; our own simulator brings its own")


def _require_folder(report: Path) -> None:
    """Before an hour's work rather than after it."""
    try:
        report.mkdir(parents=True, exist_ok=True)
    except OSError as fault:
        raise ConfigFault(f"--report: {report}: {fault.strerror}") from None
    if not os.access(report, os.W_OK):
        raise ConfigFault(f"--report: {report}: cannot be written to")


@contextmanager
def _bench(kind: str, name: str, vendor: Vendor) -> Iterator[Any]:
    if not vendor.url:
        with tempfile.TemporaryDirectory(prefix="laegebro-certify-") as folder, _simulated(kind, name, folder) as bench:
            yield bench
        return
    with bench_over(_target(kind, name, vendor)) as bench:
        yield bench


def _target(kind: str, name: str, vendor: Vendor) -> Target:
    stanza = dict(_stanza(vendor.settings))
    test = TestRecord.parse(stanza.pop("certification", {})) if kind == "eoj" else None
    number = _ydernummer(vendor.practice) if kind == "gp_system" else vendor.practice
    whom = (lambda _: test) if test else None
    door = Place.parse(vendor.door)
    return Target(kind, name, vendor.url, stanza, vendor.hands, input, number, door, whom)


def _ydernummer(digits: str) -> str:
    try:
        return str(Ydernummer.parse(digits, "--practice"))
    except InvalidField as fault:
        raise ConfigFault(f"--practice: {fault.reason}") from None


def _simulated(kind: str, name: str, folder: str) -> AbstractContextManager[Any]:
    made: AbstractContextManager[Any] = bench_module(name, kind).bench(Path(folder))
    return made


def _stanza(file: Path | None) -> Mapping[str, Any]:
    """The settings alone, or the first connection of a file like ``connections.toml``."""
    if file is None:
        return {}
    try:
        document = tomllib.loads(file.read_text(encoding="utf-8"))
    except ValueError as fault:
        raise ConfigFault(f"{file.name}: {fault}") from None
    stanzas = document.get("connection")
    return dict(stanzas[0].get("settings", {})) if stanzas else document


def _facts(adapter: str, url: str, promises: int) -> list[tuple[str, str]]:
    return [*facts_of(adapter), ("System", url or SIMULATOR), ("Promises", str(promises))]


def _announced(promise: Promise) -> None:
    say(f"… {promise.name.replace('_', ' ')}", highlight=False)


def _print_verdict(found: Found) -> Found:
    why = "" if found.holds else f" – {escape(found.seen)}"
    say(f"{reports.MARKS[found.verdict]} {found.verdict}: {spoken(found.promise.name)}{why}", highlight=False)
    return found


def _write(report: reports.Report, folder: Path) -> None:
    stem = f"certify-{report.adapter}-{report.at:%Y%m%dT%H%M%SZ}"
    for suffix, text in ((".html", reports.as_html(report)), (".txt", reports.as_text(report))):
        file = folder / f"{stem}{suffix}"
        file.write_text(text, encoding="utf-8")
        say(f"Written: {file}", highlight=False)
