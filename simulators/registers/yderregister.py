"""Writes a Yderregister file (interface S1040025) with invented practices, in the layout of the real one.

Run `python -m simulators.registers.yderregister FILE` after a change below; the file in this folder is its output.
"""

import hashlib
import sys
from dataclasses import dataclass
from pathlib import Path
from xml.sax.saxutils import quoteattr

OPEN_ENDED = ""
SPECIALITIES = {
    "80": "Almen lægegerning",
    "62": "Fysioterapi",
    "82": "Lægevagt",
    "79": "Fiktiv yder",
}


@dataclass(frozen=True)
class Owner:
    """A person of the practice; numbers are zeros, as in the published test files."""

    role: str = "11"
    role_words: str = "Ejer"
    since: str = "20100101"


@dataclass(frozen=True)
class Practice:
    """One contract; `until` is a date (yyyymmdd) or empty."""

    ydernummer: str
    name: str
    street: str
    postcode: str
    town: str
    phone: str
    speciality: str = "80"
    since: str = "20100101"
    until: str = OPEN_ENDED
    owners: tuple[Owner, ...] = (Owner(),)


NURSE = Owner("26", "Sygeplejerske")
PRACTICES = (
    Practice("034835", "Lægerne Torvet", "Torvet 1", "8990", "Fjordby", "99001010", owners=(Owner(), Owner(), NURSE)),
    Practice("047155", "Lægerne Torvet, Sødal", "Sødalsvej 4", "8991", "Sødal", "99001015"),
    Practice("012041", "Lægehuset Havnen", "Havnegade 12", "8992", "Fjordby Havn", "99001020"),
    Practice("090107", "Lægerne Enghaven", "Enghavevej 3", "8993", "Skovby", "99001030"),
    Practice("005126", "Lægeklinikken Kirkebakken", "Kirkebakken 7", "8990", "Fjordby", "99001040", until="20240630"),
    Practice("077208", "Læge Skovbrynet", "Skovbrynet 2", "8993", "Skovby", "99001050"),
    Practice("066427", "Lægehuset Åkanden", "Åvej 15", "8994", "Bækby", "99001060", owners=(Owner(), Owner())),
    Practice("088137", "Lægefællesskabet Stationen", "Stationsvej 1", "8995", "Højby", "99001070"),
    Practice("019011", "Fjordby Fysioterapi", "Torvet 3", "8990", "Fjordby", "99001080", "62"),
    Practice("007307", "Lægevagten Region Fjord", "Sygehusvej 10", "8990", "Fjordby", "99001090", "82", owners=()),
    Practice("044024", "Lægerne Mølledammen", "Møllevej 8", "8996", "Mølleby", "99001100", since="20300101"),
    Practice("039160", "Klinik for fodterapi og fysioterapi", "Nygade 5", "8993", "Skovby", "99001110", "62"),
    Practice("060119", "Testyder Region Fjord", "Sygehusvej 10", "8990", "Fjordby", "", "79", owners=()),
)


def _key(*words: str) -> str:
    return hashlib.sha256(" ".join(words).encode()).hexdigest()[:16].upper()


def _attributes(values: list[tuple[str, str, int]]) -> str:
    """`(name, value, width)`: every value is padded with blanks to its width."""
    return " ".join(f"{name}={quoteattr(value.ljust(width))}" for name, value, width in values)


def _person(practice: Practice, number: int, owner: Owner) -> str:
    values = [
        ("HistIdPerson", _key(practice.ydernummer, str(number)), 16),
        ("YdernrPerson", practice.ydernummer, 6),
        ("TilgDatoPerson", owner.since, 8),
        ("AfgDatoPerson", practice.until, 8),
        ("CprNr", "0000000000", 10),
        ("PersonrolleKode", owner.role, 2),
        ("PersonrolleTxt", owner.role_words, 60),
    ]
    return f"        <Person {_attributes(values)}></Person>\n"


def _practice(practice: Practice) -> str:
    values = [
        ("HistIdYder", _key(practice.ydernummer), 16),
        ("AmtKodeYder", "99", 2),
        ("AmtTxtYder", "Region Fjord", 60),
        ("YdernrYder", practice.ydernummer, 6),
        ("PrakBetegn", practice.name, 50),
        ("AdrYder", practice.street, 50),
        ("PostnrYder", practice.postcode, 4),
        ("PostdistYder", practice.town, 20),
        ("TilgDatoYder", practice.since, 8),
        ("AfgDatoYder", practice.until, 8),
        ("HvdSpecKode", practice.speciality, 2),
        ("HvdSpecTxt", SPECIALITIES[practice.speciality], 60),
        ("HvdTlf", practice.phone, 8),
        ("EmailYder", "", 50),
        ("WWW", "", 78),
    ]
    persons = "".join(_person(practice, number, owner) for number, owner in enumerate(practice.owners))
    return f"    <Yder {_attributes(values)}>\n{persons}    </Yder>\n"


def register_file(practices: tuple[Practice, ...], created: str, timestamp: str) -> str:
    """The whole file; AntPost counts practices and persons."""
    count = len(practices) + sum(len(practice.owners) for practice in practices)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n<etds1040025XML>\n'
        f'    <Start OpgDato="{created}" Timestamp="{timestamp}" Modt="F053  " SnitfladeId="S1040025"></Start>\n'
        f"{''.join(_practice(practice) for practice in practices)}"
        f'    <Slut AntPost="{count:08d}"></Slut>\n</etds1040025XML>'
    )


if __name__ == "__main__":
    text = register_file(PRACTICES, "20261101", "20261101074606065186")
    # The real file begins with a byte order mark.
    Path(sys.argv[1]).write_text(text, encoding="utf-8-sig", newline="\n")
