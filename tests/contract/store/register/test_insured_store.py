"""The Sikrede index: a new register takes over whole, holds no number and no name, and can be taken back."""

from __future__ import annotations

from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest
from sqlalchemy import Engine, select

from gateway.domain.citizen.lookup import InsuranceGroup
from gateway.domain.errors import ConcurrentChange, ConfigFault, InvalidField, NotFound
from gateway.domain.identifiers import Cpr, ECpr, Ydernummer
from gateway.domain.scope import SystemScope
from gateway.masterdata.refusal import RegisterRefused
from gateway.masterdata.sikrede import opened
from gateway.store.ground.crypto import Vault
from gateway.store.ground.engine import transaction
from gateway.store.register import insured_spool
from gateway.store.register.insured import SqlInsuredRegister
from gateway.store.register.register_imports import Imported
from gateway.store.register.tables import INSURED_SLOTS
from tests.unit.masterdata.sikrede_files import PERSONS, insured, register, start

AT = datetime(2026, 11, 2, 6, 0, tzinfo=UTC)
ONE, TWO, THREE = (Cpr(digits) for digits in PERSONS[:3])


@pytest.fixture
def index(store_engine: Engine, vault: Vault) -> SqlInsuredRegister:
    return SqlInsuredRegister(store_engine, vault, opened)


def bring_in(index: SqlInsuredRegister, rows: list[bytes], day: int = 1) -> Imported:
    head = start(f"202611{day:02d}", f"202611{day:02d}050000000000")
    return index.import_file(BytesIO(register(rows, head=head)), "anna", AT)


def own(index: SqlInsuredRegister, citizen: Cpr) -> Ydernummer | None:
    periods = index.find_insured(citizen)[1]
    return periods.own_on(date(2026, 11, 22)) if periods else None


def test_before_the_first_import_there_is_no_register(index: SqlInsuredRegister) -> None:
    assert index.find_insured(ONE) == (None, None)
    assert index.status() is None


def test_a_citizen_is_found_by_number_with_every_period(index: SqlInsuredRegister) -> None:
    row = insured(future="012041", future_from="20261120", group="1", future_group="2", future_group_from="20270101")
    assert bring_in(index, [row]).added == 1
    as_of, periods = index.find_insured(ONE)
    assert as_of == date(2026, 11, 1) and periods is not None
    assert (periods.own, periods.own_from) == (Ydernummer("019062"), date(2010, 1, 1))
    assert (periods.future, periods.future_from) == (Ydernummer("012041"), date(2026, 11, 20))
    assert periods.group_on(date(2026, 12, 31)) is InsuranceGroup.FIXED_DOCTOR
    assert periods.group_on(date(2027, 1, 1)) is InsuranceGroup.NO_FIXED_DOCTOR
    assert periods.own_on(date(2026, 11, 19)) == Ydernummer("019062")
    assert own(index, ONE) == Ydernummer("012041")


def test_whoever_is_not_listed_is_not_found_and_a_replacement_number_never(index: SqlInsuredRegister) -> None:
    bring_in(index, [insured()])
    assert index.find_insured(TWO) == (date(2026, 11, 1), None)
    assert index.find_insured(ECpr.parse("0201601AA5"))[1] is None


def test_the_table_holds_neither_number_nor_name_nor_previous_doctor(
    index: SqlInsuredRegister, store_engine: Engine
) -> None:
    bring_in(index, [insured(previous="034835")])
    with transaction(store_engine, SystemScope(), read_only=True) as connection:
        [row] = connection.execute(select(INSURED_SLOTS["a"]))
    written = b"|".join(value if isinstance(value, bytes) else str(value).encode() for value in row)
    for secret in (ONE.digits.encode(), b"Testmand", b"034835"):
        assert secret not in written
    assert len(row.citizen) == 16


def test_another_key_finds_nobody(index: SqlInsuredRegister, store_engine: Engine) -> None:
    bring_in(index, [insured()])
    assert SqlInsuredRegister(store_engine, Vault.generate()).find_insured(ONE)[1] is None


def test_a_new_register_says_what_it_did_and_takes_over_whole(index: SqlInsuredRegister) -> None:
    bring_in(index, [insured(), insured(PERSONS[1])])
    report = bring_in(index, [insured(own="012041"), insured(PERSONS[2])], day=2)
    assert (report.added, report.changed, report.closed, report.total) == (1, 1, 1, 2)
    assert [own(index, citizen) for citizen in (ONE, TWO, THREE)] == [Ydernummer("012041"), None, Ydernummer("019062")]


