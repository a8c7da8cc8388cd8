"""The page on which an employee starts without coming from a record: by a number, without one, or with several."""

from __future__ import annotations

from collections.abc import Mapping

from flask.typing import ResponseReturnValue

from gateway.web.arrival import typed_number
from gateway.web.rendering import page


def begin_page(errors: Mapping[str, str], values: Mapping[str, str], status: int = 200) -> ResponseReturnValue:
    """``errors``: field → what stands beside it."""
    return page("arrival/begin.html", status, errors=errors, values=values, asks_name=typed_number.asks_name())
