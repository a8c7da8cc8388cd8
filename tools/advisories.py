"""The lock judged against a snapshot of advisories: which packages have a known weakness, and how old that is.

python -m tools.advisories SNAPSHOT.json [--older-than DAYS]

No snapshot is kept here: one is made where there is a way to the advisories. It is one JSON document: ``as_of`` (a
day), ``looked_up`` (the names of all packages that were asked about) and ``advisories`` (OSV 1.x documents). Ends with
1 for a weakness, for a package nobody asked about, and for a snapshot that is too old; a clean answer says of which day
it is.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from packaging.version import InvalidVersion, Version

from tools.lock import Package, packages

OLD = 30  # days


def faults(snapshot: dict[str, Any], found: list[Package], today: date, oldest: int = OLD) -> Iterator[str]:
    """One sentence each; nothing where the lock is clean on the snapshot's day."""
    asked = {str(name).lower() for name in snapshot["looked_up"]}
    age = (today - date.fromisoformat(snapshot["as_of"])).days
    if not 0 <= age <= oldest:
        yield f"the snapshot is {age} days old, and may be {oldest}"
    for package in found:
        if package.name not in asked:
            yield f"{package.name}: nobody asked about it"
        for advisory in snapshot["advisories"]:
            if any(is_affected(package, each) for each in advisory.get("affected", ())):
                yield f"{package.name} {package.version}: {advisory['id']}"


def is_affected(package: Package, affected: dict[str, Any]) -> bool:
    """By OSV's ``versions`` or its ranges of kind ECOSYSTEM."""
    own = affected["package"]
    if own["ecosystem"] != "PyPI" or own["name"].lower() != package.name:
        return False
    ranges = [r for r in affected.get("ranges", ()) if r["type"] == "ECOSYSTEM"]
    return package.version in affected.get("versions", ()) or any(is_within(package.version, r) for r in ranges)


def is_within(version: str, affected: dict[str, Any]) -> bool:
    """OSV's events in order: introduced opens, fixed closes before, last_affected closes after."""
    own, inside = Version(version), False
    for event in sorted(affected["events"], key=lambda event: _version(next(iter(event.values())))):
        kind, said = next(iter(event.items()))
        at = _version(said)
        if kind == "introduced" and own >= at:
            inside = True
        elif (kind == "fixed" and own >= at) or (kind == "last_affected" and own > at):
            inside = False
    return inside


def _version(text: str) -> Version:
    try:
        return Version(text)
    except InvalidVersion:
        return Version("0")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("snapshot", type=Path)
    parser.add_argument("--older-than", type=int, default=OLD, metavar="DAYS")
    given = parser.parse_args()
    snapshot, found = json.loads(given.snapshot.read_text(encoding="utf-8")), packages()
    wrong = list(faults(snapshot, found, datetime.now(UTC).date(), given.older_than))
    print("\n".join([*wrong, f"{len(found)} packages against the advisories of {snapshot['as_of']}"]))
    return 1 if wrong else 0


if __name__ == "__main__":
    raise SystemExit(main())
