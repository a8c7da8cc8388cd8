"""An organisation's statistics of one month, for the page, the file and the command (AD19)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import date
from io import StringIO
from uuid import UUID

from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import danish_day
from gateway.domain.uptake.statistics import COLUMNS, OTHERS, TOTAL, Line, Month, month_days, month_of, months_over
from gateway.wiring import Gateway

HIDDEN = "skjult"  # in a file, where a number is not told
TIMES = tuple(f"{what} {part}" for what in ("seen", "talk", "filed") for part in ("p50 s", "p90 s"))


def months(gateway: Gateway) -> list[date]:
    """Those that are told, by their first days, the newest first."""
    return months_over(danish_day(gateway.clock.now()))


def month(gateway: Gateway, tenant: UUID, first: date) -> Month:
    """With the practices by their names."""
    synthetic = gateway.organisation(tenant).synthetic
    found = month_of(first, gateway.courses.of_days(tenant, month_days(first), synthetic=synthetic, filed=True))
    return replace(found, by=found.by | {"practice": _named(gateway, found.by["practice"], first)})


def _named(gateway: Gateway, lines: Sequence[Line], on: date) -> list[Line]:
    numbers = [Ydernummer(line.label) for line in lines if line.label not in (OTHERS, TOTAL)]
    names = {str(number): found.name for number, found in gateway.providers.find_all(numbers, on).items()}
    return [
        replace(line, label=f"{names[line.label]} {line.label}" if line.label in names else line.label)
        for line in lines
    ]


def as_csv(told: Month, words: Mapping[str, str] | None = None) -> str:
    """Semicolons, as Danish spreadsheets read them. ``words``: of the columns and of what is no name; else codes."""
    named, out = words or {}, StringIO()
    written = csv.writer(out, delimiter=";", lineterminator="\r\n")
    head = ("by", "label", *COLUMNS, *TIMES, "troubles")
    written.writerow([named.get(each, each) for each in head])
    for way, lines in told.by.items():
        for line in lines:
            written.writerow([named.get(way, way), named.get(line.label, line.label), *_numbers(line)])
    return out.getvalue()


def _numbers(line: Line) -> list[str]:
    counts = [HIDDEN if n is None else str(n) for n in (*line.counts, line.troubles)]
    times = [n for spread in (line.seen, line.talk, line.filed) for n in (spread.half, spread.ninety)]
    return [*counts[:-1], *("" if n is None else str(n) for n in times), counts[-1]]
