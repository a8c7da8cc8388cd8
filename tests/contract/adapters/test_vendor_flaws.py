"""Ten faults of a vendor, planted one by one in each care system's simulator: the certification names each.

Those of a municipality on the MedCom net are its own (test_medcom_flaws.py).
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any, get_args

import pytest

from adapters.contract.eoj_promises import PROMISES
from gateway.certify.run import Verdict, certified, chosen
from gateway.certify.ways import bench_module
from simulators.flaws import Flaw

NAMED = {
    "doubles": "a_note_is_filed_once",
    "cuts": "a_long_note_is_whole_or_refused",
    "plain-letters": "danish_letters_and_line_breaks_survive",
    "drops-lines": "danish_letters_and_line_breaks_survive",
    "keeps-former": "a_later_version_replaces",
    "loses-corrections": "a_later_version_replaces",
    "loses": "a_note_is_filed_once",
    "files-what-it-refuses": "a_refusal_is_definite",
    "files-when-busy": "busy_means_nothing_was_done",
    "takes-anybody": "a_record_that_is_not_there_takes_no_note",
    "hides": "a_note_can_be_read_back",
}
PLANTED = ("nexus", "hl7v2", "oioxml", "smart_fhir")
# Over Nexus and FHIR the adapter finds out by itself that nobody is there; the other two cannot be asked.
NOT_POSSIBLE = {
    ("nexus", "takes-anybody"),
    ("smart_fhir", "takes-anybody"),
    ("hl7v2", "hides"),
    ("oioxml", "hides"),
}
CASES = [(name, flaw) for name in PLANTED for flaw in NAMED if (name, flaw) not in NOT_POSSIBLE]


class _Benches:
    """One for each system, made at first use; what is broken will not come, so a few looks are enough."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack, self._folder = stack, folder
        self._made: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        if name not in self._made:
            (self._folder / name).mkdir()
            made = self._stack.enter_context(bench_module(name, "eoj").bench(self._folder / name))
            made.until = _few_looks(made.until)
            self._made[name] = made
        return self._made[name]


def _few_looks(until: Callable[[Callable[[], bool]], bool]) -> Callable[[Callable[[], bool]], bool]:
    """As many as a sound answer needs on a busy machine."""

    def looking(condition: Callable[[], bool]) -> bool:
        tries, came = iter(range(60)), [False]

        def once() -> bool:
            came[0] = condition()
            return came[0] or next(tries, None) is None

        return until(once) and came[0]

    return looking


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Benches]:
    with ExitStack() as stack:
        yield _Benches(stack, tmp_path_factory.mktemp("flaws"))


def verdict(bench: Any, promise: str) -> Verdict:
    """By the promise alone, as ``laegebro certify`` tries it."""
    system, behind = bench.system, bench.unreachable
    try:
        (found,) = certified(bench, chosen([promise], PROMISES))
    finally:
        bench.system, bench.unreachable = system, behind
    return found.verdict


def test_every_flaw_that_can_be_planted_is_looked_for_in_ten_ways_each() -> None:
    assert set(NAMED) == set(get_args(Flaw)) - {""}
    assert all(sum(of == name for of, _ in CASES) == 10 for name in PLANTED)


@pytest.mark.parametrize(("name", "flaw"), CASES)
def test_a_planted_flaw_is_named_and_nothing_without_it(name: str, flaw: str, benches: _Benches) -> None:
    bench, promise = benches.of(name), NAMED[flaw]
    assert bench.hand.post("/_sim/flaw", json={"flaw": flaw}).status_code == 204
    try:
        assert verdict(bench, promise) is Verdict.BROKEN
    finally:
        bench.hand.post("/_sim/reset")
    assert verdict(bench, promise) is Verdict.KEPT
