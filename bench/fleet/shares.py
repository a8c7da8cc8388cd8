"""Processes that each get at most a share of a core: by a control group of their own (v2 or v1), or ``cpulimit``."""

from __future__ import annotations

import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import suppress
from pathlib import Path

PERIOD = 20_000  # microseconds; short, so that a process that has used up its share waits a moment and not a tenth
TREE = Path("/sys/fs/cgroup")
OLD = TREE / "cpu"
TICKS = os.sysconf("SC_CLK_TCK")


class CannotHold(Exception):
    """Neither control groups nor ``cpulimit`` are to be had here."""


class Shares:
    """``command`` wraps what is started; ``hold`` and ``let_go`` say when the share counts (``cpulimit``: always).
    ``way``: by what it is held. In control groups each gets its share before whatever else this machine is doing, and
    so does this process with all it starts (load, database, proxy, peers), which has no limit."""

    def __init__(self, share: float) -> None:
        self.share = share
        self._groups: dict[str, Path] = {}
        self._own = f"laegebro-share-{os.getpid()}"
        self.way, self._root = self._found()
        self._rest = self._root / f"{self._own}-rest" if self._root else None
        if self._rest:
            _made(self._rest)
            (self._rest / "cgroup.procs").write_text(str(os.getpid()))

    def command(self, name: str, command: Sequence[str]) -> list[str]:
        if self._root is None:
            return ["cpulimit", "--include-children", "--limit", str(round(self.share * 100)), "--", *command]
        group = self._groups.setdefault(name, self._root / f"{self._own}-{name}")
        _made(group)
        return ["/bin/sh", "-c", 'echo $$ > "$0/cgroup.procs" && exec "$@"', str(group), *command]

    def hold(self) -> None:
        self._set(round(self.share * PERIOD))

    def let_go(self) -> None:
        self._set(-1)

    def close(self) -> None:
        """Once nothing of it runs any more."""
        if self._root:
            (self._root / "cgroup.procs").write_text(str(os.getpid()))
        for group in (*self._groups.values(), *([self._rest] if self._rest else [])):
            with suppress(OSError):
                group.rmdir()

    def _set(self, quota: int) -> None:
        for group in self._groups.values():
            if (group / "cpu.max").exists():
                (group / "cpu.max").write_text(f"{quota if quota > 0 else 'max'} {PERIOD}")
            else:
                (group / "cpu.cfs_period_us").write_text(str(PERIOD))
                (group / "cpu.cfs_quota_us").write_text(str(quota))

    def _found(self) -> tuple[str, Path | None]:
        for way, root, setting in (("cgroup v2", TREE, "cpu.max"), ("cgroup v1", OLD, "cpu.cfs_quota_us")):
            if _offers(root, self._own, setting):
                return way, root
        if shutil.which("cpulimit"):
            return "cpulimit", None
        raise CannotHold("no control group can be made here: apt-get install cpulimit")


def _made(group: Path) -> None:
    group.mkdir(exist_ok=True)
    for setting, weight in (("cpu.weight", "1000"), ("cpu.shares", "10240")):  # v2, v1: ten times the usual one
        if (group / setting).exists():
            (group / setting).write_text(weight)


def _offers(root: Path, name: str, setting: str) -> bool:
    """Whether a group made there can be given a share."""
    group = root / name
    try:
        if (root / "cgroup.subtree_control").exists():
            (root / "cgroup.subtree_control").write_text("+cpu")
        group.mkdir()
    except OSError:
        return False
    try:
        return (group / setting).exists()
    finally:
        group.rmdir()


def seconds_of(leaders: Iterable[int]) -> dict[int, float]:
    """Seconds of a core that the session of each process has used so far, as far as its members still run."""
    used = dict.fromkeys(leaders, 0.0)
    for session, seconds in _each():
        if session in used:
            used[session] += seconds
    return used


def _each() -> Iterator[tuple[int, float]]:
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has just ended
            told = stat.read_text().rpartition(")")[2].split()
            yield int(told[3]), (int(told[11]) + int(told[12])) / TICKS


def idle_seconds() -> float:
    """Of all cores of this machine, since it was started."""
    told = Path("/proc/stat").read_text().split("\n", 1)[0].split()
    return (int(told[4]) + int(told[5])) / TICKS
