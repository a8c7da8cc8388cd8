"""A fault planned at a simulated peer of a running stack, and whether it has struck."""

from __future__ import annotations

from simulators.demo.stack import Stack

LATE = 1.0  # seconds until a late change comes; the stack's quiet periods are longer


class PlannedFault:
    """Strikes once, at the next ``route`` (an interaction such as ``Task.create``) of ``system``."""

    def __init__(self, stack: Stack, system: str, route: str, mode: str) -> None:
        self._stack = stack
        self._system = system
        self._mode = mode
        self.route = route
        self._before = self._strikes()
        with stack.client() as client:
            fault = {"route": route, "mode": mode, "delay": LATE if mode == "late-apply" else 0.0}
            client.post(f"{stack[system].address}/_sim/faults", json=fault).raise_for_status()

    def has_struck(self) -> bool:
        return self._strikes() > self._before

    def _strikes(self) -> int:
        with self._stack.client() as client:
            log = client.get(f"{self._stack[self._system].address}/_sim/log").json()
        return int(log["faults"].get(f"{self.route} {self._mode}", 0))
