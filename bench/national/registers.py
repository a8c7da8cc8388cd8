"""National-size register files, written into a temporary folder: invented practices, units and numbers.

The numbers of the citizens are dates followed by a counter: shaped like a CPR, belonging to nobody on purpose, and
gone with the folder. Read by ``masterdata.py``.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path

NONE = "00000000"


@dataclass(frozen=True, slots=True)
class Month:
    """One Sikrede file. One citizen in ``moved`` has another doctor than in a file where nobody has; 0 is nobody."""

    file: Path
    day: str
    moved: int = 0


def citizen(number: int) -> str:
    """Ten digits, different for each number."""
    return f"{_DAYS[number % 36_500]}{number // 36_500:04d}"


_DAYS = [f"{date(1920, 1, 1) + timedelta(days=number):%d%m%y}" for number in range(36_500)]


def ydernummer(number: int) -> str:
    return f"{number + 1:06d}"


def write_sikrede(months: Sequence[Month], citizens: int, practices: int) -> None:
    """One record for each citizen in every month's file; one in fifty has a future doctor, one in forty none at all."""
    with ExitStack() as stack:
        outs = [stack.enter_context(month.file.open("wb", buffering=1 << 20)) for month in months]
        for month, out in zip(months, outs, strict=True):
            out.write(f"00{month.day}{month.day}050000000000F053  S1061023\r\n".encode())
        for number in range(citizens):
            record = _record(number, practices)
            for month, out in zip(months, outs, strict=True):
                shifted = month.moved and number % month.moved == 0
                out.write(_record(number, practices, shift=1) if shifted else record)
        for out in outs:
            out.write(f"99{citizens:08d}\r\n".encode())


_NO_PREVIOUS = f"201001012010010146120100101000000{NONE}{NONE}0{NONE}{NONE}"
_TAIL = f"{NONE}0{NONE}{NONE}" + "M066".ljust(26) + "Navn, Opdigtet".ljust(468) + "\r\n"


def _record(number: int, practices: int, shift: int = 0) -> bytes:
    own, group = (ydernummer((number + shift) % practices), "1") if number % 40 else ("000000", "2")
    future, since = (ydernummer(number % 97), "20261201") if number % 50 == 0 else ("000000", NONE)
    return f"10{citizen(number)}{own}2010010120100101{group}{_NO_PREVIOUS}{future}{since}{_TAIL}".encode("ascii")


def write_yderregister(file: Path, practices: int, versions: int = 3) -> None:
    """Each practice with its history: ended versions, and one that holds."""
    with file.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?><etds1040025XML><Start OpgDato="20261101"')
        out.write(' Timestamp="20261101070000000000" Modt="F053  " SnitfladeId="S1040025"/>\n')
        for number in range(practices):
            for version in range(versions):
                ended = "        " if version == versions - 1 else f"{2000 + 5 * (version + 1)}0101"
                out.write(
                    f'<Yder YdernrYder="{ydernummer(number)}" PrakBetegn="{f"Lægerne nr. {number}":50}"'
                    f' AdrYder="Vej {version}" PostnrYder="{1000 + number % 8999}" PostdistYder="By {number % 600}"'
                    f' TilgDatoYder="{2000 + 5 * version}0101" AfgDatoYder="{ended}" HvdSpecKode="80"'
                    ' HvdSpecTxt="Almen lægegerning" HvdTlf="62521234"/>\n'
                )
        out.write(f'<Slut AntPost="{practices * versions:08d}"/></etds1040025XML>')


def write_sor(file: Path, units: int) -> None:
    """Owners with a location number, each with an institution and a unit that inherit it."""
    with file.open("w", encoding="utf-8") as out:
        out.write('<?xml version="1.0" encoding="UTF-8"?>')
        out.write('<SorTree xmlns="urn:oio:sundhedsstyrelsen:organisation:1.0.0">')
        out.write("<CreatedAtTime>2026-11-01T01:00:00+01:00</CreatedAtTime><SnapshotDate>2026-11-01</SnapshotDate>")
        for number in range(units // 3):
            out.writelines(_family(number))
        out.write("</SorTree>")


def _family(number: int) -> Iterator[str]:
    status = "<SorStatus><FromDate>1999-03-25</FromDate></SorStatus>"
    heir = (
        "<OptionalEanLocationCode><EntityInheritedIndicator>true</EntityInheritedIndicator></OptionalEanLocationCode>"
    )
    yield f"<InstitutionOwnerEntity><InstitutionOwner><SorIdentifier>83{number:012d}</SorIdentifier>"
    yield f"<EntityName>Ejer {number}</EntityName><EanLocationCodeEntity><EanLocationCode>5790000141227"
    yield "</EanLocationCode><OnlyInternalIndicator>false</OnlyInternalIndicator><NonActiveIndicator>false"
    yield f"</NonActiveIndicator><SystemSupplier>{number % 12}</SystemSupplier>{status}</EanLocationCodeEntity>{status}"
    yield f"</InstitutionOwner><HealthInstitutionEntity><HealthInstitution><SorIdentifier>84{number:012d}"
    yield f"</SorIdentifier><EntityName>Hus {number}</EntityName><InstitutionType>394761003</InstitutionType>{heir}"
    yield f"{status}</HealthInstitution><OrganizationalUnitEntity><OrganizationalUnit><SorIdentifier>85{number:012d}"
    yield f"</SorIdentifier><EntityName>Klinik {number}</EntityName><ProviderIdentifier>{ydernummer(number)}"
    yield f"</ProviderIdentifier>{heir}{status}</OrganizationalUnit></OrganizationalUnitEntity>"
    yield "</HealthInstitutionEntity></InstitutionOwnerEntity>"
