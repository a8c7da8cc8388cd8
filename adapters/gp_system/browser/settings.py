"""A browser connection has nothing to set: the waiting room is our own."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict


class Settings(BaseModel):
    """Empty; anything written in the stanza beside the connection's name is a mistake."""

    model_config = ConfigDict(extra="forbid", frozen=True)
