"""The clients are exactly these, wherever they are installed from."""

from __future__ import annotations

import json
import re
import tomllib

from tests.architecture.source import ROOT
from tests.clients.world import HERE

PACKAGE = json.loads((HERE / "package.json").read_text(encoding="utf-8"))
LOCK = json.loads((HERE / "package-lock.json").read_text(encoding="utf-8"))["packages"]
IN_PYTHON = ("fhirpy", "suds-community")


def test_every_npm_client_is_one_version() -> None:
    wanted = PACKAGE["dependencies"]
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in wanted.values())
    assert {name: LOCK[f"node_modules/{name}"]["version"] for name in wanted} == wanted


def test_the_lock_file_knows_each_package_by_its_hash_and_no_address() -> None:
    installed = {name: each for name, each in LOCK.items() if name}
    assert len(installed) > len(PACKAGE["dependencies"])
    assert all(each["integrity"].startswith("sha512-") and "resolved" not in each for each in installed.values())


def test_every_client_in_python_is_one_version() -> None:
    declared = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]["optional-dependencies"]
    assert all(any(each.startswith(f"{name}==") for each in declared["test"]) for name in IN_PYTHON)
