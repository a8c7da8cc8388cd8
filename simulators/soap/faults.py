"""Faults on purpose, by operation: planned at `/_sim/faults`, struck first come first served."""

from typing import Literal

from simulators.faults import Strike

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


class Fault(Strike):
    """`route`: an operation's name, or `*`."""

    mode: Mode
    code: str = ""
