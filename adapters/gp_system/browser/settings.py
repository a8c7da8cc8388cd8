"""A browser connection has nothing to set: the waiting room is our own."""

from __future__ import annotations

from typing import ClassVar

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Empty; anything written in the stanza beside the connection's name is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    quiet_period: ClassVar[float] = 0.0  # no request of ours is ever on its way
