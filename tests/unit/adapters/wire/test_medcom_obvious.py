"""What is kept for an obvious reason is kept by FHIRPath too: each reason against messages, and against what breaks
them."""

from __future__ import annotations

from collections.abc import Iterator
from copy import deepcopy
from typing import Any

import pytest

from adapters.wire.medcom.bundled import Bundled
from adapters.wire.medcom.invariants import NotEvaluated, holds
from adapters.wire.medcom.obvious import REASONS, keeps
from adapters.wire.medcom.table import Generation, Rule, generations
from tests.support.doors.medcom_rich import messages

Json = dict[str, Any]
CARE = "care-communication-message"
OLDER = {"resourceType": "Patient", "id": "p", "meta": {"versionId": "1"}}
CHANGES: dict[str, Any] = {
    "as it is": lambda bundle: None,
    "another type": lambda bundle: bundle.update(type="document"),
    "a batch": lambda bundle: bundle.update(type="batch"),
    "a total": lambda bundle: bundle.update(total=3),
    "a search": lambda bundle: bundle["entry"][1].update(search={"mode": "match"}),
    "a request": lambda bundle: bundle["entry"][1].update(request={"method": "PUT", "url": "x"}),
    "a response": lambda bundle: bundle["entry"][-1].update(response={"status": "200"}),
    "an address twice": lambda bundle: bundle["entry"][2].update(fullUrl=bundle["entry"][1].get("fullUrl")),
    "versions": lambda bundle: bundle["entry"].append({"fullUrl": "urn:uuid:1", "resource": OLDER}),
    "history": lambda bundle: bundle["entry"][1].update(fullUrl="https://x.example/Patient/1/_history/2"),
    "an empty entry": lambda bundle: bundle["entry"].append({}),
    "turned round": lambda bundle: bundle["entry"].reverse(),
    "nothing": lambda bundle: bundle.update(entry=[]),
    "a second patient": lambda bundle: bundle["entry"].append({"resource": {"resourceType": "Patient", "id": "two"}}),
    "without": lambda bundle: bundle.update(entry=bundle["entry"][:1]),
    "unnamed": lambda bundle: _spoil(bundle, "name"),
    "without numbers": lambda bundle: _spoil(bundle, "identifier"),
    "without roles": lambda bundle: _spoil(bundle, "practitioner"),
    "contained": lambda bundle: [
        each["resource"].update(contained=[{"resourceType": "Patient", "id": "c", "contained": [{"id": "d"}], "meta":
            {"versionId": "1", "security": [{"code": "R"}]}}]) for each in bundle["entry"]],
}  # fmt: skip
GLN = ("5790000173358", "5790000173359", "579000017335", "57900001733580", "579000017335x", "٥٧٩٠٠٠٠١٧٣٣٥٨", "0" * 13)


def _spoil(bundle: Json, name: str) -> None:
    for each in bundle["entry"]:
        each["resource"].pop(name, None)


def changed() -> Iterator[tuple[str, Json]]:
    for number, message in enumerate(messages(CARE)):
        for name, change in CHANGES.items():
            made = deepcopy(message)
            change(made)
            yield f"{number} {name}", made


def values_of(key: str, bundle: Json) -> Iterator[tuple[Any, str, Json]]:
    """What the rule is asked of in that message: the value, its type, and the resource it stands in."""
    entries = bundle["entry"]
    resources = [each["resource"] for each in entries if each.get("resource")]
    of_kind = {"org-1": "Organization", "pat-1": "Patient", "dk-core-organization-mandatory-identifier": "Organization"}
    if key in ("bdl-5", "bdl-8"):
        yield from ((each, "Bundle.entry", bundle) for each in entries)
    elif key.startswith("dom-"):
        yield from ((each, each["resourceType"], each) for each in resources)
    elif key in of_kind:
        yield from ((each, of_kind[key], each) for each in resources if each["resourceType"] == of_kind[key])
    else:
        yield bundle, "Bundle", bundle


def rule_of(key: str) -> Rule:
    return next(each for each in known().rules if each.key == key)


def known() -> Generation:
    return generations()[CARE]


def _is_kept(key: str, value: Any, at: str, holder: Json, bundled: Bundled) -> bool:
    try:
        return holds(
            rule_of(key).expression, value, at, holder, lambda named: bundled.resolve(named, holder), lambda *_: True
        )
    except NotEvaluated:
        return False


@pytest.mark.parametrize("key", sorted(set(REASONS) - {"gln-modulus-10"}))
def test_what_is_obviously_kept_is_kept(key: str) -> None:
    said: set[bool] = set()
    for name, bundle in changed():
        bundled = Bundled(bundle)
        for value, at, holder in values_of(key, bundle):
            obvious = keeps(key, value)
            said.add(obvious)
            assert not obvious or _is_kept(key, value, at, holder, bundled), f"{key}: {name}"
    assert True in said, "no message keeps it so plainly: the reason is worth nothing"


@pytest.mark.parametrize("digits", GLN)
def test_a_gln_is_weighed_as_the_rule_weighs_it(digits: str) -> None:
    assert not keeps("gln-modulus-10", digits) or _is_kept("gln-modulus-10", digits, "string", {}, Bundled({}))


def test_a_gln_that_is_right_is_seen_at_once() -> None:
    assert keeps("gln-modulus-10", GLN[0])


def test_both_kinds_of_message_mean_the_same_rule_by_a_key() -> None:
    """One table serves both."""
    for key in REASONS:
        told = {each.expression for known in generations().values() for each in known.rules if each.key == key}
        assert len(told) == 1, key
