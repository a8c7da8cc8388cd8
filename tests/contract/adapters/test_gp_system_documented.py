"""What docs/adding-a-system.md tells a newcomer is true: its adapter is built from the text and keeps every promise."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import ModuleType

import pytest

from adapters.contract.gp_promises import PROMISES, Promise
from tests.support.doors.guide import GUIDE, block, documented_folder
from tests.support.doors.koboks import Bench, served


def documented_adapter(code: str) -> ModuleType:
    module = ModuleType("documented_koboks")
    sys.modules[module.__name__] = module  # pydantic resolves annotations through it
    exec(compile(code, str(GUIDE), "exec"), module.__dict__)
    return module


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    with served() as (koboks, address), documented_folder(tmp_path_factory.mktemp("koboks")):
        yield Bench(koboks, address, documented_adapter(block("adapter")))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_the_documented_adapter_keeps_every_promise(promise: Promise, bench: Bench) -> None:
    promise.try_on(bench)  # type: ignore[arg-type]  # it cannot notify, so it lacks the two members for that


def test_the_paths_the_guide_names_exist() -> None:
    root = GUIDE.parents[1]
    named = re.findall(r"`((?:adapters|gateway|tests|config)/[\w/.-]+\.(?:py|toml))`", GUIDE.read_text())
    missing = [path for path in named if not (root / path).exists() and path != "config/connections.toml"]
    assert not missing
