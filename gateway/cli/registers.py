"""What ``laegebro providers`` does with all registers: told apart by content, reported alike, alarmed when old."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from pathlib import Path

from gateway.masterdata.layouts import Layout, layout_of
from gateway.store.provider_imports import RegisterStatus
from gateway.store.register_imports import Imported
from gateway.wiring import Gateway

REGISTERS = ("yderregister", "sor", "sikrede")


@dataclass(frozen=True, slots=True)
class Line:
    """One register in force. ``limit``: days after which it is too old; ``as_of`` None: never imported."""

    register: str
    as_of: date | None
    total: int
    imported_at: datetime | None
    imported_by: str
    can_roll_back: bool
    age: int | None
    limit: int

    @property
    def too_old(self) -> bool:
        return self.age is not None and self.age > self.limit


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
    today = gateway.clock.now().date()
    s = gateway.settings
    limits = {"yderregister": s.yderregister_days, "sor": s.sor_days, "sikrede": s.sikrede_days}
    for register in REGISTERS:
        yield _line(register, _status(gateway, register), today, limits[register])


def _status(gateway: Gateway, register: str) -> Imported | RegisterStatus | None:
    if register == "yderregister":
        return gateway.providers.status()
    return gateway.sor.status() if register == "sor" else gateway.insured.status()


def _line(register: str, status: Imported | RegisterStatus | None, today: date, limit: int) -> Line:
    if status is None:
        return Line(register, None, 0, None, "", False, None, limit)
    as_of = status.as_of if isinstance(status, Imported) else status.opgdato
    age = (today - as_of).days
    return Line(register, as_of, status.total, status.imported_at, status.imported_by, status.can_roll_back, age, limit)


def roll_back(gateway: Gateway, register: str, by: str) -> Line:
    """``NotFound`` where nothing is kept to go back to."""
    now = gateway.clock.now()
    undo = {
        "yderregister": gateway.providers.rollback,
        "sor": gateway.sor.rollback,
        "sikrede": gateway.insured.rollback,
    }
    undo[register](by, now)
    return next(line for line in lines(gateway) if line.register == register)
