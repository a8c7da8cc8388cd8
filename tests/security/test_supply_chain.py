"""What the product is made of is listed, and judged by a snapshot of advisories that says its age."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from tools import advisories, sbom
from tools.lock import Package, packages

TODAY = date(2026, 11, 30)
FLASK = Package("flask", "2.2.2", ("a" * 64,))


def snapshot(**changes: Any) -> dict[str, Any]:
    events = [{"introduced": "0"}, {"fixed": "2.2.5"}, {"introduced": "2.3.0"}, {"fixed": "2.3.2"}]
    affected = {
        "package": {"ecosystem": "PyPI", "name": "Flask"},
        "ranges": [{"type": "ECOSYSTEM", "events": events}],
        "versions": ["0.12"],
    }
    known = {"as_of": "2026-11-20", "looked_up": ["Flask"], "advisories": [{"id": "A-1", "affected": [affected]}]}
    return known | changes


def test_the_bill_of_materials_names_every_package_of_the_lock_with_its_hashes() -> None:
    found = packages()
    made = sbom.bill(found)
    assert len(found) > 100 and made["specVersion"] == "1.6" and made["metadata"]["component"]["name"] == "laegebro"
    listed = {
        each["purl"]: {r["hashes"][0]["content"] for r in each["externalReferences"]} for each in made["components"]
    }
    assert listed == {f"pkg:pypi/{p.name}@{p.version}": set(p.hashes) for p in found}
    assert sbom.bill(found) == made, "the same lock gives the same document"


def hashes_of(component: dict[str, Any]) -> set[str]:
    return {file["hashes"][0]["content"] for file in component["externalReferences"]}


def test_a_line_of_the_lock_that_pins_nothing_is_a_fault(tmp_path: Path) -> None:
    for line in ("flask>=3", "flask==3.0.0", "-e ."):
        (tmp_path / "lock").write_text(f"{line}\n")
        with pytest.raises(ValueError, match="not pinned"):
            packages(tmp_path / "lock")


@pytest.mark.parametrize(
    ("version", "weak"),
    [("0.12", True), ("2.2.2", True), ("2.2.5", False), ("2.2.9", False), ("2.3.1", True), ("2.3.2", False)],
)
def test_a_weakness_is_found_by_version_and_by_range(version: str, weak: bool) -> None:
    told = list(advisories.faults(snapshot(), [Package("flask", version, ())], TODAY))
    assert told == ([f"flask {version}: A-1"] if weak else [])


def test_what_nobody_asked_about_is_no_clean_answer() -> None:
    other = Package("other", "1", ())
    assert list(advisories.faults(snapshot(), [other], TODAY)) == ["other: nobody asked about it"]


@pytest.mark.parametrize("as_of", ["2026-10-30", "2026-12-01"])
def test_an_old_snapshot_and_one_of_tomorrow_are_said(as_of: str) -> None:
    told = list(advisories.faults(snapshot(as_of=as_of, advisories=[]), [FLASK], TODAY))
    assert len(told) == 1 and "days old" in told[0]
