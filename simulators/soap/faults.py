"""Faults on purpose, by operation: planned at `/_sim/faults`, struck first come first served."""

import threading
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

Mode = Literal[
    "busy",  # HTTP 503 with Retry-After, nothing done
    "refuse",  # a fault with the contract's own code in `code`, nothing done
    "fault",  # a fault with the DGWS code in `code` ("" for a bare Server fault), nothing done
    "fault-200",  # the same under HTTP 200
    "effect-then-500",  # done, but HTTP 500 without a fault
    "drop-reply",  # done, but the answer is lost
    "late-apply",  # no answer, and done after `delay` seconds
    "multipart",  # the answer in a MIME package
    "garbage",  # done, and HTTP 200 with something that is no XML
]


class Fault(BaseModel):
    """`route`: an operation's name, or `*`."""

    model_config = ConfigDict(extra="forbid")
    route: str
    mode: Mode
    times: int = Field(default=1, ge=1)
    delay: float = Field(default=0.0, ge=0.0, le=600.0)
    code: str = ""


class Faults:
    """The planned faults."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._planned: list[Fault] = []

    def plan(self, fault: Fault) -> None:
        with self._lock:
            self._planned.append(fault.model_copy())

    def clear(self) -> None:
        with self._lock:
            self._planned.clear()

    def strikes(self, route: str) -> Fault | None:
        with self._lock:
            for fault in self._planned:
                if fault.route in (route, "*"):
                    fault.times -= 1
                    self._planned = [each for each in self._planned if each.times > 0]
                    return fault
        return None
