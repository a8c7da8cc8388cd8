"""Which Tasks this practice system takes, and which moves of a Task's status are legal."""

from collections.abc import Callable

from simulators.fhir.engine import Engine
from simulators.fhir.outcome import Json, Refused, refused
from simulators.fhir.store import ResourceStore
from simulators.gp.vocabulary import TASK_CODE, TASK_CODE_SYSTEM, business_status, code_in, owner_of

# FHIR R4 Task state machine, narrowed to what a queue needs; accepted → received is "put back".
MOVES: dict[str, frozenset[str]] = {
    "requested": frozenset({"received", "cancelled"}),
    "received": frozenset({"accepted", "rejected", "cancelled"}),
    "accepted": frozenset({"in-progress", "received", "cancelled"}),
    "in-progress": frozenset({"completed", "failed", "cancelled"}),
    "rejected": frozenset(),
    "cancelled": frozenset(),
    "completed": frozenset(),
    "failed": frozenset(),
}
LIVE = frozenset(status for status, moves in MOVES.items() if moves)


def task_check(hosted: frozenset[str]) -> Callable[[Json | None, Json], Json]:
    """`hosted`: the ydernumre whose queue this system keeps."""

    def check(before: Json | None, after: Json) -> Json:
        if owner_of(after) not in hosted:
            raise _broken("this practice is not here", "Task.owner.identifier")
        if before is None:
            _check_arrival(after)
        else:
            _check_move(before, after)
        return after

    return check


def _check_arrival(task: Json) -> None:
    if task["status"] != "requested":
        raise _broken("a Task arrives as requested", "Task.status")
    if task["intent"] != "order":
        raise _broken("the intent must be order", "Task.intent")
    if code_in(task.get("code"), TASK_CODE_SYSTEM) != TASK_CODE:
        raise _broken(f"the code must be {TASK_CODE}", "Task.code")


def _check_move(before: Json, after: Json) -> None:
    old, new = before["status"], after["status"]
    if owner_of(before) != owner_of(after):
        raise _broken("the owner cannot change", "Task.owner")
    if old != new and new not in MOVES[old]:
        raise _broken(f"{old} cannot become {new}", "Task.status")
    if (old, new) == ("accepted", "received") and business_status(after) != "put-back":
        raise _broken("back in the queue needs businessStatus put-back", "Task.businessStatus")


def _broken(text: str, element: str) -> Refused:
    return Refused(refused(422, "business-rule", text, [element]))


def mark_received_on_arrival(store: ResourceStore) -> None:
    """The system itself acknowledges: a new Task gets its second version, `received`, before the answer goes out."""

    def arrived(before: Json | None, after: Json) -> None:
        if before is None and after["resourceType"] == "Task":
            store.write({**after, "status": "received"})

    store.listeners.append(arrived)


def mark_seen(engine: Engine, task: Json, change: Callable[[Json], Json]) -> None:
    """Once in a Task's life, and only while it waits: `put-back` and `calling` say more than `seen` and stay."""
    if task["status"] != "received" or business_status(task) not in ("", "away"):
        return
    if not any(business_status(each) == "seen" for each in engine.store.history("Task", task["id"])):
        engine.change("Task", task["id"], "Task.seen", change)
