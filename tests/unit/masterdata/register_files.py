"""Register files as text, made to be broken: one valid file, and the one thing each test changes in it."""

from __future__ import annotations

from collections.abc import Iterable
from io import BytesIO
from pathlib import Path

SAMPLE = Path(__file__).parents[2] / "fixtures" / "registers" / "M.S1040025.SB025.xml"
STAMP = "20260301070000000000"


def yder(number: str = "034835", name: str = "Lægerne Ærøskøbing", persons: int = 0, **changed: str) -> str:
    attributes = {
        "HistIdYder": "CBAF4A6AE728C7BF",
        "AmtTxtYder": "Region Syddanmark        ",
        "YdernrYder": number,
        "PrakBetegn": name.ljust(50),
        "AdrYder": "Søndergade 1             ",
        "PostnrYder": "5970",
        "PostdistYder": "Ærøskøbing          ",
        "TilgDatoYder": "19910101",
        "AfgDatoYder": "        ",
        "HvdSpecKode": "80",
        "HvdSpecTxt": "Almen lægegerning        ",
        "HvdTlf": "62521234",
    } | changed
    written = " ".join(f'{name}="{value}"' for name, value in attributes.items())
    person = f'<Person HistIdPerson="X" YdernrPerson="{number}" CprNr="0000000000"></Person>'
    return f"<Yder {written}>{person * persons}</Yder>\n"


def start(day: str = "20260301", stamp: str = STAMP, recipient: str = "F053  ", interface: str = "S1040025") -> str:
    return f'<Start OpgDato="{day}" Timestamp="{stamp}" Modt="{recipient}" SnitfladeId="{interface}"></Start>\n'


def register(rows: Iterable[str] = (), *, head: str | None = None, count: int | None = None, prolog: str = "") -> bytes:
    body = "".join(rows)
    announced = body.count("<Yder ") + body.count("<Person ") if count is None else count
    text = (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f"{prolog}<etds1040025XML>\n{start() if head is None else head}{body}"
        f'<Slut AntPost="{announced:08d}"></Slut>\n</etds1040025XML>'
    )
    return text.encode()


class Generated(BytesIO):
    """A register file of any length that never lies in memory as a whole."""

    def __init__(self, rows: Iterable[str], count: int, stamp: str = STAMP) -> None:
        super().__init__()
        self._parts = iter(self._written(rows, count, stamp))
        self._left = b""

    @staticmethod
    def _written(rows: Iterable[str], count: int, stamp: str) -> Iterable[bytes]:
        yield f"<etds1040025XML>{start(stamp=stamp)}".encode()
        for row in rows:
            yield row.encode()
        yield f'<Slut AntPost="{count:08d}"/></etds1040025XML>'.encode()

    def read(self, size: int | None = -1, /) -> bytes:
        wanted = 65536 if size is None or size < 0 else size
        while len(self._left) < wanted and (part := next(self._parts, b"")):
            self._left += part
        given, self._left = self._left[:wanted], self._left[wanted:]
        return given
