"""The gate against MedCom's official examples, and against every single fault they can have."""

from __future__ import annotations

import copy
import json
import re
from datetime import UTC, datetime
from pathlib import Path

import pytest
from fhir.resources.R4B import get_fhir_model_class

from adapters.wire.medcom import invariants, structure
from adapters.wire.medcom.exchange import words
from adapters.wire.medcom.gate import gated
from adapters.wire.medcom.judging import judged
from adapters.wire.medcom.table import FILE, generations
from tests.support.doors.medcom_breaking import BREAKING
from tests.support.doors.medcom_mutants import Mutant, all_rules, mutants
from tests.support.doors.medcom_rich import examples, known_events, messages

NOW = datetime(2026, 11, 24, 8, 0, tzinfo=UTC)
JSON, XML = "application/fhir+json", "application/fhir+xml"
OFFICIAL = {name: each for event in known_events() for name, each in examples(event).items()}
# Rules whose breaking makes a message that is still valid: in an open slicing a value of another system is of no slice.
OPEN = re.compile(r":(cpr|x-ecpr|d-ecpr|CVR-ID|KOMBIT-ORG-ID|Ydernummer|Kommunekode|Regionskode|ProducentID)\.system$")
STILL_VALID = re.compile(
    r":(lpr3identifier|referencedSORUnit|officialHealthAuthorization)\.identifier\.system$"
    r"|:(municipalityCode|regionalSubDivisionCodes|address-official|sender|author|authorContact)\.url$"
)
# They ask for profiles under an address that MedCom has left, so that nothing can break them.
UNBREAKABLE = {"medcom-messaging-1", "medcom-messaging-3"}


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_official_examples_get_in_as_they_are(name: str) -> None:
    assert gated(json.dumps(OFFICIAL[name]).encode(), JSON, NOW).faults == ()


@pytest.mark.parametrize("name", sorted(OFFICIAL))
def test_official_examples_say_the_same_in_xml(name: str) -> None:
    written = get_fhir_model_class("Bundle").model_validate(copy.deepcopy(OFFICIAL[name])).model_dump_xml()
    body = written if isinstance(written, bytes) else written.encode()
    there, here = gated(json.dumps(OFFICIAL[name]).encode(), JSON, NOW), gated(body, XML, NOW)
    assert here == there and here.faults == ()


def broken(event: str) -> dict[str, Mutant]:
    return {" ".join(each.rule): each for each in mutants(messages(event), generations()[event])}


@pytest.mark.parametrize("event", known_events())
def test_no_single_fault_gets_in_and_each_is_named(event: str) -> None:
    let_in, unnamed = [], []
    for name, each in broken(event).items():
        found = structure.faults(each.bundle) or judged(each.bundle, generations()[event])
        if not found:
            let_in.append(name)
        elif each.rule[2] in BREAKING and not any(fault.rule.startswith(each.rule[2]) for fault in found):
            unnamed.append(name)
    wrongly = [name for name in let_in if not _is_still_valid(name)]
    assert (wrongly, unnamed) == ([], [])


def _is_still_valid(name: str) -> bool:
    _, element, _ = name.split(" ")
    return bool(OPEN.search(element) or STILL_VALID.search(element))


def test_every_rule_of_the_profiles_is_broken_once() -> None:
    count = 0
    for event in known_events():
        known, made = generations()[event], [each.rule for each in broken(event).values()]
        count += len(made)
        profiles = {profile for profile, _, _ in made}
        urls = [url for url in known.profiles if url.rpartition("/")[2] in profiles]
        missed = set().union(*(all_rules(url, known) for url in urls)) - set(made)
        assert {rule for rule in missed if rule[2] not in UNBREAKABLE} == set()
    assert count >= 60


def test_the_table_says_where_it_comes_from() -> None:
    said = json.loads(Path(FILE).read_text(encoding="utf-8"))
    assert "CC0-1.0" in said[""] and "MIT" in said[""]
    assert FILE.stat().st_size < 200_000


def test_every_code_we_refuse_with_is_one_that_an_acknowledgement_may_hold() -> None:
    allowed = generations()["acknowledgement-message"].codes[
        "http://medcomfhir.dk/ig/terminology/ValueSet/medcom-acknowledgement-issue-details"
    ]
    known = {system: set(codes) for system, codes in allowed.items()}
    for code in words.SAID:
        assert code in known[words.ERROR_CODES if code in words.MEDCOM_CODES else words.OPERATION_OUTCOME]


def test_every_invariant_of_the_table_can_be_evaluated() -> None:
    """An expression the library cannot evaluate would be held against nobody, silently."""
    for known in generations().values():
        for rule in known.rules:
            invariants._parsed(rule.expression)
