"""Who may import whom: the linter's contracts, and what a linter cannot see."""

from __future__ import annotations

import ast
import subprocess
import sys
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import grimp
import pytest

from tests.architecture.source import PRODUCT, ROOT, imported, modules, name_of, nodes_of, uses

LINTER = Path(sys.executable).with_name("lint-imports")


def test_the_import_contracts_are_kept() -> None:
    run = subprocess.run([str(LINTER), "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False)
    assert run.returncode == 0, run.stdout


def test_no_modules_import_each_other_in_a_circle() -> None:
    """Imports inside functions count too; those under TYPE_CHECKING name types only and never run."""
    graph = grimp.build_graph(*PRODUCT, "simulators", cache_dir=None, exclude_type_checking_imports=True)
    imports = {module: graph.find_modules_directly_imported_by(module) for module in graph.modules}
    assert len(imports) >= len(modules(*PRODUCT)), "the whole product is looked at"
    try:
        TopologicalSorter(imports).prepare()
    except CycleError as circle:
        pytest.fail(" → ".join(circle.args[1]))


# Each library has one home, so that exchanging it is one package's matter.
HOMES = {
    "flask": ("gateway/web", "simulators"),
    "sqlalchemy": ("gateway/store", "gateway/wiring.py"),
    "alembic": ("gateway/store",),
    "celery": ("workers",),
    "kombu": ("workers",),
    "zeep": ("adapters/wire/soap.py",),
    "aiortc": ("video", "simulators"),
    "aioice": ("video", "simulators"),
    "typer": ("gateway/cli",),
    "rich": ("gateway/cli",),
    "lxml": ("adapters/wire", "gateway/masterdata", "simulators"),
    "redis": ("gateway/wake.py", "workers", "gateway/live"),
    "limits": ("gateway/rate_limits.py",),
}


@pytest.mark.parametrize("library", HOMES)
def test_each_library_lives_where_it_belongs(library: str) -> None:
    strangers = [
        name_of(p)
        for p in modules(*PRODUCT, "simulators")
        if uses(p, library) and not name_of(p).startswith(HOMES[library])
    ]
    assert strangers == []


def test_fhir_resources_are_r4_and_nothing_else() -> None:
    """The root of fhir.resources is R5; Danish peers speak R4."""
    wrong = {
        name_of(p): name
        for p in modules(*PRODUCT, "simulators", "tests", "bench")
        for name in imported(p)
        if name.startswith("fhir.resources") and not name.startswith("fhir.resources.R4B")
        and name != "fhir.resources"
    }  # fmt: skip
    assert wrong == {}


def test_video_knows_a_room_and_how_to_log() -> None:
    allowed = ("gateway.domain.room", "gateway.logs")
    others = {
        name
        for p in modules("video")
        for name in imported(p)
        if name.startswith("gateway.") and not name.startswith(allowed)
    }
    assert others <= {"gateway.domain"}, others


def test_the_peer_is_the_only_file_of_video_that_knows_its_library() -> None:
    """With the classes that stand in aiortc's place, which the peer alone imports."""
    assert {p.name for p in modules("video") if uses(p, "aiortc")} == {"peer.py", "standins.py"}
    assert {p.name for p in modules("video") if uses(p, "video.standins")} == {"peer.py"}


DOCUMENTED = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)


def _names_simulators(path: Path) -> bool:
    nodes = nodes_of(path)
    docs = {ast.get_docstring(node, clean=False) for node in nodes if isinstance(node, DOCUMENTED)}
    words = {node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str)}
    return any("simulators" in word for word in words - docs) or uses(path, "simulators")


def test_production_code_names_the_simulators_only_to_start_the_demo_and_to_certify() -> None:
    naming = [name_of(p) for p in modules(*PRODUCT) if _names_simulators(p)]
    assert naming == ["gateway/certify/simulated.py", "gateway/cli/demo.py"]


# Together, since what none of them holds their union does not hold; the media process alone, since it knows least.
PROCESSES = {
    "gateway": "import gateway.web.wsgi, gateway.live.__main__, gateway.live.app, gateway.cli, workers.relay",
    "media": "import video.process, video.signalling, video.peer",
}


@pytest.mark.parametrize("process", PROCESSES)
def test_no_process_holds_a_simulator(process: str, process_environment: dict[str, str]) -> None:
    """What importlib brings in is invisible to a linter: so ask the process itself, adapters and all."""
    code = f"""
import sys
{PROCESSES[process]}
if "adapters" in sys.modules:
    from adapters.discovery import find_adapter
    for kind, name in (("eoj", "smart_fhir"), ("eoj", "signed_launch"), ("gp_system", "fhir_r4"),
                       ("gp_system", "browser"), ("identity", "oidc")):
        find_adapter(kind, name)
strangers = [m for m in sys.modules if m.split(".")[0] in ("simulators", "tests")]
crossed = [m for m in sys.modules if m.startswith(("gateway.store", "gateway.services", "adapters"))]
assert not strangers, strangers
assert {process!r} != "media" or not crossed, crossed
"""
    run = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, env=process_environment, capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, run.stderr


def test_no_celery_task_takes_anything_but_ids() -> None:
    """What lies in Redis is an id and nothing else (requirements.md Q3)."""
    from uuid import uuid4

    from gateway.settings import Settings
    from workers.app import build

    urls = dict.fromkeys(("public_url", "live_url", "media_url"), "http://gateway.localhost")
    keys = dict.fromkeys(("data_key", "index_key", "media_secret", "client_key"), "env:NONE")
    app = build(Settings(database_url="sqlite://", redis_url="redis://127.0.0.1:1/0", **urls, **keys))
    own = {name: task for name, task in app.tasks.items() if not name.startswith("celery.")}
    assert set(own) == {"deliver"}
    for task in own.values():
        arguments = task.run.__annotations__
        assert {n for n in arguments if n != "return"} == {"id"}
        assert arguments["id"] in (str, "str")
        with pytest.raises(ValueError):
            task.run("not an id " + str(uuid4()))
