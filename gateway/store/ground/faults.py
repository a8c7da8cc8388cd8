"""What the database can do to a caller: the names other packages may catch without knowing the driver."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from sqlalchemy.exc import DataError, IntegrityError, SQLAlchemyError

from gateway.domain.errors import RowFailed

DatabaseFault = SQLAlchemyError


@contextmanager
def refusals_told() -> Iterator[None]:
    """``RowFailed`` where the database is there and refuses what was to be written: asking again changes nothing."""
    try:
        yield
    except (DataError, IntegrityError) as fault:
        raise RowFailed(type(fault).__name__) from fault
