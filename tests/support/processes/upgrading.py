"""What is wrong with a step of the schema, by its source: a former release must be able to work on after it."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise

from gateway.store.migrations import Revision

KINDS = ("expand", "migrate", "contract")
TAKES_AWAY = {"drop_table", "drop_column", "drop_constraint", "drop_index", "rename_table"}
CHANGES_IT = {"nullable", "type_", "new_column_name"}  # of a column that is there


@dataclass(frozen=True)
class Step:
    revision: str
    kind: str
    source: str


def faults(steps: Sequence[Step]) -> Iterator[str]:
    """``steps`` in their order, the first release's whole schema first."""
    for former, step in pairwise(steps):
        yield from (f"{step.revision}: {fault}" for fault in _of(former, step))


def _of(former: Step, step: Step) -> Iterator[str]:
    before, now = Revision.of(former.revision), Revision.of(step.revision)
    if before is None or now is None or "_since_" not in step.revision:
        yield "its name must be like 0002_since_0001"
        return
    if step.kind not in KINDS:
        yield f"its kind must be one of {', '.join(KINDS)}"
    elif step.kind == "contract":
        if not before.since < now.since <= before.number:
            yield "the release before it must go on working, and some older one no longer does"
    else:
        if now.since != before.since:
            yield "it takes nothing away, so it goes with whom the step before it went"
        yield from _taking_away(step.source)


def _taking_away(source: str) -> Iterator[str]:
    for call in ast.walk(ast.parse(source)):
        if not isinstance(call, ast.Call) or not isinstance(call.func, ast.Attribute):
            continue
        name, said = call.func.attr, {word.arg: word.value for word in call.keywords}
        if name in TAKES_AWAY or (name == "alter_column" and CHANGES_IT & set(said)):
            yield f"{name} takes something away"
        if name == "add_column":
            yield from _column(call)


def _column(call: ast.Call) -> Iterator[str]:
    """A former release writes rows without it."""
    for column in ast.walk(call):
        if isinstance(column, ast.Call) and isinstance(column.func, ast.Attribute) and column.func.attr == "Column":
            said = {word.arg: word.value for word in column.keywords}
            required = isinstance(said.get("nullable"), ast.Constant) and said["nullable"].value is False  # type: ignore[attr-defined]
            if required and "server_default" not in said:
                yield "a new column must be nullable or have a server_default"
