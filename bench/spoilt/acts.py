"""Everything a person can do through a session, said wrongly: each act of the table (``gateway/web/acts.py``) by its
JSON route and by its form, as an employee, a clinic and a citizen; and every page, asked for by a spoilt address."""

from __future__ import annotations

import json
import random
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from flask.testing import FlaskClient
from werkzeug.routing import Rule

from bench.spoilt import effects
from bench.spoilt.door import Door
from gateway.domain.consultation.aggregate import Consultation
from gateway.domain.scope import SystemScope
from gateway.web.acts import Act
from gateway.web.guards import audience_of
from tests.support.spoiling.mutated_messages import mutated as spoilt_json
from tests.support.spoiling.mutations import mutated
from tests.unit.web.acts.exercises import EXERCISES
from tests.unit.web.acts.stage import Body, Stage
from tests.unit.web.acts.test_table import acts, address_of, flat

USES = 40  # of one consultation that no input has changed: a session or a one-time secret may be spent all the same
TEXTS = (
    *("Sår på underben væsker \N{GRINNING FACE} 李 雷", "x" * 299, "x" * 5_000, "<b>&amp;</b> %s {{7*7}}", "a\x00b"),
    *("\ud800", "\u202e2512489996", "første\r\nanden\x0btredje", " ", "", "null", "-1", "9" * 400, "é" * 120),
)
STRANGERS: Body = {"code": "ABCD2345", "language": "en", "next": "/"}  # what the routes without an act may be told
BOMBS = {
    "lists": b"[" * 900_000,
    "objects": b'{"reason":' * 90_000,
    "repeated-keys": b'{"reason":"a","reason":"b"}',
    "no-number": b'{"reason":NaN}',
    "too-large": b" " * 1_100_000,
}


@dataclass(frozen=True)
class Way:
    """One act by one of its routes; without an act a page, or what a stranger may post."""

    who: str
    verb: str
    rule: Rule
    act: Act | None = None

    @property
    def name(self) -> str:
        return f"{self.who} {self.rule.rule}"

    @property
    def method(self) -> str:
        return "POST" if self.act is not None or "GET" not in (self.rule.methods or ()) else "GET"

    @property
    def is_json(self) -> bool:
        return self.act is not None and self.rule.rule == self.act.json


@dataclass
class Ready:
    """Where a way may be tried: the consultation it is about, who presses, and what she says where all is well."""

    consultation: Consultation | None
    client: FlaskClient
    csrf: str
    address: str
    said: Body
    uses: int = 0


class Presses:
    """Tries each input on a consultation of its way's own, a new one as soon as an input has changed it."""

    def __init__(self, stage: Stage) -> None:
        self._stage = stage
        found = acts(stage.world.app)
        ways = [Way(who, verb, rule, act) for (who, verb), rows in found.items() for rule, act in rows]
        self.ways = {way.name: way for way in [*ways, *_pages(stage)]}
        self._ready: dict[str, Ready] = {}
        self._last: tuple[Way, Body, Ready] | None = None

    def send(self, content: bytes) -> tuple[int, float]:
        """A line with the name of the way; then a body as it is, or after ``#`` the number by which it is spoilt."""
        name, _, rest = content.partition(b"\n")
        way = self.ways[name.decode()]
        ready = self._ready.get(way.name) or self._made(way)
        ready.uses += 1
        self._last = None
        if rest.startswith(b"#"):
            request, said = _spoilt(way, ready, random.Random(int(rest[1:])))
            self._last = (way, said, ready)
        else:
            request = {"data": rest, "content_type": "application/json"}
        path = request.pop("path", ready.address)
        headers = {"X-CSRF-Token": ready.csrf}
        begun = time.perf_counter()
        answer = ready.client.open(path, method=way.method, headers=headers, **request)
        seconds = time.perf_counter() - begun
        if answer.status_code < 400 or answer.status_code in (401, 403) or ready.uses > USES:
            self._ready.pop(way.name, None)
        expected = way.act is not None and answer.status_code == EXERCISES[way.who][way.verb].status
        return 300 if expected else answer.status_code, seconds

    def undone(self, _content: bytes) -> str:
        if self._last is None:
            return ""
        way, said, ready = self._last
        if way.act is None or ready.consultation is None:
            return ""
        store, id = self._stage.gateway.store, ready.consultation.id
        told = [row.detail for row in store.timeline(SystemScope(), id)]
        words = {name: said.get(name) for name in way.act.form.model_fields}
        return effects.by_act(way.verb, words, store.load(SystemScope(), id), told)

    def _made(self, way: Way) -> Ready:
        stage = self._stage
        if way.act is None:
            about = stage.at("waiting")
            client = stage.doctor.client if way.who == "clinic" else stage.nurse.client
            said = STRANGERS if way.method == "POST" else {}
            ready = Ready(about, client, "", _address(way.rule, about), said)
        else:
            exercise = EXERCISES[way.who][way.verb]
            consultation = exercise.made(stage)
            known = stage.doctor if way.who == "clinic" else stage.nurse
            seat: Any = exercise.by(stage, consultation) if exercise.by else known
            csrf = seat.csrf if hasattr(seat, "csrf") else seat.session.csrf
            address = address_of(way.rule, exercise, stage, consultation)
            ready = Ready(consultation, seat.client, csrf, address, exercise.said(stage, consultation))
        self._ready[way.name] = ready
        return ready


