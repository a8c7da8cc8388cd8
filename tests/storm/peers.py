"""Simulated peers in bad weather: ``python -m tests.storm.peers eoj|gp SEED SHARE [--careless] …`` runs one.

A share of all interactions goes wrong in a way that fits the interaction: an error after the change, a reply that never
comes, a change that comes after the caller has given up, a read that fails, a lock, an index that lags. ``--careless``
peers overlook ``If-None-Match`` and ``If-None-Exist`` too. ``/_storm/journal`` is what the peer itself holds, by mark;
``/_storm/share`` calms the weather.
"""

from __future__ import annotations

import argparse
import json
import random
import re
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from simulators.faults import Fault, Faults, Mode
from simulators.fhir.store import ResourceStore
from simulators.gp.app import GpSettings, gp_app
from simulators.serving import Served, announce_and_run

Json = dict[str, Any]
MARK = re.compile(r"storm-([0-9]{5})")
KINDS = ("Task", "DocumentReference", "Encounter")
LATE = 1.0  # seconds until a late change comes, and by which an index lags; the quiet periods are longer
WRITES: tuple[Mode, ...] = ("effect-then-500", "drop-reply", "late-apply", "locked-423", "down-503")
READS: tuple[Mode, ...] = ("down-503", "drop-reply", "effect-then-500")
MODES: dict[str, tuple[Mode, ...]] = {
    "create": WRITES,
    "update": WRITES,
    "read": READS,
    "search": READS,
    "token": ("down-503", "drop-reply"),
}


class Weather(Faults):
    """Planned faults as ever, and beside them a share of everything, drawn by seed."""

    def __init__(self, seed: int, share: float) -> None:
        super().__init__()
        self._source = random.Random(seed)
        self._drawing = threading.Lock()
        self.share = share

    def strikes(self, route: str, by_star: bool = True) -> Fault | None:
        planned = super().strikes(route, by_star)
        modes = MODES.get(route.rpartition(".")[2], ())
        if planned is not None or not modes or not self._now():
            return planned
        with self._drawing:
            mode = self._source.choice(modes)
        with self._lock:
            self._struck[f"{route} {mode}"] += 1
        return Fault(route=route, mode=mode, delay=LATE if mode == "late-apply" else 0.0)

    def indexed(self, resources: list[Json]) -> list[Json]:
        if not self._now():
            return resources
        since = (datetime.now(UTC) - timedelta(seconds=LATE)).isoformat(timespec="microseconds")
        found = [each for each in resources if str(each["meta"]["lastUpdated"]) < since]
        if len(found) < len(resources):
            with self._lock:
                self._struck["search lagging-index"] += 1
        return found

    def _now(self) -> bool:
        with self._drawing:
            return self._source.random() < self.share


def journal_of(store: ResourceStore) -> dict[str, dict[str, list[str]]]:
    """Key → kind → status of each resource: by the mark it carries, and by each of its business identifiers (an entry
    that has ended before it was sent holds no person and no mark)."""
    found: dict[str, dict[str, list[str]]] = {}
    for kind in KINDS:
        for resource in store.all(kind):
            identifiers = {str(each.get("value", "")) for each in resource.get("identifier", [])}
            for key in identifiers | set(MARK.findall(json.dumps(resource))):
                found.setdefault(key, {}).setdefault(kind, []).append(str(resource["status"]))
    return found


def bench_door(weather: Weather, store: ResourceStore) -> Blueprint:
    blueprint = Blueprint("storm", __name__)

    @blueprint.get("/journal")
    def journal() -> Response:
        return jsonify(journal_of(store))

    @blueprint.post("/share")
    def share() -> tuple[str, int]:
        weather.share = float(request.get_json()["share"])
        return "", 204

    return blueprint


def build(options: argparse.Namespace, base: str) -> Flask:
    """The simulator of that kind, with its weather and the storm's own door."""
    weather, store = Weather(options.seed, options.share), ResourceStore()
    app = (_eoj if options.kind == "eoj" else _gp)(options, base, store, weather)
    app.register_blueprint(bench_door(weather, store), url_prefix="/_storm")
    return app


def _eoj(options: argparse.Namespace, base: str, store: ResourceStore, weather: Weather) -> Flask:
    organisation = directory.load(None).organisation("fjordby")
    assert organisation is not None
    settings = EojSettings(
        options.gateway_url,
        organisation,
        records.load(options.records),
        client_keys=options.client_jwks,
        key_file=options.key_file,
        heeds_preconditions=not options.careless,
    )
    return eoj_app(base, settings, store, weather)


def _gp(options: argparse.Namespace, base: str, store: ResourceStore, weather: Weather) -> Flask:
    clinics = tuple(directory.load(None).clinics())
    settings = GpSettings(clinics, client_keys=options.client_jwks, heeds_preconditions=not options.careless)
    return gp_app(base, settings, store, weather)


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m tests.storm.peers")
    parser.add_argument("kind", choices=("eoj", "gp"))
    parser.add_argument("--listen", default="127.0.0.1:0")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--share", type=float, default=0.0)
    parser.add_argument("--careless", action="store_true")
    for name in ("--gateway-url", "--client-jwks", "--records", "--key-file"):
        parser.add_argument(name)
    options = parser.parse_args()
    served = Served(options.listen, f"{options.kind}.localhost")
    announce_and_run(served, build(options, served.url))


if __name__ == "__main__":
    main()
