"""A register is told by its content; the NSP's feeds give the same practices as the file they are copied from."""

from __future__ import annotations

from datetime import date
from io import BytesIO
from pathlib import Path

import pytest

from gateway.domain.practice import Practice
from gateway.masterdata.layouts import Layout, layout_of, opened_yderregister
from gateway.masterdata.refusal import RegisterRefused
from tests.unit.masterdata import register_files, sikrede_files

V3 = "http://nsi.dk/-/stamdata/3.0/yderregister"
SOR = "http://nsi.dk/-/stamdata/3.0/sor"
OPEN = "2999-12-31T00:00:00.000+01:00"


def record(number: str = "34835", to: str = OPEN, **changed: str) -> str:
    fields = {
        "Id": "a" * 32,
        "YdernrYder": number,
        "PrakBetegn": "Lægerne Ærøskøbing",
        "AdrYder": "Søndergade 1",
        "PostnrYder": "5970",
        "PostdistYder": "Ærøskøbing",
        "TilgDatoYder": "19910101",
        "AfgDatoYder": "",
        "HvdSpecKode": "80",
        "HvdSpecTxt": "Almen lægegerning",
        "HvdTlf": "62521234",
        "ValidFrom": "2010-01-01T00:00:00.000+01:00",
        "ValidTo": to,
    } | changed
    return f'<y:yder xmlns:y="{V3}">' + "".join(f"<{n}>{v}</{n}>" for n, v in fields.items()) + "</y:yder>"


def sor_record(number: str = "34835", to: str = OPEN) -> str:
    fields = {
        "sorNummer": "8341000016002",
        "nummer": number,
        "navn": "Lægerne Ærøskøbing",
        "telefon": "62521234",
        "vejnavn": "Søndergade 1",
        "postnummer": "5970",
        "bynavn": "Ærøskøbing",
        "hovedSpecialeKode": "80",
        "hovedSpecialeTekst": "Almen lægegerning",
        "validFrom": "1991-01-01T00:00:00.000+01:00",
        "validTo": to,
    }
    return f'<s:yder xmlns:s="{SOR}">' + "".join(f"<{n}>{v}</{n}>" for n, v in fields.items()) + "</s:yder>"


def feed(*records: str, updated: str = "2026-03-01T07:00:00.000Z") -> bytes:
    entries = "".join(
        f'<entry><id>tag:x</id><updated>{updated}</updated><content type="application/xml">{one}</content></entry>'
        for one in records
    )
    head = f"<id>tag:nsi.dk</id><updated>{updated}</updated><title>yder</title>" if updated else "<id>tag:nsi.dk</id>"
    return f'<?xml version="1.0" encoding="UTF-8"?><feed xmlns="http://www.w3.org/2005/Atom">{head}{entries}</feed>'.encode()


def read(data: bytes, newer_than: tuple[date, str] | None = None) -> list[Practice]:
    with opened_yderregister(BytesIO(data), newer_than) as file:
        return list(file.practices())


@pytest.mark.parametrize("one", [record(), sor_record()], ids=["v3", "sor"])
def test_each_feed_gives_the_practice_the_file_gives(one: str) -> None:
    [classic] = read(register_files.register([register_files.yder()]))
    assert read(feed(one)) == [classic]


def test_a_record_the_service_has_superseded_is_passed_over() -> None:
    old = record(to="2020-01-01T00:00:00.000+01:00", PrakBetegn="Gammelt navn")
    assert [practice.name for practice in read(feed(old, record()))] == ["Lægerne Ærøskøbing"]


def test_the_last_day_of_the_practice_is_kept() -> None:
    [practice] = read(feed(record(AfgDatoYder="20251231")))
    assert practice.valid_to == date(2025, 12, 31)
    [from_sor] = read(feed(sor_record(to="2025-12-31T00:00:00.000+01:00")))
    assert from_sor.valid_to == date(2025, 12, 31)


@pytest.mark.parametrize(
    ("data", "check"),
    [
        (feed(record())[:-40], "complete"),
        (feed(record(), updated=""), "structure"),
        (feed(record(), updated="2026-02-01T07:00:00Z"), "newer"),
        (
            feed(f'<y:yder xmlns:y="{V3}"><YdernrYder>0</YdernrYder><TilgDatoYder>19910101</TilgDatoYder></y:yder>'),
            "ydernummer",
        ),
        (feed(record(TilgDatoYder="1991", ValidFrom="")), "date"),
        (feed(record(AfgDatoYder="19800101")), "date"),
        (feed(f'<y:person xmlns:y="{V3}"><CprNr>0</CprNr></y:person>'), "rows"),
    ],
)
def test_a_feed_with_one_fault_is_refused_by_name(data: bytes, check: str) -> None:
    with pytest.raises(RegisterRefused) as caught:
        read(data, (date(2026, 2, 15), "20260215070000000000"))
    assert caught.value.check == check


def test_every_register_is_told_by_its_content_and_a_stranger_is_refused(tmp_path: Path) -> None:
    known = {
        Layout.YDERREGISTER: register_files.SAMPLE.read_bytes(),
        Layout.YDERREGISTER_NSP: feed(record()),
        Layout.SIKREDE: sikrede_files.register([sikrede_files.insured()]),
    }
    for layout, data in known.items():
        file = tmp_path / "register"
        file.write_bytes(data)
        assert layout_of(file) is layout and layout_of(BytesIO(data)) is layout
    for stranger in (b"", b"<html/>", b"PK\x03\x04", b"00" + b"1" * 28 + b"F053  S1040025", b"SorId;Navn\n"):
        with pytest.raises(RegisterRefused, match="interface"):
            layout_of(BytesIO(stranger))
