"""What Chromium makes of a lossy, long or weak line through our process: bit-rate, height, freezes, recovery."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import Any, Final

from playwright.async_api import Browser, Page

from bench.figures import Figures
from bench.media.calls import Line, Server, chromium, figures, join, open_page, server_behind_lines

_SETTLING: Final = 14.0
_LOSING: Final = 20.0
_LOOK_EVERY: Final = 1.0
_LOOKS_FOR_RECOVERY: Final = 15
_RECOVERED: Final = 0.8  # of the bit-rate and frames before the loss


@dataclass(frozen=True, slots=True)
class Condition:
    """Loss in per cent on each of the two lines a picture passes; ``delay`` in ms from camera to screen."""

    loss: int
    burst: int = 1
    delay: int = 0

    @property
    def name(self) -> str:
        return f"loss{self.loss}" + (f"x{self.burst}" if self.burst > 1 else "") + f"_delay{self.delay}"


TABLE: Final = (
    *(Condition(loss) for loss in (0, 1, 2, 5, 10)),
    *(Condition(loss, burst, 50) for loss, burst in ((2, 1), (2, 5), (5, 1), (10, 1))),
    *(Condition(loss, burst, 150) for loss, burst in ((2, 1), (2, 5), (5, 1))),
    *(Condition(loss, burst, 300) for loss, burst in ((1, 1), (2, 1), (2, 5))),
)
QUICK: Final = (Condition(2, 1, 50),)


@dataclass(frozen=True, slots=True)
class Row:
    """What was seen during ``_LOSING`` seconds and after them; rates in kbit/s, ``recovery`` in seconds."""

    condition: Condition
    target: float
    received: float
    height: int
    frames: float
    freezes: int
    concealed: float
    recovery: float

    def __str__(self) -> str:
        loss, burst, delay = self.condition.loss, self.condition.burst, self.condition.delay
        parts = (
            f"loss {loss:2d} % burst {burst} delay {delay:3d} ms: target {self.target:5.0f}",
            f"received {self.received:5.0f} kbit/s, {self.height:3d}p {self.frames:4.1f} fps, {self.freezes} freezes,",
            f"sound made up {100 * self.concealed:4.1f} %, back after {self.recovery:.0f} s",
        )
        return " ".join(parts)


@dataclass(frozen=True, slots=True)
class Look:
    """Both ends of one picture at one moment."""

    sender: dict[str, Any]
    receiver: dict[str, Any]

    @classmethod
    async def take(cls, sender: Page, receiver: Page) -> Look:
        return cls(await figures(sender), await figures(receiver))

    def rate(self, before: Look) -> float:
        return 8 * (self.receiver["received"] - before.receiver["received"]) / self._milliseconds(before)

    def frames(self, before: Look) -> float:
        return 1000 * (self.receiver["frames"] - before.receiver["frames"]) / self._milliseconds(before)

    def concealed(self, before: Look) -> float:
        samples = self.receiver["samples"] - before.receiver["samples"]
        return (self.receiver["concealed"] - before.receiver["concealed"]) / max(1, samples)

    def freezes(self, before: Look) -> int:
        return int(self.receiver["freezes"] - before.receiver["freezes"])

    def _milliseconds(self, before: Look) -> float:
        return float(self.receiver["at"] - before.receiver["at"])


async def _one(condition: Condition, pages: tuple[Page, Page], lines: list[Line], losing: float) -> Row:
    delay = condition.delay / 2000
    before = await Look.take(*pages)
    await asyncio.sleep(4)
    good = await Look.take(*pages)
    for line in lines:
        await line.both(loss=condition.loss / 100, burst=condition.burst, delay=delay)
    start = await Look.take(*pages)
    await asyncio.sleep(losing / 2)
    half = await Look.take(*pages)
    await asyncio.sleep(losing / 2)
    end = await Look.take(*pages)
    for line in lines:
        await line.both(delay=delay)
    recovery = await _recovery(pages, good.rate(before), good.frames(before))
    return Row(
        condition,
        target=(half.sender["target"] + end.sender["target"]) / 2000,
        received=end.rate(half),
        height=end.receiver["height"],
        frames=end.frames(half),
        freezes=end.freezes(start),
        concealed=end.concealed(start),
        recovery=recovery,
    )


async def _recovery(pages: tuple[Page, Page], rate: float, frames: float) -> float:
    """Seconds until a whole second is as good as before the loss."""
    last = await Look.take(*pages)
    for count in range(_LOOKS_FOR_RECOVERY):
        await asyncio.sleep(_LOOK_EVERY)
        now = await Look.take(*pages)
        if now.rate(last) >= _RECOVERED * rate and now.frames(last) >= _RECOVERED * frames:
            return count * _LOOK_EVERY
        last = now
    return _LOOKS_FOR_RECOVERY * _LOOK_EVERY


async def _group(browser: Browser, address: str, conditions: list[Condition], losing: float) -> list[Row]:
    """All conditions of one delay in one call: the way is as long from the beginning."""
    async with server_behind_lines(2, LAEGEBRO_MEDIA_ALLOWED_ORIGINS=address) as (server, lines):
        for line in lines:
            await line.both(delay=conditions[0].delay / 2000)
        pages = await two_pages(browser, address, server)
        await asyncio.sleep(_SETTLING)
        rows = []
        for condition in conditions:
            rows.append(await _one(condition, pages, lines, losing))
            print(rows[-1], flush=True)
        for page in pages:
            await page.close()
        return rows


async def two_pages(browser: Browser, address: str, server: Server) -> tuple[Page, Page]:
    """The picture that is judged goes from the first to the second; the second's own is small."""
    sender, receiver = await open_page(browser, address), await open_page(browser, address)
    await join(sender, server, "clinic", role="clinic", line=server.lines[0])
    await join(receiver, server, "home", role="citizen", size=(320, 180), line=server.lines[-1])
    return sender, receiver


