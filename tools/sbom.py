"""The bill of materials: every package of the lock as CycloneDX 1.6 JSON.

python -m tools.sbom > sbom.cdx.json

The same lock gives the same bytes: no time of making and no random serial number stands in it.
"""

from __future__ import annotations

import json
import sys
import tomllib
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from tools.lock import LOCK, Package, packages


def bill(found: list[Package]) -> dict[str, Any]:
    """A CycloneDX document; its serial number follows from what it lists."""
    listed = [component(package) for package in found]
    name = json.dumps(listed, sort_keys=True)
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "serialNumber": f"urn:uuid:{uuid5(NAMESPACE_URL, name)}",
        "version": 1,
        "metadata": {"component": product()},
        "components": listed,
    }


def product() -> dict[str, Any]:
    project = tomllib.loads((LOCK.parent / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    own = {"type": "application", "bom-ref": "product", "name": project["name"], "version": project["version"]}
    return own | {"description": project["description"]}


def component(package: Package) -> dict[str, Any]:
    """Each file's hash is a reference of its own: a component's hashes are those of one file."""
    purl = f"pkg:pypi/{package.name}@{package.version}"
    files = [
        {"type": "distribution", "url": purl, "hashes": [{"alg": "SHA-256", "content": one}]} for one in package.hashes
    ]
    own = {"type": "library", "bom-ref": purl, "name": package.name, "version": package.version, "purl": purl}
    return own | {"externalReferences": files}


if __name__ == "__main__":
    json.dump(bill(packages()), sys.stdout, indent=1)
