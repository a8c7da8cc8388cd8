"""Two workers never hold one row: an attempt with all its calls is over before its lease is."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from adapters.wire.transport import seconds_left
from gateway.domain.errors import NotFound
from workers.task import attempt_row


class Rows:
    """An outbox and a store of one row; notes how long its calls may take."""

    def __init__(self) -> None:
        self.leased = 0.0
        self.left: float | None = None

    def claim(self, lease: timedelta, id: UUID) -> Any:
        self.leased = lease.total_seconds()
        return SimpleNamespace(consultation=id)

    def load(self, scope: object, id: UUID) -> Any:
        self.left = seconds_left()
        raise NotFound("consultation")


def test_all_calls_of_an_attempt_end_before_its_lease() -> None:
    rows = Rows()
    settings = SimpleNamespace(lease_seconds=30, public_url="")
    gateway: Any = SimpleNamespace(settings=settings, outbox=rows, store=rows, peers=None, clock=None, stills=None)
    with pytest.raises(NotFound):
        attempt_row(gateway, uuid4())
    assert rows.leased == 30
    assert rows.left is not None
    assert 0 < rows.left <= 0.8 * 30
    assert seconds_left() is None