def _pages(stage: Stage) -> Iterator[Way]:
    """Without those of adapters and of callers that prove themselves otherwise: they are doors of their own."""
    with stage.world.app.app_context():
        for rule in stage.world.app.url_map.iter_rules():
            audience, view = audience_of(rule.endpoint), stage.world.app.view_functions[rule.endpoint]
            if audience not in (None, "peer") and not hasattr(view, "act"):
                yield Way(str(audience), "", rule)


def _address(rule: Rule, about: Consultation) -> str:
    known = {"id": about.id, "entry": about.entries[-1].id, "attachment": about.id}
    built = rule.build({name: known.get(name, "x") for name in rule.arguments})
    return built[1] if built else "/"


def _spoilt(way: Way, ready: Ready, chance: random.Random) -> tuple[dict[str, Any], Body]:
    """What to open the route with, and what was said where it can still be read."""
    if way.method == "GET":
        path = mutated(ready.address.encode() + b"?del=1&q=x", chance).decode("latin-1")
        return {"path": "/" + path.lstrip("/")}, {}
    said = json.loads(json.dumps(ready.said))
    if chance.random() < 0.5:  # other words in the act's own fields
        names = _names(way)
        for name in chance.sample(names, min(2, len(names))):
            said[name] = chance.choice(TEXTS)
        return _written(way, said), said
    if way.is_json:
        body = list(spoilt_json([said], 1 + chance.randrange(2), chance))[-1]
        return {"data": body, "content_type": "application/json"}, _read(body)
    body = mutated(urlencode(flat(said), errors="replace").encode() or b"x=1", chance)
    return {"data": body, "content_type": "application/x-www-form-urlencoded"}, {}


def _names(way: Way) -> list[str]:
    fields = way.act.form.model_fields if way.act is not None else {}
    return sorted(fields[name].alias or name for name in fields) or sorted(STRANGERS)


def _written(way: Way, said: Body) -> dict[str, Any]:
    if way.is_json:
        return {"data": json.dumps(said).encode(), "content_type": "application/json"}
    body = urlencode(flat(said), errors="surrogatepass")
    return {"data": body.encode(), "content_type": "application/x-www-form-urlencoded"}


def _read(body: bytes) -> Body:
    try:
        found = json.loads(body)
    except (ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


@contextmanager
def api(folder: Path) -> Iterator[Door]:
    stage = Stage(folder, rate_factor="1e6")  # one session says it all
    presses = Presses(stage)
    act = next(name for name, way in presses.ways.items() if way.is_json and way.verb == "place")
    bombs = {name: f"{act}\n".encode() + bomb for name, bomb in BOMBS.items()}
    changing = [name for name, way in presses.ways.items() if way.act is not None]
    messages = [name.encode() for name in [*changing, *changing, *presses.ways]]
    yield Door(presses.send, messages, bombs, _numbered, presses.undone)
    stage.gateway.engine.dispose()


def _numbered(message: bytes, chance: random.Random) -> bytes:
    return message + b"\n#%d" % chance.getrandbits(48)
