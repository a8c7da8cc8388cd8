"""The tables of answers: every line cites its clause, code systems are covered whole, and what stands in no table is
tried again."""

from __future__ import annotations

import pkgutil
from collections.abc import Iterator, Mapping
from importlib import import_module

import pytest

from adapters.wire import meaning
from adapters.wire.meaning import hl7, http, medcom, oauth, soap
from adapters.wire.meaning.lines import Line, Means, fault_of
from gateway.domain.errors import PeerBusy, PeerForbids, PeerIll, PeerRefused, PeerUnclear
from gateway.domain.peers.delivery import Outcome
from gateway.domain.peers.letter import Answer
from gateway.domain.peers.verdict import Health, judged

# R4 valueset issue-type, whole.
ISSUE_TYPES = (
    "invalid structure required value invariant security login unknown expired forbidden suppressed "
    "processing not-supported duplicate multiple-matches not-found deleted too-long code-invalid "
    "extension too-costly business-rule conflict transient lock-error no-store exception timeout "
    "incomplete throttled informational "
)


def tables() -> Iterator[tuple[str, Mapping[str, Line]]]:
    for found in pkgutil.iter_modules(meaning.__path__):
        module = import_module(f"adapters.wire.meaning.{found.name}")
        for name, value in vars(module).items():
            if isinstance(value, Mapping) and value and all(isinstance(each, Line) for each in value.values()):
                yield f"{found.name}.{name}", value


def test_every_line_cites_its_clause_and_each_protocol_has_a_table() -> None:
    found = dict(tables())
    assert {name.partition(".")[0] for name in found} == {"hl7", "http", "medcom", "oauth", "soap"}
    for name, lines in found.items():
        for code, line in lines.items():
            assert (line.said == code and ":" in line.clause) or "§" in line.clause, name


def test_fhirs_issue_codes_are_covered_whole() -> None:
    assert http.ISSUES.keys() == set(ISSUE_TYPES.split())


@pytest.mark.parametrize("status", range(300, 600))
def test_without_a_rule_no_http_status_refuses_a_row(status: int) -> None:
    assert http.means_of(status, []) is not Means.REFUSED


@pytest.mark.parametrize("status", range(400, 500))
def test_a_rule_refuses_wherever_the_status_does_not_speak_of_the_address(status: int) -> None:
    means = http.means_of(status, ["business-rule"])
    assert means is (Means.ILL if str(status) in http.ADDRESS else Means.REFUSED)


def test_a_problem_document_refuses_what_it_calls_unacceptable_only() -> None:
    assert http.means_of(422, [], http.PROBLEM) is Means.REFUSED
    assert http.means_of(500, [], http.PROBLEM) is Means.AGAIN
    assert http.means_of(429, [], http.PROBLEM) is Means.BUSY


@pytest.mark.parametrize(
    ("body", "codes"),
    [
        ({"resourceType": "OperationOutcome", "issue": [{"severity": "warning", "code": "informational"},
                                                        {"severity": "error", "code": "invalid"}]},
         ["invalid", "informational"]),
        ({"resourceType": "Bundle", "issue": [{"code": "invalid"}]}, []),
        ({"resourceType": "OperationOutcome", "issue": [3, {"code": 4}]}, []),
        ([], []),
    ],
)  # fmt: skip
def test_the_worst_issue_speaks_first(body: object, codes: list[str]) -> None:
    assert http.issues_of(body) == codes


@pytest.mark.parametrize("answer", ["AE", "AR", "CE", "CR"])
def test_an_hl7_no_without_a_code_is_tried_again(answer: str) -> None:
    assert hl7.means_of(answer, "") is hl7.means_of(answer, "999") is Means.AGAIN
    assert hl7.means_of(answer, "101") is Means.REFUSED
    assert hl7.means_of("", "101") is Means.AGAIN, "no acknowledgement, whatever ERR says"


def test_a_dgws_code_speaks_before_the_fault_above_it() -> None:
    assert soap.means_of("Client", "") is Means.REFUSED
    assert soap.means_of("Client", "processing_problem") is Means.AGAIN
    assert soap.means_of("Server", "invalid_idcard") is Means.ILL
    assert soap.means_of("Client", "of-their-own") is soap.means_of("Other", "") is Means.AGAIN
    assert soap.token_means_of("FailedAuthentication") is Means.ILL
    assert soap.token_means_of("RequestFailed") is soap.token_means_of("Nonsense") is Means.AGAIN


def test_an_unhappy_login_server_is_tried_again_and_one_that_does_not_know_us_is_ill() -> None:
    assert oauth.means_of(400, "") is oauth.means_of(500, "server_error") is Means.AGAIN
    assert oauth.means_of(400, "invalid_client") is oauth.means_of(401, "") is Means.ILL


def test_every_medcom_answer_but_ok_stands_in_its_table() -> None:
    assert medcom.ANSWERS.keys() == set(Answer) - {Answer.OK}
    assert medcom.ANSWERS[Answer.FATAL].means is Means.REFUSED


FAULTS = {
    Means.REFUSED: PeerRefused,
    Means.ILL: PeerIll,
    Means.FORBIDDEN: PeerForbids,
    Means.BUSY: PeerBusy,
    Means.AGAIN: PeerUnclear,
}


@pytest.mark.parametrize("means", Means)
def test_each_meaning_is_one_fault_and_a_question_refuses_nothing(means: Means) -> None:
    assert type(fault_of(means, "gp", "code", sent=True)) is FAULTS[means]
    asked = judged(fault_of(means, "gp", "code", sent=False, retry_after=7))
    assert asked.outcome is Outcome.NOT_DONE
    assert (asked.health is Health.ILL) == (means is Means.ILL)
    assert asked.again_after == (None if means is Means.ILL else 7)
