"""Nothing of a call is kept: a media process that forwards has no file open for writing and shares no memory."""

from __future__ import annotations

import asyncio
import os
import stat
from pathlib import Path

import pytest

from tests.support.processes.media_client import MediaProcess, eventually

pytestmark = [pytest.mark.timeout(240), pytest.mark.timeless("packets are timed by the monotonic clock")]


def kept(pid: int) -> set[str]:
    """Regular files that the process has open for writing, and memory that outlives it or that others can read."""
    process = Path(f"/proc/{pid}")
    ours = {(os.fstat(fd).st_dev, os.fstat(fd).st_ino) for fd in (1, 2)}  # inherited: where its log lines go
    found = set()
    for link in (process / "fd").iterdir():
        try:
            opened, flags = link.stat(), (process / "fdinfo" / link.name).read_text().split("flags:\t")[1].split()[0]
            if stat.S_ISREG(opened.st_mode) and int(flags, 8) & 3 and (opened.st_dev, opened.st_ino) not in ours:
                found.add(str(link.readlink()))
        except FileNotFoundError:  # closed meanwhile
            continue
    for line in (process / "maps").read_text().splitlines():
        _, rights, *_, path = [*line.split(maxsplit=5), ""][:6]
        if rights[1] == "w" and rights[3] == "s":
            found.add(path)
    return found


def kept_by_all(pid: int) -> set[str]:
    """By a process and those it has forked."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return kept(pid).union(*(kept(int(child)) for child in children))


async def _kept_during_a_call(media: MediaProcess) -> set[str]:
    await media.start()
    people = [media.participant("clinic"), media.participant("home")]
    try:
        for person in people:
            await person.start()
        found = set()
        for _ in range(3):
            before = [person.frames_received for person in people]
            await eventually(
                lambda before=before: all(p.frames_received > n + 5 for p, n in zip(people, before, strict=True)),  # type: ignore[misc]
                "both decode pictures",
            )
            found |= kept_by_all(media.pid)
        await asyncio.gather(*(person.stop() for person in people))
        return found | kept_by_all(media.pid)
    finally:
        await media.stop()


@pytest.mark.parametrize("program", ["video", "video.keeper"])
async def test_nothing_is_written_during_a_call(program: str) -> None:
    assert await _kept_during_a_call(MediaProcess(program=program)) == set()


async def test_a_process_that_does_record_is_found_out(tmp_path: Path) -> None:
    tap = tmp_path / "carried"
    media = MediaProcess(environment={"TAP": str(tap)}, program="tests.support.processes.tapped_media")
    assert await _kept_during_a_call(media) == {str(tap)}
