"""The care systems that take notes, each with its simulator as its own process and a gateway with worker and relay."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

from adapters.discovery import adapter_names, find_adapter
from gateway.certify.running import RunningGateway
from gateway.domain.capability import Capability

# What is settled by a message that the care system brings to our web process, which does not run here.
ANSWERED_AT_A_DOOR = ("medcom",)


def adapters() -> Sequence[str]:
    filing = [name for name in adapter_names("eoj") if hasattr(find_adapter("eoj", name).adapter, "file_note")]
    return [name for name in filing if name not in ANSWERED_AT_A_DOOR]


@contextmanager
def running(adapter: str) -> Iterator[tuple[Any, RunningGateway]]:
    """The bench of ``gateway.certify.eoj`` over the simulator, and our side."""
    with tempfile.TemporaryDirectory(prefix="laegebro-eoj-") as folder:
        module = import_module(f"gateway.certify.eoj.{adapter}")
        with module.bench(Path(folder)) as bench, bench.running() as gateway:
            gateway.start_relay()
            yield bench, gateway


def can_be_read(bench: Any) -> bool:
    return Capability.READ_BACK in bench.system.capabilities
