"""Every state × every verb ends in exactly one way: moved, nothing changed, or refused with a code (D11)."""

from __future__ import annotations

import ast
from importlib import import_module
from inspect import getmembers, isfunction, signature
from pathlib import Path
from pkgutil import walk_packages

import pytest

import gateway.domain
from gateway.domain.consultation.aggregate import ALLOWED, Consultation, Ending, Status
from gateway.domain.consultation.queue_entry import ENTRY_MOVES, EntryStatus
from gateway.domain.errors import TransitionRefused
from gateway.domain.note.note import NoteStatus
from tests.support.consultations import DOCTOR
from tests.unit.domain.stories import IN_STATUS, LATER, VERBS, WITH_ENTRY

S = Status
# What each verb may come to from each state: the state it leads to, or "refused". Everything is written out, so that
# a change of the rules is a change of this table.
R = "refused"
TABLE: dict[str, tuple[str, ...]] = {
    #                  draft      planned     waiting     calling     in-call    review     deciding    closed
    "write-reason":   ("draft",    R,          R,          R,          R,         R,         "deciding", R),
    "prepare":        ("draft",    R,          R,          R,          R,         R,         "deciding", R),
    "declare-consent": ("draft",   R,          R,          R,          R,         R,         "deciding", R),
    "refuse":         ("closed",   R,          R,          R,          R,         R,         "closed",   R),
    "abandon":        ("closed",   R,          R,          R,          R,         R,         R,          R),
    "place":          ("waiting",  R,          R,          R,          R,         R,         "waiting",  R),
    "come-forward":   (R,          "waiting",  R,          R,          R,         R,         R,          R),
    "receive":        ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "see":            ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "correct":        (R,          "planned",  "waiting",  "calling",  R,         R,         R,          R),
    "withdraw":       ("closed",   "closed",   "closed",   "closed",   R,         R,         "closed",   R),
    "wrong-citizen":  ("closed",   "closed",   "closed",   "closed",   "closed",  "closed",  "closed",   "closed"),
    "reject":         (R,          "deciding", "deciding", "deciding", R,         R,         "deciding", R),
    "expire":         (R,          "deciding", "deciding", "deciding", R,         R,         R,          R),
    "give-up":        (R,          R,          R,          R,          R,         R,         "closed",   R),
    "step-away":      ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "accept":         (R,          "calling",  "calling",  "calling",  "in-call", R,         R,          R),
    "put-back":       (R,          "planned",  "waiting",  "waiting",  R,         R,         R,          R),
    "extend":         (R,          R,          R,          "calling",  R,         R,         R,          R),
    "answer":         (R,          R,          R,          "calling",  "in-call", R,         R,          R),
    "miss":           (R,          R,          R,          "waiting",  R,         R,         R,          R),
    "start-talk":     (R,          R,          R,          "in-call",  "in-call", R,         R,          R),
    "name-clinician": (R,          "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "hang-up":        (R,          R,          R,          R,          "review",  "review",  R,          "closed"),
    "break-off":      (R,          R,          R,          R,          "review",  R,         R,          R),
    "hold-by-phone":  (R,          "review",   "review",   "review",   "review",  "review",  "review",   R),
    "write-text":     (R,          R,          R,          R,          "in-call", "review",  R,          R),
    "keep-writing":   (R,          R,          R,          R,          R,         "review",  R,          R),
    "approve":        (R,          R,          R,          R,          R,         "closed",  R,          "closed"),
    "send-unreviewed": (R,         R,          R,          R,          R,         "closed",  R,          R),
    "name-afterwards": ("draft",   "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "end-review":     (R,          R,          R,          R,          R,         "closed",  R,          R),
    "take-over":      ("draft",    "planned",  "waiting",  "calling",  R,         "review",  "deciding", "closed"),
    "hand-to-workplace": ("draft", "planned", "waiting",  "waiting",  "review",  "review",  "deciding", "closed"),
    "transfer":       (R,          "planned",  "waiting",  R,          R,         R,         R,          R),
    "leave-unstarted": ("closed",  R,          R,          R,          R,         R,         R,          R),
    "phone-unreached": (R,         "planned",  "waiting",  "calling",  "review",  R,         "deciding", R),
    "written-by-hand": (R,         R,          R,          R,          R,         R,         R,          "closed"),
    "confirm-retracted": (R,       R,          R,          R,          R,         R,         R,          R),
    "remark":         (R,          "planned",  "waiting",  "calling",  R,         R,         R,          R),
    "address":        (R,          "planned",  "waiting",  "waiting",  R,         R,         R,          R),
    "move-forward":   (R,          "planned",  "waiting",  R,          R,         R,         R,          R),
    "propose-time":   (R,          "planned",  "waiting",  R,          R,         R,         R,          R),
    "agree-time":     (R,          R,          R,          R,          R,         R,         R,          R),
    "take-back":      (R,          R,          R,          R,          R,         R,         "waiting",  R),
    "note-agreement": (R,          R,          R,          R,          R,         R,         "deciding", R),
    "clinic-draft":   (R,          R,          R,          R,          "in-call", "review",  R,          R),
    "clinic-text":    (R,          R,          R,          R,          R,         "review",  R,          "closed"),
    "choose-practice": ("draft",   R,          R,          R,          R,         R,         "deciding", R),
    "hours-changed":  ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "report-device":  ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "phone-changed":  ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "hand-over":      (R,          "planned",  "waiting",  "calling",  "in-call", R,         R,          R),
    "give-back":      ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "call-employee":  (R,          "planned",  "waiting",  "calling",  "in-call", R,         R,          R),
    "invite-guest":   (R,          R,          R,          "calling",  "in-call", R,         R,          R),
    "guest-arrives":  (R,          R,          R,          "calling",  "in-call", R,         R,          R),
    "admit-guest":    (R,          R,          R,          R,          "in-call", R,         R,          R),
    "send-guest-out": (R,          R,          R,          "calling",  "in-call", R,         R,          R),
    "guest-leaves":   ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "lock-room":      (R,          R,          R,          "calling",  "in-call", R,         R,          R),
    "citizen-finishes": ("draft",  "planned",  "waiting",  "waiting",  "review",  "review",  "deciding", "closed"),
    "change-device":  ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "change-doors":   ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "ask-still":      (R,          R,          R,          R,          "in-call", R,         R,          R),
    "allow-stills":   (R,          R,          R,          R,          "in-call", R,         R,          R),
    "take-still":     (R,          R,          R,          R,          "in-call", R,         R,          R),
    "remove-still":   (R,          R,          R,          R,          "in-call", "review",  R,          R),
    "withdraw-stills": ("draft",   "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "send-stills-again": (R,       R,          R,          R,          R,         R,         R,          "closed"),
    "leave-stills-out": (R,        R,          R,          R,          R,         R,         R,          "closed"),
    "reply-arrives":  ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
    "read-reply":     ("draft",    "planned",  "waiting",  "calling",  "in-call", "review",  "deciding", "closed"),
}  # fmt: skip
# Each time is a fact of its own.
SAID_AGAIN = ("expire", "keep-writing", "phone-unreached", "change-device", "phone-changed", "reply-arrives",
              "take-still", "remove-still", "withdraw-stills", "send-stills-again", "leave-stills-out")  # fmt: skip
# Verbs that stand in no table, and why.
ELSEWHERE = {
    "clocks.run_out": "the clock: each of its moments is tried in test_clocks_in_order",
    "opening.name_unnumbered": "a part of preparing, which comes first",
    "picturing.attach": "a part of approving",
    "picturing.filed": "what a delivery's answer says of its pictures: tests/unit/stills/test_carrying.py",
    "picturing.refuse": "what a record's refusal says of its pictures: tests/unit/stills/test_carrying.py",
    "review.owe_refusal": "a part of refusing in a round",
    "ringing.claim_seat": "gives the seat too: tried by random lives; a room is opened by the service alone",
    "undoing.wrong_citizen": "reached by withdrawing",
}
CELLS = [(verb, status, row[n]) for verb, row in TABLE.items() for n, status in enumerate(Status)]


def outcome(verb: str, consultation: Consultation) -> tuple[str, Consultation]:
    """The one outcome of the verb; anything but a value or a ``TransitionRefused`` fails the test."""
    try:
        return "done", VERBS[verb](consultation, LATER, DOCTOR)
    except TransitionRefused as refusal:
        assert refusal.verb, "a refusal names the verb"
        assert refusal.state in {*Status, *EntryStatus, *NoteStatus}, refusal.state
        return R, consultation


def test_the_table_knows_every_verb_and_every_state() -> None:
    assert set(TABLE) == set(VERBS)
    assert all(len(row) == len(Status) for row in TABLE.values())
    assert set(IN_STATUS) == set(Status)
    assert set(WITH_ENTRY) == set(EntryStatus)


def public_verbs() -> set[str]:
    """Every public function of the domain that makes a consultation of a consultation."""
    found = set()
    for module in walk_packages(gateway.domain.__path__, "gateway.domain."):
        functions = getmembers(import_module(module.name), isfunction)
        for name, function in functions:
            own = function.__module__ == module.name and not name.startswith("_")
            says = signature(function)
            first = next(iter(says.parameters.values()), None)
            takes = first is not None and first.annotation == "Consultation"
            if own and takes and "Consultation" in str(says.return_annotation):
                found.add(f"{module.name.rsplit('.', 1)[1]}.{name}")
    return found


def test_no_public_verb_is_missing_from_the_tables() -> None:
    """Read off the stories' own source: a verb that lands without a row here fails."""
    told = set()
    for module in ("stories", "rounds_told"):
        tree = ast.parse((Path(__file__).parent / f"{module}.py").read_text(encoding="utf-8"))
        told |= {ast.unparse(node) for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    told.add("queueing.place")  # by tests.support.consultations.placed
    assert public_verbs() - told - set(ELSEWHERE) == set()
    assert set(ELSEWHERE) <= public_verbs(), "an exception that is none any more"


@pytest.mark.parametrize(("verb", "status", "expected"), CELLS, ids=[f"{v}-from-{s}" for v, s, _ in CELLS])
def test_d11_each_verb_from_each_state_ends_as_the_table_says(verb: str, status: Status, expected: str) -> None:
    before = IN_STATUS[status]()
    assert before.status is status
    kind, after = outcome(verb, before)
    assert (R if kind == R else str(after.status)) == expected
    if after.status is not before.status:
        assert after.status in ALLOWED[before.status]
        assert after.events, "a move is always on the timeline"
    if status is Status.CLOSED:
        ending = Ending.WRONG_CITIZEN if verb == "wrong-citizen" else before.ending
        assert (after.ending, after.closed_at) == (ending, before.closed_at), "what has ended stays as it ended"


@pytest.mark.parametrize("status", EntryStatus)
@pytest.mark.parametrize("verb", VERBS)
def test_d11_each_verb_with_each_entry_moves_it_along_or_not_at_all(verb: str, status: EntryStatus) -> None:
    before = WITH_ENTRY[status]()
    entry = before.entries[-1]
    assert entry.status is status
    _, after = outcome(verb, before)
    same = next(e for e in after.entries if e.id == entry.id)
    assert same.status is status or same.status in ENTRY_MOVES[status]
    assert same.place == entry.place or verb == "move-forward", "no other verb moves anybody in the queue"
    if status.ended:
        assert (same.status, same.ended_at, same.ended_reason) == (status, entry.ended_at, entry.ended_reason)
    if after.status is Status.CLOSED:
        assert not after.entry_open, "nobody waits in a closed consultation"


@pytest.mark.parametrize(("verb", "status", "expected"), CELLS, ids=[f"{v}-twice-from-{s}" for v, s, _ in CELLS])
def test_the_same_verb_twice_owes_nothing_twice(verb: str, status: Status, expected: str) -> None:
    kind, once = outcome(verb, IN_STATUS[status]())
    if kind == R:
        return
    kind, twice = outcome(verb, once.committed())
    if kind == "done" and verb not in SAID_AGAIN:
        assert not twice.debts
        assert not twice.events


@pytest.mark.parametrize("status", Status)
def test_a_state_may_only_lead_where_the_table_of_moves_says(status: Status) -> None:
    for other in set(Status) - ALLOWED[status] - {status}:
        with pytest.raises(TransitionRefused):
            IN_STATUS[status]().moved("test", other, LATER, DOCTOR)


def test_closed_leads_nowhere_not_even_to_itself() -> None:
    with pytest.raises(TransitionRefused) as refusal:
        IN_STATUS[Status.CLOSED]().moved("test", Status.CLOSED, LATER, DOCTOR)
    assert refusal.value.because == "ended"
