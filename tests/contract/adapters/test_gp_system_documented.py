"""What docs/adding-a-system.md tells a newcomer is true: its adapter is built from the text and keeps every promise."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

import pytest

from adapters.contract.gp_promises import PROMISES, Promise
from tests.support.doors.koboks import Bench, served

GUIDE = Path(__file__).parents[3] / "docs" / "adding-a-system.md"


def documented_code() -> str:
    block = re.search(r"<!-- adapter:.*?-->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert block is not None, "the guide shows an adapter"
    return block.group(1)


def documented_adapter(code: str) -> ModuleType:
    module = ModuleType("documented_koboks")
    sys.modules[module.__name__] = module  # pydantic resolves annotations through it
    exec(compile(code, str(GUIDE), "exec"), module.__dict__)
    return module


@contextmanager
def on_the_path_of_processes(code: str, folder: Path) -> Iterator[None]:
    """A folder of its own, as somebody keeps an adapter who does not change this repository: relay and worker find it
    by its name."""
    place = folder / "adapters" / "gp_system" / "koboks"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(code, encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bench]:
    code = documented_code()
    with served() as (koboks, address), on_the_path_of_processes(code, tmp_path_factory.mktemp("koboks")):
        yield Bench(koboks, address, documented_adapter(code))


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_the_documented_adapter_keeps_every_promise(promise: Promise, bench: Bench) -> None:
    promise.try_on(bench)  # type: ignore[arg-type]  # it cannot notify, so it lacks the two members for that


def test_the_paths_the_guide_names_exist() -> None:
    root = GUIDE.parents[1]
    named = re.findall(r"`((?:adapters|gateway|tests|config)/[\w/.-]+\.(?:py|toml))`", GUIDE.read_text())
    missing = [path for path in named if not (root / path).exists() and path != "config/connections.toml"]
    assert not missing
