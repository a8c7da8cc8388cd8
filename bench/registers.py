"""National-size register files, written into a temporary folder: invented practices, units and numbers.

The numbers of the citizens are dates followed by a counter: shaped like a CPR, belonging to nobody on purpose, and
gone with the folder. Read by ``masterdata.py``.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

NONE = "00000000"


def citizen(number: int) -> str:
    """Ten digits, different for each number."""
    day = date(1920, 1, 1) + timedelta(days=number % 36_500)
    return f"{day:%d%m%y}{number // 36_500:04d}"


def ydernummer(number: int) -> str:
    return f"{number + 1:06d}"


def write_sikrede(file: Path, citizens: int, practices: int, day: str = "20261101", moved: int = 0) -> None:
    """One record for each citizen; one in ``moved`` has another doctor than in the file before, one in fifty a future
    one, one in forty none at all."""
    tail = "M066".ljust(26) + "Navn, Opdigtet".ljust(468)
    with file.open("w", encoding="iso-8859-1", newline="") as out:
        out.write(f"00{day}{day}050000000000F053  S1061023\r\n")
        for number in range(citizens):
            shift = 1 if moved and number % moved == 0 else 0
            own, group = (ydernummer((number + shift) % practices), "1") if number % 40 else ("000000", "2")
            future, since = (ydernummer(number % 97), "20261201") if number % 50 == 0 else ("000000", NONE)
            out.write(
                f"10{citizen(number)}{own}2010010120100101{group}201001012010010146120100101"
                f"000000{NONE}{NONE}0{NONE}{NONE}{future}{since}{NONE}0{NONE}{NONE}{tail}\r\n"
            )
        out.write(f"99{citizens:08d}\r\n")


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
