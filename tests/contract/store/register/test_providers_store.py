"""The provider directory: a new register replaces the old one whole, or nothing happens."""

from __future__ import annotations

import tracemalloc
from collections.abc import Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, func, select

from gateway.domain.errors import ConcurrentChange, ConfigFault, NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.scope import SystemScope
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.yderregister import opened
from gateway.store.ground.engine import transaction
from gateway.store.register.provider_imports import ImportReport
from gateway.store.register.provider_tables import provider_import, provider_version
from gateway.store.register.providers import SqlProviderDirectory
from tests.unit.masterdata.register_files import SAMPLE, Generated, register, start, yder

TODAY = date(2026, 3, 1)
AT = datetime(2026, 3, 1, 6, 0, tzinfo=UTC)
ROOT = Path(__file__).parents[4]


@pytest.fixture
def directory(store_engine: Engine) -> SqlProviderDirectory:
    return SqlProviderDirectory(store_engine, opened)


def bring_in(directory: SqlProviderDirectory, rows: Sequence[str], day: int = 1) -> ImportReport:
    stamp = f"202603{day:02d}070000000000"
    return directory.import_file(BytesIO(register(rows, head=start(f"202603{day:02d}", stamp))), "anna", AT)


def names(directory: SqlProviderDirectory, text: str) -> list[str]:
    return [practice.name for practice in directory.search(text, TODAY)]


def test_the_published_test_file_is_imported_and_found_with_its_zeros(directory: SqlProviderDirectory) -> None:
    report = directory.import_file(SAMPLE, "anna", AT)
    assert (report.added, report.changed, report.closed, report.total) == (report.added, 0, 0, 58)
    found = directory.find(Ydernummer.parse("34835"), TODAY)
    assert found is not None
    assert (found.ydernummer.digits, found.address) == ("034835", "R. Hougårds Vej 1")
    status = directory.status()
    assert status is not None
    assert (status.opgdato, status.persons, status.imported_by) == (date(2012, 1, 3), 54, "anna")


def test_the_demo_register_is_taken(directory: SqlProviderDirectory) -> None:
    demo = ROOT / "simulators" / "registers" / "yderregister-demo.xml"
    assert directory.import_file(str(demo), "demo", AT).total > 0


def test_before_the_first_import_nothing_is_found(directory: SqlProviderDirectory) -> None:
    assert directory.find(Ydernummer("034835"), TODAY) is None
    assert directory.search("læge", TODAY) == []
    assert directory.status() is None


def test_the_version_of_the_day_is_found_else_the_latest(directory: SqlProviderDirectory) -> None:
    old = yder(name="Gammel", TilgDatoYder="20000101", AfgDatoYder="20200101")
    new = yder(name="Ny", TilgDatoYder="20200101", AfgDatoYder="20240101")
    bring_in(directory, [new, old])
    on = {day: directory.find(Ydernummer("034835"), day) for day in (date(2019, 12, 31), date(2020, 1, 1), TODAY)}
    assert [practice and practice.name for practice in on.values()] == ["Gammel", "Ny", "Ny"]


def test_a_search_knows_danish_letters_in_any_case(directory: SqlProviderDirectory) -> None:
    bring_in(
        directory,
        [
            yder("034835", "Lægerne Ærøskøbing"),
            yder("034843", "ØRE-NÆSE-HALS ÅRHUS", PostdistYder="Århus C", HvdSpecKode="21"),
            yder("009164", "100 % Sund_hed", PostdistYder="Valby"),
        ],
    )
    assert names(directory, "LÆGERNE ærØ") == ["Lægerne Ærøskøbing"]
    assert names(directory, "århus") == ["ØRE-NÆSE-HALS ÅRHUS"]
    assert names(directory, "a\u030arhus") == ["ØRE-NÆSE-HALS ÅRHUS"]
    assert names(directory, "valby") == ["100 % Sund_hed"]
    assert names(directory, "0348") == ["Lægerne Ærøskøbing", "ØRE-NÆSE-HALS ÅRHUS"]
    assert names(directory, "34835") == ["Lægerne Ærøskøbing"]
    assert names(directory, "%") == ["100 % Sund_hed"]
    assert names(directory, "l_gerne") == []
    assert names(directory, "  ") == []


