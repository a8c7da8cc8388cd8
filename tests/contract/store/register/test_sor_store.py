"""The health organisation register: found by provider number, swapped whole, taken back, never shrunk by accident."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.errors import ConfigFault, InvalidField, NotFound
from gateway.domain.identifiers import SorId, Ydernummer
from gateway.domain.scope import SystemScope
from gateway.masterdata.layouts import opened_sor
from gateway.masterdata.refusal import RegisterRefused
from gateway.store.ground.engine import transaction
from gateway.store.register.register_imports import Imported
from gateway.store.register.sor import SqlSorDirectory
from gateway.store.register.tables import sor_unit
from tests.unit.masterdata.sor_files import GLN, location, practice, tree

AT = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
TODAY = date(2026, 11, 22)
NUMBERS = ("019062", "034835", "012041", "047155", "090107", "009164")


@pytest.fixture
def directory(store_engine: Engine) -> SqlSorDirectory:
    return SqlSorDirectory(store_engine, opened_sor)


def bring_in(directory: SqlSorDirectory, body: str, day: int = 1, **how: bool) -> Imported:
    return directory.import_file(BytesIO(tree(body, f"2026-11-{day:02d}")), "anna", AT, **how)


def test_a_practice_is_found_with_location_and_supplier(directory: SqlSorDirectory) -> None:
    report = bring_in(directory, practice() + practice("034835", owned=location(inactive="true")))
    assert (report.added, report.total, report.layout) == (6, 6, "sor-xml")
    found = directory.unit_of(Ydernummer("019062"), TODAY)
    assert found is not None and found.gln is not None
    assert (found.gln.digits, found.supplier) == (GLN, "641000055002")
    silent = directory.unit_of(Ydernummer("034835"), TODAY)
    assert silent is not None and (silent.gln, silent.gln_flaw) == (None, "inactive")
    assert directory.unit_of(Ydernummer("012041"), TODAY) is None
    assert directory.unit_of(Ydernummer("019062"), date(1990, 1, 1)) is None
    assert directory.suppliers(TODAY) == {"641000055002": 2}


def test_a_unit_leads_to_its_provider_number(directory: SqlSorDirectory) -> None:
    bring_in(directory, practice() + practice("034835"))
    unit = directory.unit_of(Ydernummer("034835"), TODAY)
    assert unit is not None
    assert directory.ydernummer_of(unit.sor_id, TODAY) == Ydernummer("034835")
    assert directory.ydernummer_of(unit.sor_id, date(1990, 1, 1)) is None
    assert directory.ydernummer_of(SorId("999999999999999"), TODAY) is None


def test_a_swap_says_what_it_did_and_can_be_taken_back(directory: SqlSorDirectory) -> None:
    bring_in(directory, practice() + practice("034835"))
    report = bring_in(directory, practice(name="Nyt navn") + practice("012041"), day=2)
    assert (report.added, report.changed, report.closed) == (3, 3, 3)
    kinds = sorted(kind for kind, _, _ in directory.changes())
    assert kinds == ["added"] * 3 + ["changed"] * 3 + ["closed"] * 3
    assert directory.rollback("anna", AT).as_of == date(2026, 11, 1)
    assert directory.unit_of(Ydernummer("034835"), TODAY) is not None
    assert list(directory.changes()) == []
    with pytest.raises(NotFound):
        directory.rollback("anna", AT)


def test_a_far_smaller_file_is_refused_unless_accepted(directory: SqlSorDirectory) -> None:
    bring_in(directory, "".join(practice(number) for number in NUMBERS))
    with pytest.raises(InvalidField, match="shrunk"):
        bring_in(directory, practice(), day=2)
    assert directory.unit_of(Ydernummer("034835"), TODAY) is not None
    assert bring_in(directory, practice(), day=2, accept_fewer=True).closed == 15


@pytest.mark.parametrize("data", [tree(practice(), "2026-11-01"), tree(practice(), "2026-11-03")[:-9], b"<other/>"])
def test_an_older_broken_or_foreign_file_changes_nothing(directory: SqlSorDirectory, data: bytes) -> None:
    bring_in(directory, practice())
    with pytest.raises(RegisterRefused):
        directory.import_file(BytesIO(data), "anna", AT)
    status = directory.status()
    assert status is not None and status.total == 3 and len(directory.history()) == 1


def test_only_the_rows_of_two_imports_are_kept(directory: SqlSorDirectory, store_engine: Engine) -> None:
    for day in (1, 2, 3):
        bring_in(directory, practice(), day)
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        query = select(func.count(sor_unit.c.import_id.distinct()), func.count())
        assert connection.execute(query).one() == (2, 6)


def test_without_a_reader_it_only_answers(store_engine: Engine) -> None:
    with pytest.raises(ConfigFault):
        SqlSorDirectory(store_engine).import_file("x", "anna", AT)
