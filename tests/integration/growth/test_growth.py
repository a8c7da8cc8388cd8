"""Nothing grows with what is stored: every statement of requests, doors and periodic jobs over 10,000 consultations.

Each statement that runs is explained and its work counted where it runs. That no statement was missed is found in the
source of gateway/store: each call that sends one must have run here, or stand in ``ELSEWHERE`` with a reason.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Iterator, Mapping
from importlib import import_module
from pathlib import Path
from pkgutil import walk_packages
from types import ModuleType

import pytest
from sqlalchemy import CompoundSelect, Engine, Select, UpdateBase, create_engine

import gateway.store
from gateway.store.ground.schema import metadata
from tests.support.databases import PostgresServer
from tests.support.growth import asking, asking_operations, exercising
from tests.support.growth.beside import FIXED, filled_beside
from tests.support.growth.filling import FEWER, Filling
from tests.support.growth.history import tables_of_consultations
from tests.support.growth.places import Place, places
from tests.support.growth.recording import Recorder, Seen, identity
from tests.unit.web.acts.stage import Stage

STORED = 10_000
MOST_WORK = {"sqlite": 7_000, "postgresql": 600}  # steps of SQLite's machine; rows that PostgreSQL looks at
_IMPORT = "a register is imported whole, beside the one in force: every row of it is read and written"
_FILES = "writes files of its own, not the database"
_OPENING = "opens, marks and ends transactions: no table is read"
_BY_HAND = "an administrator's command: it lists or mends what is owed, all of it where she asks for all"
# Places whose statements are not tried here: file, or file and function.
ELSEWHERE: Mapping[str, str] = {
    "gateway/store/ground/clock.py": _OPENING,
    "gateway/store/ground/engine.py": _OPENING,
    "gateway/store/ground/postgres.py": _OPENING,
    "gateway/store/ground/guards.py:require_within_walls": _OPENING,
    "gateway/store/ground/reach.py": _OPENING,
    "gateway/store/ground/grants.py": "Roles of the server, asked when the schema is made.",
    "gateway/store/ground/ready.py": "hands on what is built elsewhere and recorded there",
    "gateway/store/ground/upsert.py": "builds each statement once, at its first use",
    "gateway/store/ground/signing.py": _OPENING,
    "gateway/store/consultation/writing.py:write_events": "on PostgreSQL a lock first: no table is read",
    "gateway/store/ground/bulk.py:insert_rows": _IMPORT,
    "gateway/store/ground/bulk.py:number_and_insert": _IMPORT,
    "gateway/store/register/insured.py:_copy": _IMPORT,
    "gateway/store/register/insured.py:_count": _IMPORT,
    "gateway/store/register/insured.py:_fill": _IMPORT,
    "gateway/store/register/insured.py:_replace": _IMPORT,
    "gateway/store/register/insured_spool.py": _FILES,
    "gateway/store/register/spool.py": _FILES,
    "gateway/store/register/provider_imports.py": _IMPORT,
    "gateway/store/register/register_imports.py": _IMPORT,
    "gateway/store/register/sor.py:_ids": _IMPORT,
    "gateway/store/register/sor.py:_kinds": _IMPORT,
    "gateway/store/register/sor.py:_names": _IMPORT,
    "gateway/store/register/sor.py:_swap": _IMPORT,
    "gateway/store/register/sor.py:changes": _IMPORT,
    "gateway/store/people/organisations.py:clinics": _BY_HAND,
    "gateway/store/watch/owed.py": _BY_HAND,
    "gateway/store/watch/repairs.py": _BY_HAND,
    "gateway/store/people/places.py:_one_after_the_other": "on PostgreSQL a lock first: no table is read",
    "gateway/store/watch/dumping.py": _BY_HAND,
    "gateway/store/watch/key_copies.py": "an administrator's copy of every key, in pages, and its return",
    "gateway/store/watch/restoring.py": "an administrator's restore, before any process starts",
    "gateway/store/consultation/own_keys.py:insert_with_key": "new rows, in one statement or two: no table is read",
    "gateway/store/matters/access.py:_follow_indexes": "a word to PostgreSQL's planner: no table is read",
    "gateway/store/trail/sealing.py:_is_alone": "on PostgreSQL a lock first: no table is read",
    "gateway/store/watch/resealing.py:_count": _BY_HAND,
    "gateway/store/watch/resealing.py:_reseal": "rows by their keys, where they lie under a former one",
    "gateway/store/trail/verifying.py": "an administrator's check of the whole trail, in pages",
    "gateway/store/register/sor.py:suppliers": "an administrator's count over the whole register",
}

# These answer with something for each row that is undone, so their work is as much as a person has to see to.
OF_UNDONE = tuple(f"gateway/store/watch/{name}.py" for name in ("figures", "maintaining", "overview", "owed"))


@pytest.fixture(params=["sqlite", "postgres"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Stage, Engine | None]]:
    """A world on a database of its own, and, on PostgreSQL, an engine that row-level security does not hold."""
    if request.param == "sqlite":
        yield Stage(tmp_path), None
        return
    server: PostgresServer = request.getfixturevalue("postgres_server")
    url = server.fresh()
    writer = create_engine(server.admin.url.set(database=url.database))
    yield Stage(tmp_path, url.render_as_string(hide_password=False)), writer
    writer.dispose()
    server.drop(url)


@pytest.mark.timeout(1200)  # half a minute on a quiet machine
def test_no_statement_grows_with_what_is_stored(stage: tuple[Stage, Engine | None]) -> None:
    made, writer = stage
    Filling(made, writer).grow_to(STORED)
    engine = made.gateway.engine
    recorder = Recorder(engine)
    with recorder.listening():
        for ask in (*asking.ASKING, *asking_operations.ASKING):
            ask(made)
        exercising.run_every_job(made)
        exercising.do_every_act(made)
        exercising.look_at_every_page(made)
    assert len(recorder.statements) > 150
    assert_all_tried(recorder)
    assert_nothing_grows(recorder, MOST_WORK[engine.dialect.name])


def assert_nothing_grows(recorder: Recorder, most: int) -> None:
    growing = set(metadata.tables) - set(FIXED)
    seen = recorder.statements.values()
    scans = [told(each) for each in seen if each.scans & growing]
    assert scans == [], "read from one end to the other:\n\n" + "\n\n".join(scans)
    heavy = [told(each) for each in seen if each.work > most and not is_of_undone(each)]
    assert heavy == [], f"more than {most} steps or rows:\n\n" + "\n\n".join(heavy)


def is_of_undone(seen: Seen) -> bool:
    return any(file in OF_UNDONE for file, _ in seen.sites)


def told(seen: Seen) -> str:
    sites = sorted(f"  at {file}:{line}" for file, line in seen.sites)
    return "\n".join([f"{seen.work}: {seen.text[:400]}", *sites, *seen.plan])


def assert_all_tried(recorder: Recorder) -> None:
    missed = [place for place in places() if not place.among(recorder.sites) and not is_elsewhere(place)]
    assert [f"{p.file}:{p.first} in {p.within}" for p in missed] == []
    assert sorted(never_run(recorder.objects)) == []


def is_elsewhere(place: Place) -> bool:
    return place.file in ELSEWHERE or f"{place.file}:{place.within}" in ELSEWHERE


def never_run(ran: set[object]) -> Iterator[str]:
    """Statements that a module of the store holds, and that neither ran nor are what others are made of."""
    names = [m.name for m in walk_packages(gateway.store.__path__, "gateway.store.") if "migrations" not in m.name]
    modules = [import_module(name) for name in names]
    used = {name for module in modules for name in built_upon(module)}
    for module in modules:
        if f"{module.__name__.replace('.', '/')}.py" in ELSEWHERE:
            continue
        for name, statement in statements_in(module):
            if identity(statement) not in ran and name not in used:
                yield f"{module.__name__}.{name}"


def statements_in(module: ModuleType) -> Iterator[tuple[str, object]]:
    for name, value in vars(module).items():
        inner = value if isinstance(value, dict) else vars(value) if has_fields(value) else {name: value}
        yield from ((name, each) for each in inner.values() if isinstance(each, (Select, CompoundSelect, UpdateBase)))


def has_fields(value: object) -> bool:
    return type(value).__module__.startswith("gateway.store") and hasattr(value, "__dict__")


def built_upon(module: ModuleType) -> Iterator[str]:
    """Names on which another statement is built: as ``X.where(…)``, or as an argument of what runs at import."""
    assert module.__file__ is not None
    tree = ast.parse(Path(module.__file__).read_text(encoding="utf-8"))
    inside = {
        id(node) for function in ast.walk(tree) if isinstance(function, ast.FunctionDef) for node in ast.walk(function)
    }
    for call in ast.walk(tree):
        if isinstance(call, ast.Call):
            parts = [call.func.value] if isinstance(call.func, ast.Attribute) else []
            yield from names_of([*parts, *([] if id(call) in inside else call.args)])


def names_of(parts: Iterable[ast.expr]) -> Iterator[str]:
    for part in parts:
        inner = part.value if isinstance(part, ast.Starred) else part
        if isinstance(inner, (ast.Name, ast.Attribute)):
            yield inner.id if isinstance(inner, ast.Name) else inner.attr


def test_every_table_is_filled_or_said_not_to_grow() -> None:
    filled = {table.name for table in (*filled_beside(), *tables_of_consultations())}
    assert filled.isdisjoint(FIXED)
    assert filled | set(FIXED) == set(metadata.tables)
    assert STORED // FEWER >= 1000, "enough rows for a scan to show in the work"
