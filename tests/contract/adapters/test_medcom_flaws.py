"""Ten faults of a vendor, planted one by one in the municipality's simulator: the certification names each."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any, get_args

import pytest

from adapters.contract.eoj_promises import PROMISES
from gateway.certify.eoj.medcom import Bench, bench
from gateway.certify.run import Verdict, certified, chosen
from simulators.medcom.flaws import Flaw

NAMED = {
    "doubles": "once_despite_reply_lost",
    "cuts": "a_long_note_is_whole_or_refused",
    "plain-letters": "danish_letters_and_line_breaks_survive",
    "keeps-former": "a_later_version_replaces",
    "reads-oldest": "a_later_version_replaces",
    "takes-anybody": "a_record_that_is_not_there_takes_no_note",
    "loses": "a_note_is_filed_once",
    "silent": "a_note_is_filed_once",
    "breaks-profile": "a_note_is_filed_once",
    "files-what-it-refuses": "a_refusal_is_definite",
}


class Impatient(Bench):
    def until(self, condition: Callable[[], bool]) -> bool:
        """What is broken will not come: so many looks as a sound answer needs on a busy machine."""
        tries = iter(range(60))
        return super().until(lambda: condition() or next(tries, None) is None) and condition()


@pytest.fixture(scope="module")
def municipality(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Impatient]:
    with bench(tmp_path_factory.mktemp("flaws")) as made:
        made.__class__ = Impatient
        assert isinstance(made, Impatient)
        yield made


def verdict(made: Any, promise: str) -> Verdict:
    """By the promise alone, as ``laegebro certify`` tries it."""
    system, behind = made.system, made.unreachable
    try:
        (found,) = certified(made, chosen([promise], PROMISES))
    finally:
        made.system, made.unreachable = system, behind
    return found.verdict


def test_every_flaw_that_can_be_planted_is_looked_for() -> None:
    assert set(NAMED) == set(get_args(Flaw)) - {""}
    assert len(NAMED) == 10


@pytest.mark.parametrize(("flaw", "promise"), NAMED.items())
def test_a_planted_flaw_is_named(flaw: str, promise: str, municipality: Impatient) -> None:
    assert municipality.hand.post("/_sim/flaw", json={"flaw": flaw}).status_code == 204
    try:
        assert verdict(municipality, promise) is Verdict.BROKEN
    finally:
        municipality.hand.post("/_sim/reset")


@pytest.mark.parametrize("promise", sorted(set(NAMED.values())))
def test_without_one_the_same_promise_is_kept(promise: str, municipality: Impatient) -> None:
    assert verdict(municipality, promise) is Verdict.KEPT
