"""SOR says where a practice is reached; an inherited number is followed, an unusable one is not used."""

from __future__ import annotations

import tracemalloc
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path

import pytest

from gateway.domain.location import SorUnit
from gateway.masterdata import layouts, sor_csv, sor_xml
from gateway.masterdata.refusal import RegisterRefused
from tests.unit.masterdata.sor_files import (
    GLN,
    INHERITED,
    OWN_NONE,
    csv_file,
    csv_row,
    institution,
    location,
    own,
    owner,
    practice,
    tree,
    unit,
)

OTHER = "5790000173624"
AT = datetime(2026, 11, 2, 1, 30, tzinfo=UTC)


def read(data: bytes, newer_than: sor_xml.Stamp | None = None) -> list[SorUnit]:
    with sor_xml.opened(BytesIO(data), newer_than) as file:
        return list(file.units())


def read_csv(data: bytes, locations: Path | None = None) -> dict[str, SorUnit]:
    with sor_csv.opened(BytesIO(data), written_at=AT, locations=locations) as file:
        return {unit.sor_id.digits: unit for unit in file.units()}


def test_a_unit_inherits_the_location_number_of_the_owner_through_the_institution() -> None:
    units = read(tree(practice()))
    assert [one.kind for one in units] == ["owner", "institution", "unit"]
    last = units[-1]
    assert last.ydernummer is not None and last.ydernummer.digits == "019062"
    assert last.gln is not None and (last.gln.digits, last.gln_from) == (GLN, units[0].sor_id.digits)
    assert (last.supplier, last.specialities) == ("641000055002", ("408443003",))
    assert (last.valid_from, last.parent) == (date(1999, 3, 25), units[1].sor_id.digits)


def test_a_unit_with_a_number_of_its_own_keeps_it_and_its_supplier() -> None:
    last = read(tree(practice(where=own(OTHER, supplier="1001000055001"))))[-1]
    assert last.gln is not None and (last.gln.digits, last.supplier) == (OTHER, "1001000055001")
    assert last.gln_from == last.sor_id.digits


def test_an_inherited_address_is_no_inherited_location_number() -> None:
    last = read(tree(practice(where=OWN_NONE)))[-1]
    assert (last.gln, last.gln_flaw, last.supplier) == (None, "", "")


@pytest.mark.parametrize(
    ("held", "flaw"),
    [
        (location(inactive="true"), "inactive"),
        (location(internal="true"), "internal-only"),
        (location("5790000141228"), "not-a-gln"),
    ],
)
def test_an_unusable_location_number_is_skipped_and_says_why(held: str, flaw: str) -> None:
    last = read(tree(practice(owned=held)))[-1]
    assert (last.gln, last.gln_flaw) == (None, flaw)


def test_units_within_units_and_beside_them_inherit_from_their_own_parent() -> None:
    inner = unit("85111111000016", "Inderst", where=INHERITED)
    outer = unit("85222222000016", "Ydre", where=own(OTHER), inner=inner)
    beside = unit("85333333000016", "Ved siden af", where=INHERITED)
    units = read(
        tree(owner("83111111000016", "Ejer", institution("84111111000016", "Hus", outer + beside), location()))
    )
    reached = {one.name: one.gln and one.gln.digits for one in units}
    assert reached == {"Ejer": GLN, "Hus": GLN, "Ydre": OTHER, "Inderst": OTHER, "Ved siden af": GLN}


def test_ended_and_future_units_keep_their_validity() -> None:
    body = unit("85111111000016", "Lukket", to="2020-01-01") + unit("85222222000016", "Kommer", since="2027-01-01")
    units = read(tree(owner("83111111000016", "Ejer", institution("84111111000016", "Hus", body))))
    assert [one.name for one in units if one.valid_on(date(2026, 11, 22))] == ["Ejer", "Hus"]


@pytest.mark.parametrize("version", ["1.0.0", "2.0.0"])
def test_both_namespaces_are_read(version: str) -> None:
    assert len(read(tree(practice(), namespace=f"urn:oio:sundhedsstyrelsen:organisation:{version}"))) == 3


BROKEN = {
    "interface": tree(practice(), namespace="urn:other"),
    "newer": tree(practice(), day="2026-10-31"),
    "rows": tree(""),
    "complete": tree(practice())[:-30],
    "well-formed": tree(practice()).replace(b"</SorTree>", b"</Sor>"),
    "field": tree(practice().replace("83019062000016", "12")),
    "date": tree(practice().replace("1999-03-25", "1999-13-25")),
}


@pytest.mark.parametrize("check", BROKEN)
def test_a_file_with_one_fault_is_refused_by_name(check: str) -> None:
    with pytest.raises(RegisterRefused) as caught:
        read(BROKEN[check], (date(2026, 10, 31), "2026-10-31T01:00:00+01:00"))
    assert caught.value.check == check


def test_memory_does_not_grow_with_the_tree() -> None:
    class Forest(BytesIO):
        def __init__(self) -> None:
            super().__init__()
            whole = tree("§").decode().split("§")
            self._parts: Iterator[bytes] = iter(
                [whole[0].encode(), *(practice(f"{n:06d}").encode() for n in range(1, 1200)), whole[1].encode()]
            )

        def read(self, size: int | None = -1, /) -> bytes:
            return next(self._parts, b"")

    forest = Forest()
    tracemalloc.start()
    with sor_xml.opened(forest) as file:
        assert sum(1 for _ in file.units()) == 3597
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 4_000_000


OWNER, HOUSE, CLINIC = "8321000016007", "8331000016009", "8341000016002"