def test_a_search_offers_only_what_is_valid_and_each_practice_once(directory: SqlProviderDirectory) -> None:
    versions = [yder(name="Lægerne A", TilgDatoYder=f"20{year}0101") for year in (10, 15, 20)]
    bring_in(directory, [*versions, yder("009164", "Lægerne B", AfgDatoYder="20260301")])
    assert names(directory, "lægerne") == ["Lægerne A"]
    assert directory.search("lægerne", TODAY, limit=1)[0].valid_from == date(2020, 1, 1)


def test_a_swap_says_what_it_did(directory: SqlProviderDirectory) -> None:
    first = [yder("000011"), yder("000022"), yder("000033"), yder("000044")]
    assert bring_in(directory, first, day=1).added == 4
    second = [yder("000011"), yder("000022", "Nyt navn"), yder("000033", AfgDatoYder="20260228"), yder("000055")]
    report = bring_in(directory, second, day=2)
    assert (report.added, report.changed, report.closed, report.total) == (1, 1, 2, 4)


BROKEN = {
    "recipient": register([yder()], head=start("20260309", "20260309070000000000", recipient="F001")),
    "newer": register([yder()], head=start("20260301")),
    "count": register([yder()], head=start("20260309", "20260309070000000000"), count=7),
    "ydernummer": register([yder("1" * 5)], head=start("20260309", "20260309070000000000")),
    "complete": register([yder()], head=start("20260309", "20260309070000000000"))[:-20],
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_file_changes_nothing(directory: SqlProviderDirectory, store_engine: Engine, check: str) -> None:
    bring_in(directory, [yder(name="Som før")])
    before = directory.status(), rows(store_engine)
    with pytest.raises(RegisterRefused) as caught:
        directory.import_file(BytesIO(BROKEN[check]), "anna", AT)
    assert caught.value.check == check
    assert (directory.status(), rows(store_engine)) == before
    assert names(directory, "før") == ["Som før"]


def rows(engine: Engine) -> tuple[int, int]:
    with transaction(engine, SystemScope(), read_only=True) as connection:
        counted = [connection.execute(select(func.count()).select_from(t)) for t in (provider_version, provider_import)]
        return counted[0].scalar_one(), counted[1].scalar_one()


def test_an_import_that_another_one_overtook_changes_nothing(directory: SqlProviderDirectory) -> None:
    class Overtaken(BytesIO):
        def read(self, size: int | None = -1, /) -> bytes:
            if directory.status() is None:
                bring_in(directory, [yder(name="Den anden")], day=2)
            return super().read(size)

    with pytest.raises(ConcurrentChange):
        directory.import_file(Overtaken(register([yder(name="Den ene")])), "anna", AT)
    assert names(directory, "den") == ["Den anden"]


def test_a_bad_register_is_taken_back_and_may_come_again(directory: SqlProviderDirectory) -> None:
    bring_in(directory, [yder(name="Første")], day=1)
    bring_in(directory, [yder(name="Anden")], day=2)
    assert directory.rollback("anna").opgdato == date(2026, 3, 1)
    assert names(directory, "første") == ["Første"]
    with pytest.raises(NotFound):
        directory.rollback("anna")
    bring_in(directory, [yder(name="Anden")], day=2)
    assert names(directory, "anden") == ["Anden"]
    assert [(s.opgdato.day, s.active) for s in directory.history()] == [(2, True), (2, False), (1, False)]


def test_only_the_rows_of_two_imports_are_kept(directory: SqlProviderDirectory, store_engine: Engine) -> None:
    for day in range(1, 5):
        bring_in(directory, [yder(), yder("009164")], day=day)
    assert rows(store_engine) == (4, 4)


def test_without_a_reader_the_directory_only_answers(store_engine: Engine) -> None:
    with pytest.raises(ConfigFault):
        SqlProviderDirectory(store_engine).import_file(SAMPLE, "anna", AT)


def test_a_register_of_full_size_is_swapped_in_with_little_memory(directory: SqlProviderDirectory) -> None:
    file = Generated((yder(f"{n:06d}", f"Klinik {n}") for n in range(1, 20_001)), 20_000)
    tracemalloc.start()
    assert directory.import_file(file, "anna", AT).added == 20_000
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 25_000_000
    assert names(directory, "019999") == ["Klinik 19999"]
    assert bring_in(directory, [yder("000001", "Klinik 1")], day=2).closed == 19_999
