"""Periodic work, row by row: each gets its turn, whatever happens to another.

A row whose work fails is put off by its own job and met again later, so that rows that always fail neither hold up
younger ones nor are tried in every pass. Nothing about it is lost: it is logged, and the pass ends in its error.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from gateway.domain.errors import ConcurrentChange, LaegebroError, RowFailed
from gateway.logs import log

T = TypeVar("T")
# What the content of one row can bring about. A database that is away is none of these, and ends the pass.
ROW_FAULTS = (LaegebroError, ArithmeticError, AttributeError, LookupError, TypeError, ValueError)


def each_in_turn(
    job: str,
    rows: Iterable[T],
    act: Callable[[T], object],
    put_off: Callable[[T], object],
    named: Callable[[T], object] = str,
) -> list[Exception]:
    """The errors of those that were put off. ``named``: how a row is called in the log."""
    faults: list[Exception] = []
    for row in rows:
        try:
            act(row)
        except ConcurrentChange:
            continue  # busy just now; it is still due
        except ROW_FAULTS as fault:
            put_off(row)
            log(__name__).error("row-put-off", job=job, row=str(named(row)), fault=type(fault).__name__)
            faults.append(fault)
    return faults


def raise_first(faults: list[Exception]) -> None:
    """When everybody has had a turn. What is no error of ours is told as ``RowFailed``: it passes like one."""
    for fault in faults:
        raise fault if isinstance(fault, LaegebroError) else RowFailed(type(fault).__name__) from fault
