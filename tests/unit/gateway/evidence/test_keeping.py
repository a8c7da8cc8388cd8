"""The relay's part: a folder that is not there, or a key that is none, is said and ends nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.domain.errors import ConfigFault, LaegebroError
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


def test_what_cannot_be_written_is_said_and_ends_no_loop(tmp_path: Path) -> None:
    """The loops of the relay outlive our own errors (workers/upkeep.py)."""
    with pytest.raises(ConfigFault, match="audit_heads"):
        keeping(tmp_path, audit_heads=str(tmp_path / "not there")).publish()
    assert issubclass(ConfigFault, LaegebroError)
