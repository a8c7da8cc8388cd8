"""Upgrades in steps: the processes of this release work beside a schema that is one step ahead, and refuse one from
which a later step has taken something away."""

from __future__ import annotations

from pathlib import Path

import pytest
from alembic import command
from alembic.script import ScriptDirectory
from sqlalchemy import Engine, text

from gateway.domain.consultation.aggregate import Status
from gateway.domain.errors import ConfigFault
from gateway.readiness import Readiness
from gateway.store import migrations
from gateway.store.ground.engine import open_engine
from gateway.store.migrations import steps
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.consultations import PRACTICE
from tests.support.databases import PostgresServer, shown
from tests.support.processes.upgrading import Step, faults

AHEAD = '''"""A colour for each consultation, and a table beside."""
import sqlalchemy as sa
from alembic import op
kind, revision, down_revision = "expand", "9001_since_{own}", "{newest}"
def upgrade():
    op.add_column("consultation", sa.Column("colour", sa.Text, nullable=False, server_default="blue"))
    op.create_table("colour", sa.Column("name", sa.Text, primary_key=True))
'''
TAKEN = '''"""A column that the former release did not use any more."""
from alembic import op
kind, revision, down_revision = "contract", "9002_since_9001", "9001_since_{own}"
def upgrade():
    op.drop_table("colour")
'''


@pytest.fixture(params=["sqlite", "postgres"])
def url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'ahead.db'}"
    server: PostgresServer = request.getfixturevalue("postgres_server")
    return shown(server.empty())


def step_to(engine: Engine, folder: Path, revision: str) -> None:
    """As a later release's ``laegebro upgrade`` does it: with its own steps beside ours."""
    newest = migrations.newest()
    own = migrations.Revision.of(newest)
    assert own is not None
    (folder / "ahead.py").write_text(AHEAD.format(own=own.number, newest=newest), encoding="utf-8")
    (folder / "taken.py").write_text(TAKEN.format(own=own.number), encoding="utf-8")
    with engine.connect() as connection, connection.begin():
        config = steps.configuration(connection)
        config.set_main_option("version_locations", f"{migrations.FOLDER / 'versions'}:{folder}")
        config.set_main_option("version_path_separator", ":")
        command.upgrade(config, revision.format(own=own.number))


def test_web_works_on_beside_a_schema_that_is_one_step_ahead_and_refuses_one_that_lost_something(
    url: str, tmp_path: Path
) -> None:
    engine = open_engine(url)
    steps.upgrade(engine)
    folder = tmp_path / "later"
    folder.mkdir()
    step_to(engine, folder, "9001_since_{own}")
    migrations.require_present(engine)
    world = ClinicWorld(settings_in(tmp_path, url, "redis://127.0.0.1:1/0"))
    assert Readiness(world.gateway).waits_for() == ""
    nurse, doctor = world.employee(), world.clinic_user()
    consultation = world.wait_in_queue(of=nurse, practice=PRACTICE)
    assert doctor.post(f"/api/v1/entries/{world.entry_of(consultation)}/accept").status_code == 200
    told = nurse.post(f"/api/v1/consultations/{consultation.id}/phone", {"clinician": "Lise Hansen"})
    assert told.status_code == 200, told.json
    noted = nurse.post(f"/api/v1/consultations/{consultation.id}/approve", {"text": "Penicillin i syv dage."})
    assert noted.status_code == 200, noted.json
    assert world.reload(consultation).status in (Status.REVIEW, Status.CLOSED)
    step_to(engine, folder, "9002_since_9001")
    with pytest.raises(ConfigFault, match=r"schema 9002_since_9001.*newer release has upgraded it") as refused:
        migrations.require_present(engine)
    assert len(refused.value.faults) == 1
    assert Readiness(world.gateway).waits_for() == "schema"
    engine.dispose()
    world.gateway.engine.dispose()


def test_the_schema_says_with_whom_it_goes_and_nothing_else_is_believed(tmp_path: Path) -> None:
    engine = open_engine(f"sqlite:///{tmp_path / 'named.db'}")
    steps.upgrade(engine)
    own = migrations.Revision.of(migrations.newest())
    assert own is not None
    for name in (
        "9001",
        "9001_since_9000",
        f"0000_since_{own.number}",
        "9001_since_",
        "late",
        f"9001_SINCE_{own.number}",
    ):
        with engine.connect() as connection, connection.begin():
            connection.execute(text("UPDATE alembic_version SET version_num = :name"), {"name": name})
        with pytest.raises(ConfigFault, match="newer release"):
            migrations.require_present(engine)
    engine.dispose()


def ours() -> list[Step]:
    found = reversed(list(ScriptDirectory.from_config(steps.configuration()).walk_revisions()))
    return [Step(each.revision, each.module.kind, Path(each.path).read_text(encoding="utf-8")) for each in found]


def test_each_step_of_ours_lets_the_former_release_work_on() -> None:
    assert list(faults(ours())) == []


FIRST = Step("0001", "expand", "")
GOOD = Step("0002_since_0001", "expand", "op.add_column('x', sa.Column('y', sa.Text))")
BAD = {
    "a column is dropped": Step("0002_since_0001", "expand", "op.drop_column('x', 'y')"),
    "a column is renamed": Step("0002_since_0001", "migrate", "op.alter_column('x', 'y', new_column_name='z')"),
    "a column becomes required": Step("0002_since_0001", "expand", "op.alter_column('x', 'y', nullable=False)"),
    "a required column": Step("0002_since_0001", "expand", "op.add_column('x', sa.Column('y', nullable=False))"),
    "no such kind": Step("0002_since_0001", "improve", ""),
    "nobody older": Step("0002", "expand", ""),
    "the former release is shut out": Step("0002_since_0002", "contract", ""),
    "nobody is shut out": Step("0002_since_0001", "contract", ""),
    "shut out without a contract": Step("0002_since_0002", "migrate", ""),
}


@pytest.mark.parametrize("what", BAD)
def test_a_step_that_stops_the_former_release_is_named(what: str) -> None:
    assert list(faults([FIRST, BAD[what]]))


def test_expand_migrate_and_contract_in_their_order_are_in_order() -> None:
    filled = Step("0003_since_0001", "migrate", "op.execute('UPDATE x SET y = 1')")
    taken = Step("0004_since_0003", "contract", "op.drop_column('x', 'z')")
    assert list(faults([FIRST, GOOD, filled, taken])) == []
