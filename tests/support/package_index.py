"""A package index on disk: every package of the lock at its locked version, beside made-up newer versions of each.

A wheel carries the installed package's own metadata (what it requires, its extras), so pip sees the true graph of
requirements. It carries the files as well only where the recipe runs them: pip, and what builds our own package.
"""

from __future__ import annotations

import hashlib
import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from importlib.metadata import Distribution, distribution
from pathlib import Path

_PINNED = re.compile(r"^(?P<name>[\w.-]+)==(?P<version>\S+) \\$", re.MULTILINE)
_WHEEL = "Wheel-Version: 1.0\nGenerator: laegebro-tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def canonical(name: str) -> str:
    """PEP 503."""
    return re.sub(r"[-_.]+", "-", name).lower()


def pins(lock: str) -> dict[str, str]:
    """Package → version of a requirements file with hashes."""
    return {canonical(found["name"]): found["version"] for found in _PINNED.finditer(lock)}


def newer(version: str) -> tuple[str, str]:
    """One release that every upper bound still allows, and one far away (PEP 440)."""
    base, _, post = version.partition(".post")
    return f"{base}.post{int(post or 0) + 1}", "9999"


class PackageIndex:
    """A "simple" index (PEP 503) under ``folder``; ``lock`` is the same lock with the hashes of its wheels."""

    def __init__(self, folder: Path, lock: str, whole: Iterable[str]) -> None:
        self.folder = folder
        self.pins = pins(lock)
        self._whole = frozenset(whole)
        self.entries = [self._offer(name, version) for name, version in self.pins.items()]
        self.lock = "".join(self.entries)

    def _offer(self, name: str, version: str) -> str:
        """Write the wheels and the page of one package; returns its entry in the lock."""
        kept = distribution(name)
        assert kept.version == version, f"{name} {kept.version} is installed, the lock says {version}: run make"
        folder = self.folder / name
        folder.mkdir(parents=True)
        wheels = [_write_wheel(folder, kept, version, whole=name in self._whole)]
        wheels += [_write_wheel(folder, kept, later, whole=False) for later in newer(version)]
        links = (f'<a href="{one.name}#sha256={_digest(one)}">{one.name}</a>' for one in wheels)
        (folder / "index.html").write_text("<!DOCTYPE html>\n" + "<br>\n".join(links))
        return f"{name}=={version} \\\n    --hash=sha256:{_digest(wheels[0])}\n"


def closure(names: Iterable[str], known: Mapping[str, str]) -> set[str]:
    """These packages and what they require, as far as ``known`` (the lock) holds it."""
    reached: set[str] = set()
    waiting = [canonical(name) for name in names]
    while waiting:
        name = waiting.pop()
        if name in reached or name not in known:
            continue
        reached.add(name)
        waiting += [canonical(re.split(r"[^\w.-]", line)[0]) for line in distribution(name).requires or ()]
    return reached


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def _write_wheel(folder: Path, kept: Distribution, version: str, *, whole: bool) -> Path:
    """A wheel that says it is ``version``, with the metadata of ``kept`` and, where ``whole``, its files."""
    stem = f"{re.sub(r'[-_.]+', '_', kept.metadata['Name'])}-{version}"
    path = folder / f"{stem}-py3-none-any.whl"
    info = f"{stem}.dist-info"
    members = {f"{info}/METADATA": _metadata(kept, version), f"{info}/WHEEL": _WHEEL.encode()}
    members |= dict(_files(kept, info)) if whole else {}
    record = "".join(f"{member},,\n" for member in [*members, f"{info}/RECORD"])
    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as wheel:
        for member, content in {**members, f"{info}/RECORD": record.encode()}.items():
            wheel.writestr(member, content)
    return path


def _metadata(kept: Distribution, version: str) -> bytes:
    """The installed headers that pip reads, with another version."""
    wanted = ("Metadata-Version", "Name", "Requires-Python", "Requires-Dist", "Provides-Extra")
    headers = [(key, value) for key, value in kept.metadata.items() if key in wanted]
    return "".join(f"{key}: {value}\n" for key, value in [*headers, ("Version", version)]).encode()


def _files(kept: Distribution, info: str) -> Iterator[tuple[str, bytes]]:
    """The package's modules and entry points, by their place in a wheel."""
    for file in kept.files or ():
        if ".." in file.parts or "__pycache__" in file.parts:
            continue
        if not file.parts[0].endswith(".dist-info"):
            yield str(file), Path(str(file.locate())).read_bytes()
        elif file.name == "entry_points.txt":
            yield f"{info}/entry_points.txt", Path(str(file.locate())).read_bytes()
