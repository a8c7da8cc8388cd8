"""The consultation `laegebro demo --once` shows, on both databases: from the record to the receipt, filed once."""

from __future__ import annotations

import pytest

from simulators.demo.once import FRAMES
from tests.support.processes.stacks import Ledger, World

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]

STORY = ("launched", "placed", "received", "accepted", "answered", "talk-started", "call-ended", "note-filed")


def test_one_consultation_is_filed_once_and_both_saw_each_other(either_world: World) -> None:
    ledger = Ledger(either_world.stack)
    consultation = either_world.consultation()
    try:
        consultation.run()
        ledger.require_exactly_once(consultation)
        assert all(frames >= FRAMES * 2 for frames in consultation.frames.values()), consultation.frames
        told = either_world.stack.command("show", consultation.short_id)
    finally:
        consultation.close()
    places = [told.index(f" {step} ") for step in STORY]
    assert places == sorted(places), told
