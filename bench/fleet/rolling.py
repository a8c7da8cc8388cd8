"""Ten calls, their pages and streams, and consultations one after the other, while every process is ended by SIGTERM
and started again in its turn, and nginx reads its file anew."""

from __future__ import annotations

import asyncio
import os
import signal
import time
from collections import Counter
from functools import partial
from pathlib import Path

import aiohttp

from bench.figures import Figures, percentile
from bench.fleet.house import OURS, Fleet, know_own_names, opened
from bench.fleet.people import Page, id_of, seated_calls
from bench.fleet.settling import is_ready, settled, show_faults
from bench.fleet.working import Work
from bench.rooms.callers import Asked, Holder, Seen, Way
from bench.rooms.house import Call
from bench.rooms.killing import Crowd, Sitting, until
from gateway.domain.consultation import ringing
from gateway.domain.consultation.aggregate import Consultation, Status
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.services.changing import change
from gateway.settings import load
from gateway.wiring import Gateway
from simulators.demo.processes import Process
from tests.storm.grounds import Grounds, marked_citizens
from tests.storm.judge import Verdict

CALLS, WITH_PICTURES = 10, 2
NODES = {"media-1", "media-2"}
ROOM_FOR = 3000  # consultations that have a citizen of their own
BETWEEN = 2.0  # seconds from one process that is ready to the next one's end


async def measure(folder: Path, rounds: int, result: Figures) -> None:
    know_own_names()
    with opened(folder, ROOM_FOR) as grounds:
        os.environ |= {k: v for k, v in grounds.stack.environment.items() if k.startswith("LAEGEBRO_")}
        gateway = Gateway(load())
        await _measure(grounds, gateway, rounds, result)
        gateway.engine.dispose()
        show_faults(folder / "run")


async def _measure(grounds: Grounds, gateway: Gateway, rounds: int, result: Figures) -> None:
    citizens = marked_citizens(grounds.setting).citizens
    calls = await asyncio.to_thread(seated_calls, grounds, citizens, gateway, CALLS)
    async with aiohttp.ClientSession(
        connector=aiohttp.TCPConnector(ssl=False, limit=0), timeout=aiohttp.ClientTimeout(total=20)
    ) as http:
        await until(lambda: {node.name for node in gateway.places.nodes()} == NODES)
        crowd = await _seated(gateway, calls, http)
        pages = [_page(grounds.stack.gateway_url, call.sides[0].cookie, call.consultation, http) for call in calls]
        following = [asyncio.create_task(each) for page in pages for each in (page.ask(), page.follow())]
        work = Work(grounds, citizens, gateway, CALLS)
        work.begin()
        for number in range(rounds):
            await _all_restarted(grounds, crowd, number)
        await asyncio.to_thread(work.end)
        for task in following:
            task.cancel()
        whole = await until(lambda: not crowd.places()["apart"] and not crowd.places()["split"])
        print(f"calls whole again {whole:.1f} s after the last restart: {dict(crowd.places())}")
        verdict = await asyncio.to_thread(settled, grounds, work.effects.courses)
        _judge(gateway, crowd, pages, work, verdict, result)
        for person in crowd.people:
            await person.stop()


async def _seated(gateway: Gateway, calls: list[Call], http: aiohttp.ClientSession) -> Crowd:
    asked, people = Asked(), list[Sitting]()
    for number, call in enumerate(calls):
        for side in call.sides:
            people.append((Seen if number < WITH_PICTURES else Holder)(Way(side, http, asked)))
    crowd = Crowd(calls, people, asked)
    for person in people:
        await person.start()
    await until(lambda: not crowd.places()["apart"] and all(p.frames_received > 5 for p in crowd.seen))
    print(f"{len(calls)} calls seated: {dict(crowd.places())}")
    for call in calls:
        _begin_talk(gateway, call)
    return crowd


def _begin_talk(gateway: Gateway, call: Call) -> None:
    """As a heartbeat does that tells of media from both sides: most of these people hold their seats without any."""

    def begun(found: Consultation) -> Consultation:
        present = {person.id for person in found.participants}
        calling = found.status is Status.CALLING
        return ringing.start_talk(found, gateway.clock.now(), SYSTEM, present) if calling else found

    change(gateway.store, SystemScope(), id_of(call), begun)


def _page(web: str, cookie: tuple[str, str], consultation: str, http: aiohttp.ClientSession) -> Page:
    addresses = (f"{web}/api/v1/consultations/{consultation}/state", f"{web}/konsultation/{consultation}")
    return Page(cookie, addresses, f"{web}/live/consultation/{consultation}", http)


async def _all_restarted(grounds: Grounds, crowd: Crowd, number: int) -> None:
    stack = grounds.stack
    assert isinstance(stack, Fleet)
    for name in OURS:
        started = time.monotonic()
        os.kill(stack[name].pid, signal.SIGTERM)
        await until(partial(_has_ended, stack[name]), 90)
        ended = time.monotonic() - started
        code = stack[name].exit_code
        await asyncio.to_thread(stack[name].start)
        await until(partial(is_ready, stack.ready(name)))
        print(
            f"round {number + 1}: {name} ended with {code} in {ended:.1f} s, ready {time.monotonic() - started:.1f} s"
        )
        await asyncio.sleep(BETWEEN)
    os.kill(stack["nginx"].pid, signal.SIGHUP)
    await asyncio.sleep(BETWEEN)
    print(f"round {number + 1}: nginx reloaded; {dict(crowd.places())}", flush=True)


def _has_ended(process: Process) -> bool:
    return not process.alive


def _judge(gateway: Gateway, crowd: Crowd, pages: list[Page], work: Work, verdict: Verdict, result: Figures) -> None:
    places, effects, asked = crowd.places(), work.effects, crowd.asked
    scope = SystemScope()
    talking = (Status.CALLING, Status.IN_CALL)
    ended = [call for call in crowd.calls if gateway.store.load(scope, id_of(call)).status not in talking]
    requests = [second for page in pages for second in page.seconds]
    failed = Counter(each for page in pages for each in page.failed)
    acts = effects.failed()
    why = dict(Counter(asked.why))
    print(f"failed: {dict(failed)}; acts {dict(acts)}; {asked.tickets} tickets, refused {why}; {verdict.faults}")
    print(f"{sum(page.cuts for page in pages)} streams cut; unheard {effects.unheard}")
    result.at_most("fleet_calls_ended", len(ended), "calls", 0)
    result.at_most("fleet_calls_not_whole", places["apart"] + places["split"], "calls", 0)
    result.at_least("fleet_requests", len(requests), "requests", 500)
    result.at_most("fleet_requests_failed", failed.total() + asked.failed + asked.refused, "requests", 0)
    result.at_most("fleet_request_p99", percentile(requests, 0.99), "s", 2)
    result.at_least("fleet_acts", sum(len(c.acknowledged) for c in effects.courses), "acts", 100)
    result.at_most("fleet_acts_failed", acts.total(), "acts", 0)
    result.at_least("fleet_rings", len(effects.rings), "rings", 20)
    result.at_most("fleet_rings_lost", len(effects.unheard), "rings", 0)
    result.at_most("fleet_ring_p99", percentile(effects.rings, 0.99), "s", 5)
    result.at_most("fleet_stream_gap_most", max((g for p in pages for g in p.gaps), default=0), "s", 5)
    for wrong in ("lost", "doubled", "stuck", "unsettled", "untrue"):
        result.at_most(f"fleet_deliveries_{wrong}", len(getattr(verdict, wrong)), "deliveries", 0)
