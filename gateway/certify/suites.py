"""Which kinds of system can be certified, and by which promises."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from adapters.contract import eoj_promises, gp_promises, launch_promises, room_promises
from gateway.certify.run import Promise
from gateway.domain.errors import ConfigFault


@dataclass(frozen=True, slots=True)
class Suite:
    """``system``: what such a system is called, in English and in Danish."""

    promises: Sequence[Promise]
    system: tuple[str, str]


SUITES: Mapping[str, Suite] = {
    "gp_system": Suite(gp_promises.PROMISES, ("practice system", "praksissystem")),
    "eoj": Suite((*launch_promises.PROMISES, *eoj_promises.PROMISES), ("care system", "omsorgssystem (EOJ)")),
    "video": Suite(room_promises.PROMISES, ("keeper of video rooms", "system, der holder videorum")),
}


def suite_of(kind: str) -> Suite:
    if kind not in SUITES:
        raise ConfigFault(f"kind: only {', '.join(SUITES)} can be certified")
    return SUITES[kind]
