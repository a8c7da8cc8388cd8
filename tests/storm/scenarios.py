"""What happens to a consultation, deterministically, so that one promise alone keeps the peers' journals right.

Each scenario is played by the product (the judge must be silent) and by the mutants that lack its promise.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial

from gateway.domain.peers.breaker import OPENS_AFTER
from tests.storm.blows import is_stopped
from tests.storm.courses import Course, NeverAnswered, Nurse, placing
from tests.storm.stage import LATE, LEASE, Stage
from tests.storm.steps import FREEZE, KILL, MEET, PASS

FROZEN = 1.0  # seconds of a slow commit


def _placed(stage: Stage) -> tuple[Course, Nurse]:
    course, nurse = stage.course(), stage.nurse()
    course.id = nurse.patiently("launch", lambda: nurse.launched(course))
    nurse.act(course, "place", placing(course))
    return course, nurse


def _in_the_queue(stage: Stage) -> tuple[Course, Nurse]:
    """Placed, and the practice has it: what follows concerns the note alone."""
    course, nurse = _placed(stage)
    stage.until("the entry at the practice", lambda: _are_done(stage, course))
    return course, nurse


def _noted(stage: Stage, course: Course, nurse: Nurse) -> None:
    nurse.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
    stage.until("the entry's end at the practice", lambda: _are_done(stage, course))
    nurse.act(course, "approve-note", {"text": f"Penicillin i syv dage. storm-{course.mark}"})


def _are_done(stage: Stage, course: Course) -> bool:
    rows = stage.deliveries(course)
    return bool(rows) and all(status == "done" for _, status, _ in rows)


def answer_lost(stage: Stage) -> None:
    """The note is stored and answered with a 500."""
    course, nurse = _in_the_queue(stage)
    stage.plan("eoj", "DocumentReference.create", "effect-then-500")
    _noted(stage, course, nurse)


def half_done(stage: Stage) -> None:
    """The contact is stored and answered with a 500, so the note was never sent."""
    course, nurse = _in_the_queue(stage)
    stage.plan("eoj", "Encounter.create", "effect-then-500")
    _noted(stage, course, nurse)


def read_back_fails(stage: Stage) -> None:
    """The note is stored and acknowledged; reading it from the record answers 503."""
    course, nurse = _in_the_queue(stage)
    stage.plan("eoj", "DocumentReference.search", "down-503")
    _noted(stage, course, nurse)


def late_change(stage: Stage) -> None:
    """The connection is cut, and the note is stored only afterwards."""
    course, nurse = _in_the_queue(stage)
    stage.plan("eoj", "DocumentReference.create", "late-apply", delay=LATE)
    _noted(stage, course, nurse)


def slow_peer(stage: Stage) -> None:
    """The record thinks for longer than it takes the others to look at what is due."""
    course, nurse = _in_the_queue(stage)
    stage.plan("eoj", "DocumentReference.create", "effect-then-500", delay=LEASE * 0.7)
    _noted(stage, course, nurse)


def killed_at_work(stage: Stage) -> None:
    """Twice in a row whoever has just claimed the note is killed."""
    course, nurse = _in_the_queue(stage)
    nurse.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
    stage.until("the entry's end at the practice", lambda: _are_done(stage, course))
    struck = stage.order("claimed", KILL)
    nurse.act(course, "approve-note", {"text": f"storm-{course.mark}"})
    for is_last in (False, True):
        stage.until("somebody claims it", struck)
        pid = stage.struck_pid("claimed")
        stage.until("it fell", partial(stage.fell, pid))
        if is_last:
            stage.raise_fallen()
        else:
            struck = stage.order("claimed", KILL)  # before the lease runs out: it may fall as soon as it is up
            stage.start_fallen()


def away_for_a_while(stage: Stage) -> None:
    """The record answers 503 to so many notes that its breaker opens, and then it is well."""
    noted = [_in_the_queue(stage) for _ in range(OPENS_AFTER)]
    stage.plan("eoj", "Encounter.create", "down-503", times=OPENS_AFTER)
    for course, nurse in noted:
        _noted(stage, course, nurse)


def killed_before_noting(stage: Stage) -> None:
    """Whoever filed the note dies before writing so."""
    course, nurse = _in_the_queue(stage)
    nurse.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
    stage.until("the entry's end at the practice", lambda: _are_done(stage, course))
    _ordered_in_turn(stage, "settling", KILL, lambda: nurse.act(course, "approve-note", {"text": course.mark}))


def killed_after_noting(stage: Stage) -> None:
    """Whoever has just written that the entry is done dies."""
    _ordered_in_turn(stage, "settled", KILL, lambda: _placed(stage))


def late_outcome(stage: Stage) -> None:
    """Refused, and frozen before writing so; meanwhile the record takes the note from another; then it thaws."""
    course, nurse = _in_the_queue(stage)
    nurse.act(course, "hold-by-phone", {"clinician": "Lise Hansen"})
    stage.until("the entry's end at the practice", lambda: _are_done(stage, course))
    stage.plan("eoj", "Encounter.create", "reject-422")
    frozen = stage.order("settling", FREEZE)
    nurse.act(course, "approve-note", {"text": f"storm-{course.mark}"})
    stage.until("somebody freezes", frozen)
    pid = stage.struck_pid("settling")
    stage.until("it is frozen", lambda: is_stopped(pid))
    stage.until("the other files it", lambda: _are_done(stage, course))
    written = stage.order("settled", PASS)
    stage.thaw_all()
    stage.until("its outcome has come or been refused", written)


def killed_between_commit_and_answer(stage: Stage) -> None:
    """The web process dies when the entry has been committed and not yet answered; she presses again."""
    course, nurse = stage.course(), stage.nurse()
    course.id = nurse.patiently("launch", lambda: nurse.launched(course))
    _ordered_in_turn(stage, "committed", KILL, lambda: nurse.act(course, "place", placing(course)))


def killed_before_commit(stage: Stage) -> None:
    """The web process dies before the commit."""
    course, nurse = stage.course(), stage.nurse()
    course.id = nurse.patiently("launch", lambda: nurse.launched(course))
    _ordered_in_turn(stage, "committing", KILL, lambda: nurse.act(course, "place", placing(course)))


def slow_commit(stage: Stage) -> None:
    """The web process freezes for a while right before the commit."""
    course, nurse = stage.course(), stage.nurse()
    course.id = nurse.patiently("launch", lambda: nurse.launched(course))
    frozen = stage.order("committing", FREEZE)
    pressing = threading.Thread(target=lambda: nurse.act(course, "place", placing(course)))
    pressing.start()
    stage.until("the web process freezes", frozen)
    threading.Event().wait(FROZEN)
    stage.thaw_all()
    pressing.join()


def flushed(stage: Stage) -> None:
    """The worker is dead, the job lies in Redis, and Redis is emptied; then the worker is back."""
    worker = stage.grounds.process("worker")
    worker.kill()
    course, _ = _placed(stage)
    stage.until("published or done", lambda: stage.jobs() or _are_done(stage, course))
    with stage.redis() as client:
        client.flushall()
    stage.raise_fallen()


def double_click(stage: Stage) -> None:
    """Two launches of one record at the same moment; each page goes on to the queue."""
    course, again = stage.course(), stage.nurse()
    met = stage.order("committing", MEET)
    pages = [stage.nurse(), again]
    clicks = [threading.Thread(target=_click, args=(page, course)) for page in pages]
    for click in clicks:
        click.start()
    for click in clicks:
        click.join()
    assert met(), "the two launches did not meet"


def _click(nurse: Nurse, course: Course) -> None:
    own = Course(course.number, course.kind)
    own.id = nurse.patiently("launch", lambda: nurse.launched(own))
    nurse.act(own, "place", placing(own))
    course.id, course.entry = own.id, own.entry
    course.acknowledged = own.acknowledged


def _ordered_in_turn(stage: Stage, step: str, how: str, act: Callable[[], object]) -> None:
    """``act`` while that order stands; whoever fell is started again as soon as it fell."""
    struck = stage.order(step, how)
    acting = threading.Thread(target=_forgiving, args=(act,))
    acting.start()
    stage.until(f"somebody at {step}", struck)
    stage.until("it fell", lambda: stage.fell(stage.struck_pid(step)))
    stage.raise_fallen()
    acting.join()


def _forgiving(act: Callable[[], object]) -> None:
    """An act that is never acknowledged is the judge's to see."""
    try:
        act()
    except NeverAnswered:
        return
