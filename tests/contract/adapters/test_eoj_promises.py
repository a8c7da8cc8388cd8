"""The contract suite over every care-system adapter that files notes, found by discovery."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import Any

import pytest

from adapters.contract.eoj_promises import PROMISES
from adapters.discovery import adapter_names, find_adapter

FILING = [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]


@pytest.fixture(scope="module", params=FILING)
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    folder: Path = tmp_path_factory.mktemp("eoj")
    with ExitStack() as stack:
        module = import_module(f"tests.support.peers.eoj_bench_{request.param}")
        yield stack.enter_context(module.bench(folder))


@pytest.mark.parametrize("keep", [keep for _, keep in PROMISES], ids=lambda keep: keep.__name__)
def test_every_adapter_keeps_every_promise(bench: Any, keep: Callable[[Any], None]) -> None:
    keep(bench)


def test_the_first_care_system_is_found() -> None:
    assert "smart_fhir" in FILING
