"""Statistics without persons: counts by week, workplace and practice, of which no small one can be read or computed.

A number from one to four is hidden, and with it so many others that totals do not give it away: each row adds up to its
first column and each column to the last row, so the hidden cells are the edges of a graph of rows and columns, and one
of them can be computed exactly where its edge lies on no ring. Only months that are over are told, one by one: a sum
that grows tells what was added. Pure."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from gateway.domain.consultation.aggregate import Ending
from gateway.domain.uptake.course import FEW, Course, is_few

STARTED, OPEN, OTHERS, TOTAL = "started", "open", "others", "total"
ENDINGS = tuple(str(ending) for ending in Ending if ending is not Ending.ABANDONED)
COLUMNS = (STARTED, *ENDINGS, OPEN)
NINETIETH_OF = 2 * FEW  # fewer have no ninetieth percentile but the longest itself
Place = tuple[int, int]  # row, column
Node = tuple[str, int]  # a row or a column, as a sum
Key = Callable[[Course], str]


@dataclass(frozen=True, slots=True)
class Spread:
    """Seconds. None: of too few."""

    half: int | None
    ninety: int | None


@dataclass(frozen=True, slots=True)
class Line:
    """``counts``: by COLUMNS; None is hidden. ``troubles``: consultations whose camera, microphone or network was not
    in order."""

    label: str
    counts: tuple[int | None, ...]
    seen: Spread
    talk: Spread
    filed: Spread
    troubles: int | None


@dataclass(frozen=True, slots=True)
class Month:
    """``by``: week, workplace and practice, each with the same last line, the total."""

    first: date
    by: dict[str, list[Line]]


def month_days(first: date) -> list[date]:
    """Every day of the month that begins then."""
    following = (first + timedelta(days=32)).replace(day=1)
    return [first + timedelta(days=n) for n in range((following - first).days)]


def months_over(today: date, count: int = 12) -> list[date]:
    """The first days of the last months that are over, the newest first."""
    found, first = list[date](), today.replace(day=1)
    for _ in range(count):
        first = (first - timedelta(days=1)).replace(day=1)
        found.append(first)
    return found


WAYS: dict[str, Key] = {
    "week": lambda course: f"{course.day.isocalendar().year}-{course.day.isocalendar().week:02}",
    "workplace": lambda course: course.workplace,
    "practice": lambda course: course.practice,
}


def month_of(first: date, courses: Iterable[Course]) -> Month:
    started = [course for course in courses if course.is_started]
    groups = {way: _grouped(started, key) for way, key in WAYS.items()}
    hidden = frozenset[int]()  # columns of the total
    while True:
        tables = {way: _hidden([_counts(group) for _, group in found], hidden) for way, found in groups.items()}
        total = frozenset(
            column for way, places in tables.items() for row, column in places if row == len(groups[way]) - 1
        )
        if total == hidden:
            break
        hidden = total
    return Month(first, {way: _lines(found, tables[way]) for way, found in groups.items()})


def _grouped(courses: Sequence[Course], key: Key) -> list[tuple[str, list[Course]]]:
    """The total last; before it what is too small to stand alone, together."""
    found: dict[str, list[Course]] = {}
    for course in courses:
        found.setdefault(key(course), []).append(course)
    small = {label for label, group in found.items() if len(group) < FEW or not label}
    lines = [(label, group) for label, group in sorted(found.items()) if label not in small]
    others = [course for label in small for course in found[label]]
    return [*lines, *([(OTHERS, others)] if others else []), (TOTAL, list(courses))]


def _counts(courses: Sequence[Course]) -> list[int]:
    ended = [course.ending or OPEN for course in courses]
    return [len(courses), *(ended.count(column) for column in COLUMNS[1:])]


def _lines(groups: Sequence[tuple[str, list[Course]]], hidden: set[Place]) -> list[Line]:
    told = []
    troubles = _troubles([group for _, group in groups])
    for row, (label, group) in enumerate(groups):
        counts = tuple(None if (row, column) in hidden else n for column, n in enumerate(_counts(group)))
        times = (
            _spread(group, lambda c: c.seen_after),
            _spread(group, lambda c: c.talk),
            _spread(group, lambda c: c.filed),
        )
        told.append(Line(label, counts, *times, troubles[row]))
    return told


def _spread(courses: Sequence[Course], seconds: Callable[[Course], int | None]) -> Spread:
    found = sorted(value for course in courses if (value := seconds(course)) is not None)
    half = found[(len(found) - 1) // 2] if len(found) >= FEW else None
    ninety = found[-(-9 * len(found) // 10) - 1] if len(found) >= NINETIETH_OF else None
    return Spread(half, ninety)


def _troubles(groups: Sequence[Sequence[Course]]) -> list[int | None]:
    """The last is the total of the others."""
    counts = [[sum(course.device not in ("", "good") for course in group)] for group in groups]
    hidden = _hidden(counts, frozenset())
    return [None if (row, 0) in hidden else n for row, (n,) in enumerate(counts)]


def _hidden(table: list[list[int]], also: frozenset[int]) -> set[Place]:
    """What must not be told of a table whose last row is the sum of the others and whose first column is that of the
    rest. ``also``: columns of the last row that are hidden elsewhere."""
    last = len(table) - 1
    hidden = {(row, column) for row, line in enumerate(table) for column, n in enumerate(line) if is_few(n)}
    hidden |= {(last, column) for column in also}
    while (more := _next(table, hidden)) is not None:
        hidden.add(more)
    return hidden


def _next(table: list[list[int]], hidden: set[Place]) -> Place | None:
    """One more cell to hide, while one can be computed or a line's hidden ones are so few that their sum tells."""
    for side in _hanging_by_one(hidden):
        if (found := _cheapest(table, hidden, side)) is not None:
            return found
    for line in _lines_of(table):
        parts = [place for place in line[1:] if place in hidden]
        if parts and line[0] not in hidden and sum(table[row][column] for row, column in parts) < FEW:
            visible = [place for place in line[1:] if place not in hidden]
            return min(visible, key=lambda place: _price(table, place), default=line[0])
    return None


