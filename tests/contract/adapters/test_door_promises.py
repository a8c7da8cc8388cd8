"""The contract suite over every door found by discovery; a door without a bench cannot pass."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.contract.door_promises import PROMISES, DoorBench
from adapters.discovery import FoundDoor, found_doors
from tests.support.doors.door_benches import bench_of


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.__name__)
@pytest.mark.parametrize("found", found_doors(), ids=lambda found: f"{found.kind}/{found.name}")
def test_every_door_keeps_every_promise(found: FoundDoor, promise: Callable[[DoorBench], None], tmp_path: Path) -> None:
    bench = bench_of(tmp_path, found)
    try:
        promise(bench)
    finally:
        bench.close()


def test_a_door_that_takes_anything_is_caught(tmp_path: Path) -> None:
    """The suite notices: a bench whose entries of other connections are its own breaks the last promise."""
    found = next(each for each in found_doors() if (each.kind, each.name) == ("gp_system", "hl7v2"))
    bench = bench_of(tmp_path, found)
    bench.place_elsewhere = bench.place  # type: ignore[method-assign]
    try:
        with pytest.raises(AssertionError):
            PROMISES[-1](bench)
    finally:
        bench.close()
