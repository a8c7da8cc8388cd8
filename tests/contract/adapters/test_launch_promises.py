"""What is promised of launches, over every adapter that has one, found by discovery; and broken adapters caught."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator
from contextlib import ExitStack
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest

from adapters.contract import launch_promises as promises
from adapters.contract.launch_promises import PROMISES, Flaw, LaunchBench, LaunchPromise
from adapters.discovery import adapter_names, find_adapter
from adapters.eoj.signed_launch import SignedLaunch
from adapters.wire.jose import Json
from gateway.certify.eoj.signed_launch import bench as signed_bench
from gateway.certify.ways import bench_module
from gateway.domain.errors import InvalidField, LaunchRefused
from gateway.domain.launch import Launch, UsedToken
from gateway.domain.peers.messages import Envelope

LAUNCHING = [name for name in adapter_names("eoj") if promises.launches(find_adapter("eoj", name).adapter)]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, LaunchBench]]:
    """One for each; an adapter with a launch and without a bench cannot pass."""
    with ExitStack() as stack:
        made = {}
        for name in LAUNCHING:
            whole: Any = bench_module(name, "eoj").bench(tmp_path_factory.mktemp(name))
            made[name] = stack.enter_context(whole).launches
        yield made


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize("name", LAUNCHING)
def test_every_launch_keeps_every_promise(name: str, promise: LaunchPromise, benches: dict[str, LaunchBench]) -> None:
    promise.keep(benches[name])


def test_the_launches_are_found() -> None:
    assert {"smart_fhir", "signed_launch"} <= set(LAUNCHING)


# --- broken on purpose ---


class Unchecked(SignedLaunch):
    """Believes whatever is well formed."""

    def _genuine(self, token: str, now: datetime) -> Json:
        try:
            return super()._genuine(token, now)
        except LaunchRefused:
            part = token.split(".")[1]
            return dict(json.loads(base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))))


class Everybodys(Unchecked):
    """Takes the employees of every organisation for the owner's."""

    def _genuine(self, token: str, now: datetime) -> Json:
        claims = super()._genuine(token, now)
        return {name: value for name, value in claims.items() if name != "organisation_cvr"}


class Replaying(SignedLaunch):
    """Burns another token than the one that came."""

    def verify(self, envelope: Envelope, now: datetime) -> tuple[Launch, UsedToken]:
        launch, used = super().verify(envelope, now)
        return launch, UsedToken(used.issuer, str(uuid4()), used.expires_at)


class Talkative(SignedLaunch):
    """Says which check failed."""

    def _genuine(self, token: str, now: datetime) -> Json:
        try:
            return super()._genuine(token, now)
        except LaunchRefused as fault:
            raise LaunchRefused(fault.reason, fault.reason) from None


class Gossiping(SignedLaunch):
    """Quotes whom the refused launch was about."""

    def _genuine(self, token: str, now: datetime) -> Json:
        try:
            return super()._genuine(token, now)
        except LaunchRefused as fault:
            raise LaunchRefused(f"{fault.reason}: Mette Holm") from None


class Mistaken(SignedLaunch):
    """Opens another record."""

    def verify(self, envelope: Envelope, now: datetime) -> tuple[Launch, UsedToken]:
        launch, used = super().verify(envelope, now)
        return replace(launch, record_ref="Patient/r-1003"), used


CAUGHT = [
    (Unchecked, promises.a_forged_launch_is_refused),
    (Unchecked, promises.a_launch_by_an_unknown_key_is_refused),
    (Unchecked, promises.an_expired_launch_is_refused),
    (Everybodys, promises.a_launch_for_another_municipality_is_refused),
    (Unchecked, promises.a_launch_for_another_system_is_refused),
    (Unchecked, promises.refusals_tell_nobody_why),
    (Replaying, promises.a_replayed_launch_is_refused),
    (Replaying, promises.of_many_at_the_same_moment_one_opens_at_most),
    (Talkative, promises.refusals_tell_nobody_why),
    (Gossiping, promises.refusals_tell_nobody_why),
    (Mistaken, promises.a_genuine_launch_opens_the_record),
]


@pytest.mark.parametrize(("broken", "promise"), CAUGHT, ids=lambda value: value.__name__)
def test_a_broken_launch_breaks_its_promise(broken: type[SignedLaunch], promise: Any, tmp_path: Path) -> None:
    with signed_bench(tmp_path) as made:
        made.launches.adapter = broken("broken", made.launches.adapter.settings)
        with pytest.raises(AssertionError):
            promise(made.launches)


def test_each_promise_has_an_adapter_that_breaks_it() -> None:
    assert {promise.name for promise in PROMISES} == {promise.__name__ for _, promise in CAUGHT}


def test_a_refusal_of_another_kind_is_no_refusal(tmp_path: Path) -> None:
    """An answer that names a field tells a forger what to mend."""
    with signed_bench(tmp_path) as made:

        class Naming(SignedLaunch):
            def _genuine(self, token: str, now: datetime) -> Json:
                raise InvalidField("exp", "past")

        made.launches.adapter = Naming("broken", made.launches.adapter.settings)
        with pytest.raises(InvalidField):
            promises.an_expired_launch_is_refused(made.launches)


def test_every_flaw_is_a_promise_of_its_own() -> None:
    """No flaw is only tried together with others."""
    assert len(Flaw) + 4 == len(PROMISES)
