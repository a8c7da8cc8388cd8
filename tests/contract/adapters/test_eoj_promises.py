"""The contract suite over every care-system adapter that files notes, found by discovery, each against its own peer."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

from adapters.contract.eoj_promises import PROMISES, NotePromise
from adapters.discovery import adapter_names, find_adapter
from gateway.certify.ways import bench_module

FILING = [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]


class _Benches:
    """One bench per adapter, made at first use; an adapter without a bench cannot pass."""

    def __init__(self, stack: ExitStack, folder: Path) -> None:
        self._stack = stack
        self._folder = folder
        self._made: dict[str, Any] = {}

    def of(self, name: str) -> Any:
        if name not in self._made:
            folder = self._folder / name
            folder.mkdir()
            self._made[name] = self._stack.enter_context(bench_module(name, "eoj").bench(folder))
        return self._made[name]


@pytest.fixture(scope="module")
def benches(tmp_path_factory: pytest.TempPathFactory) -> Iterator[_Benches]:
    with ExitStack() as stack:
        yield _Benches(stack, tmp_path_factory.mktemp("eoj"))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
@pytest.mark.parametrize("name", FILING)
def test_every_adapter_keeps_every_promise(name: str, promise: NotePromise, benches: _Benches) -> None:
    bench = benches.of(name)
    why_not = promise.exempt(bench)
    if why_not:
        pytest.skip(why_not)
    promise.try_on(bench)


def test_the_first_care_systems_are_found() -> None:
    assert {"smart_fhir", "nexus", "hl7v2", "oioxml"} <= set(FILING)