def test_a_bad_register_is_taken_back_and_may_come_again(index: SqlInsuredRegister) -> None:
    bring_in(index, [insured()])
    bring_in(index, [insured(own="012041")], day=2)
    assert index.rollback("anna", AT).as_of == date(2026, 11, 1)
    assert own(index, ONE) == Ydernummer("019062")
    with pytest.raises(NotFound):
        index.rollback("anna", AT)
    bring_in(index, [insured(own="034835")], day=2)
    assert own(index, ONE) == Ydernummer("034835")
    history = [(one.as_of.day, one.active) for one in index.history()]
    assert history == [(2, True), (2, False), (1, False)]


BROKEN = {
    "newer": register([insured()], head=start("20261102", "20261102050000000000")),
    "recipient": register([insured()], head=start("20261103", "20261103050000000000", recipient="F001  ")),
    "count": register([insured()], head=start("20261103", "20261103050000000000"), count=9),
    "complete": register([insured()], head=start("20261103", "20261103050000000000"))[:-10],
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_broken_or_older_file_changes_nothing_not_even_the_way_back(index: SqlInsuredRegister, check: str) -> None:
    bring_in(index, [insured()])
    bring_in(index, [insured(own="012041")], day=2)
    with pytest.raises(RegisterRefused) as caught:
        index.import_file(BytesIO(BROKEN[check]), "anna", AT)
    assert caught.value.check == check
    assert own(index, ONE) == Ydernummer("012041")
    assert index.rollback("anna", AT).as_of == date(2026, 11, 1)


def test_a_file_that_lists_a_citizen_twice_changes_nothing(index: SqlInsuredRegister) -> None:
    bring_in(index, [insured()])
    with pytest.raises(InvalidField, match="listed-twice"):
        bring_in(index, [insured(), insured(own="012041")], day=2)
    assert own(index, ONE) == Ydernummer("019062")


def test_an_import_that_dies_half_way_leaves_the_old_register_in_force(
    index: SqlInsuredRegister, store_engine: Engine, vault: Vault
) -> None:
    bring_in(index, [insured()])

    class Dying(SqlInsuredRegister):
        def _spool(self, file: object, source: object) -> object:  # type: ignore[override]
            return _with_a_missing_part(super()._spool(file, source))  # type: ignore[arg-type]

    with pytest.raises(FileNotFoundError):
        bring_in(Dying(store_engine, vault, opened), [insured(own="012041")], day=2)
    assert own(index, ONE) == Ydernummer("019062")
    assert bring_in(index, [insured(own="034835")], day=2).changed == 1
    assert own(index, ONE) == Ydernummer("034835")


class _with_a_missing_part:
    """The spool with one file too many: reading it fails after the first part has been written."""

    def __init__(self, spool: object) -> None:
        self._spool = spool

    def __enter__(self) -> list[Path]:
        files: list[Path] = self._spool.__enter__()  # type: ignore[attr-defined]
        return [*files, files[0].with_name("gone")]

    def __exit__(self, *raised: object) -> None:
        self._spool.__exit__(*raised)  # type: ignore[attr-defined]


def test_of_two_imports_at_once_only_one_takes_over(
    index: SqlInsuredRegister, store_engine: Engine, vault: Vault
) -> None:
    bring_in(index, [insured()])

    class Overtaken(SqlInsuredRegister):
        def _fill(self, *args: object) -> Imported:  # type: ignore[override]
            bring_in(index, [insured(own="034835")], day=3)
            return super()._fill(*args)  # type: ignore[arg-type]

    with pytest.raises(ConcurrentChange):
        bring_in(Overtaken(store_engine, vault, opened), [insured(own="012041")], day=2)
    assert own(index, ONE) == Ydernummer("034835")


def test_many_parts_say_the_same_as_one(store_engine: Engine, vault: Vault) -> None:
    index = SqlInsuredRegister(store_engine, vault, opened, parts=4)
    assert bring_in(index, [insured(cpr) for cpr in PERSONS]).added == len(PERSONS)
    assert all(own(index, Cpr(digits)) == Ydernummer("019062") for digits in PERSONS)
    assert bring_in(index, [insured(cpr) for cpr in PERSONS[1:]], day=2).closed == 1


def test_without_a_reader_it_only_answers(store_engine: Engine, vault: Vault) -> None:
    with pytest.raises(ConfigFault):
        SqlInsuredRegister(store_engine, vault).import_file("x", "anna", AT)


def test_a_packed_row_is_read_back_as_it_was(tmp_path: Path) -> None:
    read = [(b"1", b"019062", 20100101, b"1", 0, b"", 0, b"", 0), (b"2", b"", 0, b"2", 0, b"012041", 1, b"2", 2)]
    file = tmp_path / "part"
    file.write_bytes(b"".join(insured_spool.packed(row, row[0] * 16) for row in read))
    assert insured_spool.unpacked(file) == [
        (b"1" * 16, "019062", 20100101, "1", 0, "", 0, "", 0),
        (b"2" * 16, "", 0, "2", 0, "012041", 1, "2", 2),
    ]