def test_the_csv_gives_what_the_xml_gives_in_any_order_of_rows() -> None:
    rows = [
        csv_row(CLINIC, "OE", HOUSE, "19062", inherited="true"),
        csv_row(HOUSE, "SI", OWNER, inherited="true"),
        csv_row(OWNER, "IE", code=GLN, SystemSupplier="641000055002"),
    ]
    clinic = read_csv(csv_file(*rows))[CLINIC]
    assert clinic.ydernummer is not None and clinic.ydernummer.digits == "019062"
    assert clinic.gln is not None and (clinic.gln.digits, clinic.gln_from) == (GLN, OWNER)
    assert clinic.supplier == "641000055002"


def test_the_list_of_location_numbers_adds_supplier_and_indicators(tmp_path: Path) -> None:
    numbers = tmp_path / "LocationsCode.csv"
    numbers.write_bytes(
        csv_file(
            {"EanLocationCode": GLN, "SystemSupplier": "77", "NonActiveIndicator": "false"},
            {"EanLocationCode": OTHER, "SystemSupplier": "78", "NonActiveIndicator": "true"},
        )
    )
    found = read_csv(csv_file(csv_row(OWNER, "IE", code=GLN), csv_row(HOUSE, "SI", code=OTHER)), numbers)
    assert (found[OWNER].supplier, found[OWNER].gln_flaw) == ("77", "")
    assert (found[HOUSE].gln, found[HOUSE].gln_flaw) == (None, "inactive")


def test_a_family_that_is_its_own_ancestor_inherits_nothing() -> None:
    rows = [csv_row(HOUSE, "SI", CLINIC, inherited="true"), csv_row(CLINIC, "OE", HOUSE, inherited="true")]
    assert all(unit.gln is None for unit in read_csv(csv_file(*rows)).values())


def test_what_nobody_asked_for_is_passed_over_and_the_institution_stands_in_for_the_parent() -> None:
    rows = [
        csv_row(OWNER, "IE", code=GLN, RegionName="Region Fjord"),
        csv_row(HOUSE, "SI", inherited="true", InstitutionOwnerSorId=OWNER),
        csv_row(CLINIC, "OE", number="19062", inherited="true", HealthInstitutionSorId=HOUSE),
    ]
    found = read_csv(csv_file(*rows))
    assert [found[one].parent for one in (OWNER, HOUSE, CLINIC)] == ["", OWNER, HOUSE]
    assert found[CLINIC].gln is not None and found[CLINIC].gln.digits == GLN


def test_the_older_danish_export_is_read_by_its_own_names(tmp_path: Path) -> None:
    file = tmp_path / "sor.csv"
    file.write_text(
        "Enhedsnavn;SOR-type;SOR-kode;Parent SOR-kode;Gaeldende_fra_dato;Ophørt_dato;Ydernummer;Lokationsnummer;"
        "Lokationsnummerstatus;Nedarvningsstatus;Systemleverandoer\r\n"
        f"Ejer;Institutionsejer;{OWNER};;25-03-1999;;;{GLN};aktiv;egen;XMO\r\n"
        f"Lægerne Havnen;Organisatorisk enhed;{CLINIC};{OWNER};25-03-1999;31-12-2030;019062;;;nedarvet;\r\n"
        f"Lukket;Organisatorisk enhed;{HOUSE};{OWNER};25-03-1999;;;{OTHER};inaktiv;egen;\r\n",
        encoding="utf-8",
    )
    assert layouts.layout_of(file) is layouts.Layout.SOR_CSV
    found = read_csv(file.read_bytes())
    clinic = found[CLINIC]
    assert (found[OWNER].kind, clinic.name, clinic.valid_to) == ("owner", "Lægerne Havnen", date(2030, 12, 31))
    assert clinic.gln is not None and (clinic.gln.digits, clinic.supplier) == (GLN, "XMO")
    assert found[HOUSE].gln_flaw == "inactive"


@pytest.mark.parametrize(("column", "named"), [("EntityName", "EntityName or Enhedsnavn"), ("FromDate", "FromDate")])
def test_a_missing_column_is_named(column: str, named: str) -> None:
    row = {name: value for name, value in csv_row(OWNER, "IE").items() if name != column}
    with pytest.raises(RegisterRefused, match=named) as caught:
        read_csv(csv_file(row))
    assert caught.value.check == "structure"


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (csv_file({"SorId": "1", "SorType": "IE"}), "structure"),
        (csv_file(csv_row(OWNER, "IE"))[:-40], "complete"),
        (csv_file(csv_row(OWNER, "IE")).split(b"\r\n")[0] + b"\r\n", "rows"),
        (csv_file(csv_row(OWNER, "IE", FromDate="")), "date"),
        (csv_file(csv_row(OWNER, "IE")).replace("æ".encode(), b"\xe6"), "encoding"),
    ],
)
def test_a_csv_with_one_fault_is_refused_by_name(data: bytes, check: str) -> None:
    with pytest.raises(RegisterRefused) as caught:
        read_csv(data)
    assert caught.value.check == check


@pytest.mark.parametrize("layout", ["sor-xml", "sor2-csv"])
def test_the_content_says_which_layout_it_is(layout: str, tmp_path: Path) -> None:
    file = tmp_path / "whatever.dat"
    file.write_bytes(tree(practice()) if layout == "sor-xml" else csv_file(csv_row(OWNER, "IE")))
    assert layouts.layout_of(file) == layout and layouts.layout_of(file).register == "sor"
    with layouts.opened_sor(file) as opened:
        assert opened.layout == layout and list(opened.units())
