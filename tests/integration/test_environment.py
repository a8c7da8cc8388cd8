"""The Makefile's own recipe beside an index full of newer releases: the environment is the lock, whatever comes."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import tomllib
from collections.abc import Sequence
from pathlib import Path

import pytest

from tests.support.package_index import PackageIndex, canonical, closure, pins

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())
PACKAGES = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["packages"]
INCLUDED = PROJECT["tool"]["hatch"]["build"]["targets"]["wheel"]["force-include"]
BUILDING = [*PROJECT["build-system"]["requires"], "hatchling", "editables", "pip"]

pytestmark = pytest.mark.timeout(900)  # half a minute of processor time, beside whatever else the machine does


@pytest.fixture(scope="module")
def index(tmp_path_factory: pytest.TempPathFactory) -> PackageIndex:
    lock = (ROOT / "requirements.lock").read_text()
    return PackageIndex(tmp_path_factory.mktemp("index"), lock, closure(BUILDING, pins(lock)))


@pytest.fixture(scope="module")
def clone(index: PackageIndex, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A fresh clone, as far as the recipe looks at it, whose lock has the hashes of the index."""
    clone = tmp_path_factory.mktemp("clone")
    for name in ("Makefile", "pyproject.toml", PROJECT["project"]["readme"]):
        shutil.copy(ROOT / name, clone / name)
    for name in (*PACKAGES, *INCLUDED):
        (clone / name).symlink_to(ROOT / name)
    (clone / "requirements.lock").write_text(index.lock)
    return clone


@pytest.fixture(scope="module")
def made(clone: Path, index: PackageIndex) -> subprocess.CompletedProcess[str]:
    """What a newcomer's first command does before anything else."""
    return run(["make", ".venv/.ready"], clone, index)


def run(command: Sequence[str], clone: Path, index: PackageIndex) -> subprocess.CompletedProcess[str]:
    """With a pip that knows no other index and none of this machine's settings."""
    kept = {key: value for key, value in os.environ.items() if not key.startswith(("PIP_", "MAKE", "MFLAGS"))}
    pip = {"PIP_CONFIG_FILE": os.devnull, "PIP_INDEX_URL": index.folder.as_uri(), "PIP_NO_CACHE_DIR": "1"}
    return subprocess.run(command, cwd=clone, env=kept | pip, capture_output=True, text=True, check=False)


def installed(clone: Path, index: PackageIndex) -> dict[str, str]:
    listed = json.loads(run([f"{clone}/.venv/bin/pip", "list", "--format=json"], clone, index).stdout)
    return {canonical(one["name"]): one["version"] for one in listed if one["name"] != PROJECT["project"]["name"]}


Made = subprocess.CompletedProcess[str]


def test_exactly_the_lock_is_installed_whatever_has_been_released_since(
    made: Made, clone: Path, index: PackageIndex
) -> None:
    assert made.returncode == 0, made.stderr
    assert installed(clone, index) == index.pins


def test_a_pip_that_resolves_would_take_the_newer_releases(made: Made, clone: Path, index: PackageIndex) -> None:
    """Else the index would tempt nobody and the test above would show nothing."""
    resolving = [f"{clone}/.venv/bin/pip", "install", "--dry-run", "--ignore-installed", *index.pins]
    taken = {canonical(word) for word in run(resolving, clone, index).stdout.split()}
    old = {name for name, version in index.pins.items() if canonical(f"{name}-{version}") in taken}
    assert len(old) < len(index.pins) / 10, "only what another package pins exactly may stay"


def test_a_lock_without_something_required_is_not_taken_for_a_ready_environment(
    made: Made, clone: Path, index: PackageIndex
) -> None:
    missing = "werkzeug"  # required by flask, not by us
    run([f"{clone}/.venv/bin/pip", "uninstall", "--yes", missing], clone, index)
    entries = [entry for entry in index.entries if not entry.startswith(f"{missing}==")]
    (clone / "requirements.lock").write_text("".join(entries))
    (clone / ".venv/.ready").unlink()
    refused = run(["make", ".venv/.ready"], clone, index)
    assert refused.returncode != 0
    assert missing in (refused.stdout + refused.stderr).lower()
    assert not (clone / ".venv/.ready").exists()
