"""The relay's part: a folder that is not there, or a key that is none, is said and ends nothing."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest

from gateway.domain.alarm import AlarmKind, Limits, conditions
from gateway.domain.errors import ConfigFault, LaegebroError
from gateway.domain.people import SYSTEM
from gateway.domain.records import AuditRow
from gateway.evidence import heads as files
from gateway.evidence.keeping import TrailKeeping
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in


def keeping(folder: Path, **settings: str) -> TrailKeeping:
    made = settings_in(folder, f"sqlite:///{folder / 'a.db'}", "redis://127.0.0.1:1/0").model_copy(update=settings)
    gateway = Gateway(made)
    create_schema(gateway.engine)
    return TrailKeeping(gateway)


def test_the_days_file_is_written_once_and_the_log_gets_what_moved(tmp_path: Path) -> None:
    kept = keeping(tmp_path, audit_heads=str(tmp_path), audit_syslog=f"file:{tmp_path / 'log'}")
    for _ in range(2):
        kept.seal()
        kept.publish()
    assert len(files.kept_in(tmp_path)) == 1


def test_what_cannot_be_handed_on_is_an_alarm_until_it_is_and_the_other_place_has_its_turn(tmp_path: Path) -> None:
    """Judged as the watch judges it, from the rows: a minute after the first failure, whichever process failed."""
    way, heads = tmp_path / "later" / "log", tmp_path / "heads"
    heads.mkdir()
    kept = keeping(tmp_path, audit_heads=str(heads), audit_syslog=f"file:{way}")
    gateway = kept._gateway
    gateway.store.record_audit(AuditRow(gateway.clock.now(), SYSTEM, "", "write", "something"))
    kept.seal()
    kept.publish()

    def alarms(minutes: int) -> set[tuple[str, str]]:
        seen, now = gateway.figures.seen(Limits(), ())
        found = conditions(seen, now + timedelta(minutes=minutes), Limits())
        return {(str(one.kind), one.subject) for one in found if one.kind is AlarmKind.HEADS}

    assert len(files.kept_in(heads)) == 1, "the folder is not held up by the log"
    assert alarms(0) == set() and alarms(2) == {("audit-heads-not-kept", "syslog")}
    way.parent.mkdir()
    kept.publish()
    assert alarms(2) == set() and way.read_bytes()


def test_a_folder_that_cannot_be_written_is_an_alarm_and_the_log_is_told_all_the_same(tmp_path: Path) -> None:
    kept = keeping(tmp_path, audit_heads=str(tmp_path / "none"), audit_syslog=f"file:{tmp_path / 'log'}")
    gateway = kept._gateway
    gateway.store.record_audit(AuditRow(gateway.clock.now(), SYSTEM, "", "write", "something"))
    kept.seal()
    with pytest.raises(ConfigFault, match="audit_heads"):
        kept.publish()
    assert (tmp_path / "log").read_bytes()
    assert [place for place, _ in gateway.figures.seen(Limits(), ())[0].unkept_heads] == ["file"]


def test_what_cannot_be_written_is_said_and_ends_no_loop(tmp_path: Path) -> None:
    """The loops of the relay outlive our own errors (workers/upkeep.py)."""
    with pytest.raises(ConfigFault, match="audit_heads"):
        keeping(tmp_path, audit_heads=str(tmp_path / "not there")).publish()
    assert issubclass(ConfigFault, LaegebroError)
