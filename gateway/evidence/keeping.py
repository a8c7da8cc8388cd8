"""The relay's part: rows into their chains every few seconds, heads to where the application cannot write them."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from functools import partial
from pathlib import Path
from uuid import UUID

from gateway.domain.errors import ConfigFault
from gateway.domain.trail import Head
from gateway.evidence import heads as files
from gateway.evidence import syslog
from gateway.in_turn import raise_first
from gateway.logs import log
from gateway.store.watch.head_failures import SqlHeadFailures
from gateway.wiring import Gateway

LOGGED_EVERY = timedelta(hours=1)


class TrailKeeping:
    """One process's turn; several may. Each call does a limited amount of work."""

    def __init__(self, gateway: Gateway) -> None:
        self._gateway = gateway
        self._logged: dict[UUID, int] = {}
        self._log_at: datetime | None = None
        self._failures = SqlHeadFailures(gateway.engine)

    def seal(self) -> None:
        """Rows that wait, into their chains."""
        self._gateway.sealing.seal_all()

    def publish(self) -> None:
        """The day's signed file, and each hour the heads that have moved to the log server. Where one of the two fails
        the other has its turn, and an alarm begins; ``ConfigFault`` for a folder that cannot be written."""
        settings, now = self._gateway.settings, self._gateway.clock.now()
        faults: list[Exception] = []
        if settings.audit_syslog and (self._log_at is None or now >= self._log_at):
            faults += self._handed("syslog", partial(self._send_log, now))
        if settings.audit_heads and settings.audit_key:
            faults += self._handed("file", partial(self._write_day, Path(settings.audit_heads), now))
        raise_first([fault for fault in faults if isinstance(fault, ConfigFault)])

    def _handed(self, place: str, hand: Callable[[], None]) -> Sequence[Exception]:
        try:
            hand()
        except (ConfigFault, syslog.NotLogged) as fault:
            why = fault.why if isinstance(fault, syslog.NotLogged) else "cannot-be-written"
            log(__name__).error("audit-heads-not-kept", place=place, fault=why)
            self._failures.failed(place, why)
            return [fault]
        self._failures.over(place)
        return []

    def _write_day(self, folder: Path, now: datetime) -> None:
        if files.is_kept(folder, now):
            return
        heads = self._gateway.sealing.heads()
        text = files.signed(heads, now, files.key_of(self._gateway.settings))
        if files.keep(folder, text, now, of_the_day=True):
            log(__name__).info("audit-heads-kept", organisations=len(heads))

    def _send_log(self, now: datetime) -> None:
        moved = self._moved(self._gateway.sealing.heads())
        settings = self._gateway.settings
        if moved:
            syslog.send(settings.audit_syslog, moved, settings.audit_syslog_ca)
        self._logged |= {head.chain: head.number for head in moved}
        self._log_at = now + LOGGED_EVERY

    def _moved(self, heads: Sequence[Head]) -> Sequence[Head]:
        return [head for head in heads if head.number > self._logged.get(head.chain, 0)]