async def weak_downlink(browser: Browser, address: str, rate: int) -> tuple[list[Look], list[Look]]:
    """Looks once a second while only the receiver's way down carries ``rate`` bit/s, and after it."""
    async with server_behind_lines(2, LAEGEBRO_MEDIA_ALLOWED_ORIGINS=address) as (server, lines):
        pages = await two_pages(browser, address, server)
        await asyncio.sleep(_SETTLING)
        looks: list[list[Look]] = []
        for down in ({"rate": float(rate)}, {}):
            await lines[1].set({}, down)
            looks.append([await Look.take(*pages)])
            for _ in range(20):
                await asyncio.sleep(1)
                looks[-1].append(await Look.take(*pages))
        for page in pages:
            await page.close()
        return looks[0], looks[1]


async def measure(quick: bool, result: Figures) -> None:
    """Print the table and its figures. Chromium's own target must stay useful and come back when the loss ends."""
    async with chromium() as (browser, address):
        table, losing = (QUICK, 10.0) if quick else (TABLE, _LOSING)
        for delay in sorted({condition.delay for condition in table}):
            rows = await _group(browser, address, [c for c in table if c.delay == delay], losing)
            for row in rows:
                _judge(row, result)
        if not quick:
            await _judge_weak(browser, address, result)


def _judge(row: Row, result: Figures) -> None:
    name = row.condition.name
    result.at_least(f"{name}_target", row.target, "kbit/s", 1500 if row.condition.loss <= 5 else 500)
    result.at_least(f"{name}_received", row.received, "kbit/s", 0)
    result.at_least(f"{name}_height", row.height, "lines", 720 if row.condition.loss <= 5 else 360)
    result.at_most(f"{name}_freezes", row.freezes, "count", 0 if row.condition.loss <= 2 else 2)
    result.at_most(f"{name}_recovery", row.recovery, "s", 5)


async def _judge_weak(browser: Browser, address: str, result: Figures) -> None:
    weak, after = await weak_downlink(browser, address, 300_000)
    result.at_most("weak_300_sound_made_up", 100 * weak[-1].concealed(weak[8]), "%", 2)
    result.at_least("weak_300_frames", weak[-1].frames(weak[8]), "1/s", 15)
    back = next((n for n in range(1, len(after)) if after[n].rate(after[n - 1]) > 500), len(after))
    result.at_most("weak_300_recovery", back, "s", 10)
