"""What a process needs to be imported: an environment with keys made here and now."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from gateway.store.ground.engine import open_engine
from gateway.store.migrations.creation import create_schema
from tests.support.clinic_world import settings_in


@pytest.fixture
def process_environment(tmp_path: Path) -> dict[str, str]:
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path / 'process.db'}", "redis://127.0.0.1:1/0")
    create_schema(open_engine(settings.database_url))  # a process refuses a database without one
    values = settings.model_dump(exclude={"former_data_keys"})
    return {
        **{name: value for name, value in os.environ.items() if not name.startswith("LAEGEBRO_")},
        **{f"LAEGEBRO_{name.upper()}": str(value) for name, value in values.items()},
    }
