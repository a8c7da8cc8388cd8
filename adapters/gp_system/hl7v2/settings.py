"""One connection's settings: what an operator writes in a stanza of ``connections.toml``."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, model_validator

from adapters.wire.shown import ShownSettings
from adapters.wire.v2.settings import Fingerprints, LineSettings


class Settings(LineSettings, ShownSettings):
    """The line, and what a practice's system can do.

    ``answers_queries``: whether SQM^S25 is answered. ``claims``: whether the practice's acts are asked for, or come in
    at our own listener (then ``caller_certificate``, a SHA-256 in hex, says who may bring them).
    """

    answers_queries: bool = True
    claims: Literal["asked", "brought"] = "asked"
    caller_certificate: Fingerprints = ""
    poll_interval: float = Field(default=3.0, gt=0, le=60)

    @model_validator(mode="after")
    def _possible(self) -> Settings:
        if self.claims == "asked" and not self.answers_queries:
            raise ValueError("claims cannot be asked for where answers_queries = false")
        return self
