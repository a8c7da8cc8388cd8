"""*Hvem har haft adgang?*: an organisation's people by workplace, as a page, a file and a command (AD15)."""

from __future__ import annotations

import csv
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import StringIO
from uuid import UUID

from gateway.domain.practice import COPENHAGEN
from gateway.domain.uptake.access import Holder, by_place
from gateway.wiring import Gateway

COLUMNS = ("workplace", "granted by", "name", "role", "first", "last", "use", "barred", "id")
USES = ("lately", "before", "never")


def holders(
    gateway: Gateway, tenant: UUID, use: str = "", day: date | None = None
) -> list[tuple[str, Sequence[Holder]]]:
    """By workplace; of one ``use`` where it is named, and of those who could look on that day."""
    now = gateway.clock.now()
    found = (each for each in gateway.access_book.holders(tenant) if use in ("", each.use(now)))
    return by_place(each for each in found if day is None or each.could_look(day))


def as_csv(found: Sequence[tuple[str, Sequence[Holder]]], now: datetime, words: Mapping[str, str]) -> str:
    """Semicolons, as Danish spreadsheets read them; a line for each workplace of each person. ``words``: of columns
    and codes."""
    out = StringIO()
    written = csv.writer(out, delimiter=";", lineterminator="\r\n")
    written.writerow([words.get(each, each) for each in COLUMNS])
    for place, people in found:
        for each in people:
            by = "administrator" if (place, True) in each.places else "login" if place else ""
            days = [_day(moment) for moment in (each.first_seen_at, each.last_seen_at)]
            use = each.use(now)
            cells = (place, words.get(by, by), each.name, each.role, *days, words.get(use, use), _day(each.barred_at))
            written.writerow([plain(cell) for cell in (*cells, each.id)])
    return out.getvalue()


def _day(moment: datetime | None) -> str:
    return f"{moment.astimezone(COPENHAGEN):%Y-%m-%d}" if moment else ""


def plain(text: str) -> str:
    """A spreadsheet computes what begins so; a name is none of it."""
    return f"'{text}" if text[:1] in ("=", "+", "-", "@", "\t") else text
