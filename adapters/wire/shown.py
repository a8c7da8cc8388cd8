"""The part of a practice's stanza that says what its own screen leaves out of what a nurse says."""

from __future__ import annotations

from typing import Literal

from pydantic import BaseModel, ConfigDict

from gateway.domain.capability import SHOWN, Capability

Part = Literal["message", "agreement", "round", "form"]


class ShownSettings(BaseModel):
    """``not_shown``: the nurse is told so beside the field, with the telephone. *message*: what she writes while she
    waits; *agreement*: with whom and when; *round*: of how many citizens; *form*: who talks with the doctor."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    not_shown: tuple[Part, ...] = ()

    @property
    def shown(self) -> frozenset[Capability]:
        return SHOWN - {Capability(f"shows-{part}") for part in self.not_shown}
