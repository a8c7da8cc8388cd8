"""*Hvem har haft adgang?*: an organisation's people by workplace, as a page, a file and a command (AD15)."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from io import StringIO
from uuid import UUID

from gateway.domain.errors import NotFound
from gateway.domain.practice import COPENHAGEN
from gateway.domain.uptake.access import Asked, Holder, Mark, Some, by_name, by_place
from gateway.store.people.organisations import Workplace
from gateway.wiring import Gateway

COLUMNS = ("workplace", "granted by", "name", "role", "first", "last", "use", "barred", "id")


def some(gateway: Gateway, tenant: UUID, asked: Asked, after: Mark | None = None) -> Some:
    """A page; of one workplace by name within it."""
    found = gateway.access_book.some(tenant, asked, gateway.clock.now(), after)
    people = [each for each in found.people if asked.day is None or each.could_look(asked.day)]
    return Some(by_name(people) if asked.place else people, found.then)


def holders(gateway: Gateway, tenant: UUID, asked: Asked) -> list[tuple[str, Sequence[Holder]]]:
    """All of them by workplace, for a file; of one workplace where one is asked for."""
    name = place_of(gateway, tenant, str(asked.place)).name if asked.place else ""
    return [(place, people) for place, people in by_place(_all(gateway, tenant, asked)) if name in ("", place)]


def place_of(gateway: Gateway, tenant: UUID, said: str) -> Workplace:
    """The listed workplace of that name, SOR code or id."""
    listed = gateway.organisations.workplaces(tenant)
    found = [each for each in listed if said.casefold() in (each.name.casefold(), each.sor, str(each.id))]
    if not found:
        raise NotFound("workplace")
    return found[0]


def _all(gateway: Gateway, tenant: UUID, asked: Asked) -> Iterator[Holder]:
    page = some(gateway, tenant, asked)
    yield from page.people
    while page.then is not None:
        page = some(gateway, tenant, asked, page.then)
        yield from page.people


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