def _lines_of(table: list[list[int]]) -> list[list[Place]]:
    """Each line with its sum first."""
    rows, columns = range(len(table)), range(len(table[0]))
    across = [[(row, column) for column in columns] for row in rows if len(columns) > 1]
    down = [[(rows[-1], column), *((row, column) for row in rows[:-1])] for column in columns]
    return across + down


def _hanging_by_one(hidden: set[Place]) -> Iterator[set[Node]]:
    """Rows and columns that hang by one hidden cell alone on the others: that cell can be computed (a bridge of the
    graph, found by the lowest number that each one's followers reach)."""
    ways = _ways(hidden)
    order, at, low = list[Node](), dict[Node, int](), dict[Node, int]()
    for root in ways:
        open_ones = [] if root in at else [_begin(root, root, ways, order, at)]
        while open_ones:
            node, parent, rest = open_ones[-1]
            low.setdefault(node, at[node])
            following = next(rest, None)
            if following is None:
                open_ones.pop()
                if node != parent and low[node] == at[node]:
                    yield set(order[at[node] :])
                low[parent] = min(low[parent], low[node])
            elif following not in at:
                open_ones.append(_begin(following, node, ways, order, at))
            elif following != parent:
                low[node] = min(low[node], at[following])


def _begin(
    node: Node, parent: Node, ways: Mapping[Node, Sequence[Node]], order: list[Node], at: dict[Node, int]
) -> tuple[Node, Node, Iterator[Node]]:
    at[node] = len(order)
    order.append(node)
    return node, parent, iter(ways[node])


def _ways(hidden: set[Place]) -> dict[Node, list[Node]]:
    found: dict[Node, list[Node]] = {}
    for row, column in sorted(hidden):
        found.setdefault(("row", row), []).append(("column", column))
        found.setdefault(("column", column), []).append(("row", row))
    return found


def _cheapest(table: list[list[int]], hidden: set[Place], side: set[Node]) -> Place | None:
    """The visible cell that joins the one side to the other."""
    joins = [
        (row, column)
        for row, line in enumerate(table)
        for column in range(len(line))
        if (("row", row) in side) is not (("column", column) in side) and (row, column) not in hidden
    ]
    return min(joins, key=lambda place: _price(table, place), default=None)


def _price(table: list[list[int]], place: Place) -> tuple[bool, bool, int]:
    """The total and sums are kept as long as anything else does; a nought hides little."""
    row, column = place
    return row == len(table) - 1, table[row][column] == 0, table[row][column]
