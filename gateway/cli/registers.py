"""What ``laegebro providers`` does with all registers: told apart by content, reported alike, alarmed when old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from gateway.domain.register_age import RegisterAge
from gateway.masterdata.layouts import Layout, layout_of
from gateway.store.register.provider_imports import RegisterStatus
from gateway.store.register.register_imports import Imported
from gateway.wiring import Gateway

REGISTERS = ("yderregister", "sor", "sikrede")


@dataclass(frozen=True, slots=True)
class Line:
    """One register in force, and how old it is."""

    age: RegisterAge
    total: int
    imported_at: datetime | None
    imported_by: str
    can_roll_back: bool


@dataclass(frozen=True, slots=True)
class Report:
    """What an import did, in practices, units or citizens."""

    register: str
    as_of: date
    total: int
    added: int
    changed: int
    closed: int


def bring_in(
    gateway: Gateway, file: Path, by: str, *, locations: Path | None = None, accept_fewer: bool = False
) -> Report:
    """Import whatever register ``file`` is. Raises what its directory raises; nothing is changed then."""
    register, now = layout_of(file).register, gateway.clock.now()
    if register == Layout.YDERREGISTER.register:
        done = gateway.providers.import_file(file, by, now)
        return Report(register, done.opgdato, done.total, done.added, done.changed, done.closed)
    if register == "sor":
        return _report(gateway.sor.import_file(file, by, now, locations=locations, accept_fewer=accept_fewer))
    return _report(gateway.insured.import_file(file, by, now))


def _report(done: Imported) -> Report:
    return Report(done.register, done.as_of, done.total, done.added, done.changed, done.closed)


def lines(gateway: Gateway) -> Iterator[Line]:
    """Every register, imported or not."""
    for age in gateway.register_ages():
        yield _line(age, _status(gateway, age.register))


def _status(gateway: Gateway, register: str) -> Imported | RegisterStatus | None:
    if register == "yderregister":
        return gateway.providers.status()
    return gateway.sor.status() if register == "sor" else gateway.insured.status()


def _line(age: RegisterAge, status: Imported | RegisterStatus | None) -> Line:
    if status is None:
        return Line(age, 0, None, "", False)
    return Line(age, status.total, status.imported_at, status.imported_by, status.can_roll_back)


def roll_back(gateway: Gateway, register: str, by: str) -> Line:
    """``NotFound`` where nothing is kept to go back to."""
    now = gateway.clock.now()
    undo = {
        "yderregister": gateway.providers.rollback,
        "sor": gateway.sor.rollback,
        "sikrede": gateway.insured.rollback,
    }
    undo[register](by, now)
    return next(line for line in lines(gateway) if line.age.register == register)
