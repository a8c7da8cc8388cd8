"""The contract suite over every practice-system adapter found by discovery, each against its own peer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from adapters.contract.gp_promises import PROMISES, Promise
from adapters.discovery import adapter_names
from gateway.certify.ways import bench_module


class _Benches:
    """One bench per adapter, made at first use; an adapter without a bench cannot pass."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._made: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        if name not in self._made:
            self._made[name] = self._stack.enter_context(bench_module(name).bench(self._folder))
        return self._made[name]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Benches]:
    with ExitStack() as stack:
        yield _Benches(stack, tmp_path_factory.mktemp("gp"))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize("name", adapter_names("gp_system"))
def test_every_adapter_keeps_every_promise(name: str, promise: Promise, benches: _Benches) -> None:
    bench = benches.of(name)
    if promise.wire and not bench.on_the_wire:
        pytest.skip("reaches nobody over a network")
    promise.try_on(bench)


def test_the_two_first_doors_are_found() -> None:
    assert {"browser", "fhir_r4"} <= set(adapter_names("gp_system"))
