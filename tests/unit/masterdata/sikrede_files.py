"""Sikrede files as bytes, made to be broken: official test persons only."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

PERSONS = ("0201609995", "0504909995", "0201919990", "0108589995", "1502779995", "0505159995", "2512489996")
STAMP = "20261101050000000000"


def start(day: str = "20261101", stamp: str = STAMP, recipient: str = "F053  ", interface: str = "S1061023") -> bytes:
    return f"00{day}{stamp}{recipient}{interface}\r\n".encode()


def insured(
    cpr: str = PERSONS[0],
    own: str = "019062",
    since: str = "20100101",
    group: str = "1",
    previous: str = "000000",
    future: str = "000000",
    future_from: str = "00000000",
    future_group: str = "0",
    future_group_from: str = "00000000",
) -> bytes:
    """One record 10. The name is there, as in a real file, so that a test can look for it afterwards."""
    none = "00000000"
    fields = (
        f"10{cpr}{own}{since}{since}{group}{since}{since}461{since}"
        f"{previous}{none}{none}0{none}{none}"
        f"{future}{future_from}{none}{future_group}{future_group_from}{none}M066"
    )
    return fields.ljust(164).encode() + "Testmand,Einer Ærlig".ljust(470).encode("iso-8859-1") + b"\r\n"


def register(rows: Iterable[bytes] = (), *, head: bytes | None = None, count: int | None = None) -> bytes:
    body: Sequence[bytes] = list(rows)
    announced = len(body) if count is None else count
    return (start() if head is None else head) + b"".join(body) + f"99{announced:08d}".encode()
