"""A practice's system gone mad at our FHIR door: requests spoilt in their bytes and in their meaning.

A request is bytes: a line with method and address, then the body. Where the body is a change of the Task, it is laid
over the Task as it stands, so that what is spoilt reaches the innermost checks and not only the outermost.
"""

from __future__ import annotations

import json
import random
import time
from collections.abc import Sequence
from copy import deepcopy
from typing import Any
from uuid import UUID

from adapters.gp_system.fhir_pull.acts import THEIRS
from adapters.gp_system.fhir_r4.subscription import subscription
from adapters.wire.task.words import BUSINESS, REJECT_REASON, Json
from gateway.web.app import create_app
from tests.support.doors.fhir_world import FHIR_JSON, FhirWorld, accepted, output

CHANGES: Sequence[Json] = (
    {"status": "accepted", "output": accepted({})["output"]},
    {"status": "received", "businessStatus": {"coding": [{"system": BUSINESS, "code": "seen"}]}},
    {"status": "rejected", "statusReason": {"coding": [{"system": REJECT_REASON, "code": "by-phone"}], "text": "x"}},
    {"status": "accepted", "output": [output("accepted-by", "Bo"), output("clinician", "Karen")]},
)
ASKS = (
    "GET /Task?code=video-consultation-queue&status=received,requested&_lastUpdated=ge2026-11-22T10:00:00Z&_count=3",
    "GET /Task?owner:identifier=urn:oid:1.2.208.176.1.4|012345&_sort=-_lastUpdated&_count=2",
    "POST /Task/_search",
    "GET /Subscription",
    "GET /Subscription/0192f000-0000-7000-8000-00000000f001/$events?eventsSinceNumber=1",
    "GET /metadata?_format=json",
)
TOKENS = (
    *(b"null", b"true", b"[]", b"{}", b"-1", b"1e999", b"0.1", b'""', b'"\\ud800"', b'"\\u0000"', b"[[[[[[[[]]]]]]]]"),
    *(b"\x00", b"\xff", b"\xc3", b"'", b'"', b"\\", b"%00", b"../", b"|", b",", b"\r\n", b"9" * 400, b"A" * 3000),
    *(b'"status":"accepted",', b'"resourceType":"Patient",', b"NaN", b"\xef\xbb\xbf", "æ".encode(), b"&", b"="),
)  # fmt: skip
SPLICED = b"CHANGE"


def _task_of(count: int) -> bytes:
    extensions = b",".join([b'{"url":"http://x.example/y","valueString":"z"}'] * count)
    return b'PUT /Task\n{"resourceType":"Task","extension":[' + extensions + b"]}"


BOMBS: dict[str, bytes] = {
    "deep-lists": b"PUT /Task\n" + b"[" * 60_000,
    "deep-objects": b"PUT /Task\n" + b'{"a":' * 12_000,
    "closed-depth": b"PUT /Task\n" + b"[" * 900 + b"]" * 900,
    "wide": b"PUT /Task\n[" + b"0," * 30_000 + b"0]",
    "too-wide": b"PUT /Task\n[" + b"0," * 300_000 + b"0]",
    "many-keys": b"PUT /Task\n{" + b",".join(b'"%d":0' % n for n in range(6_000)) + b"}",
    "long-number": b"PUT /Task\n" + b"9" * 60_000,
    "long-string": b'PUT /Task\n{"resourceType":"' + b"a" * 60_000 + b'"}',
    "too-large": b"PUT /Task\n" + b" " * 900_000,
    "xml-entities": b'PUT /Task\n<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><x>&b;</x>',
    "many-extensions": _task_of(1_200),
}


def messages() -> list[bytes]:
    changes = [SPLICED + json.dumps(each).encode() for each in CHANGES]
    wish = json.dumps(subscription("https://practice.example/notify", "t")).encode()
    whole = b'PUT /Task\n{"resourceType":"Task","status":"accepted","intent":"order"}'
    asks = [ask.encode() + b"\n" for ask in ASKS]
    form = b"POST /token\ngrant_type=client_credentials&client_assertion=a.b.c&scope=system/*.rs"
    return [*changes, *changes, b"POST /Subscription\n" + wish, whole, form, *asks]


VALUES: Sequence[Any] = (
    *(None, True, -1, 0, 1e300, "", "x" * 400, "æ\u0000ø", "accepted", "2512489996", [], {}, [[]], [{}], {"a": 1}),
    *({"coding": [{"system": BUSINESS, "code": "put-back"}]}, [output("accepted-by", "Bo\n")], [{"text": "n"}] * 30),
)


def misspoken(message: bytes, chance: random.Random) -> bytes:
    """Still JSON, but one to three of its values are others, gone, or under another name."""
    head, brace, rest = message.partition(b"{")
    document = json.loads(brace + rest)
    for _ in range(chance.randint(1, 3)):
        place = chance.choice(_places(document))
        name = chance.choice([*place] or ["status"]) if isinstance(place, dict) else chance.randrange(len(place) or 1)
        if (isinstance(place, list) and not place) or chance.random() < 0.2:
            place.pop(name, None) if isinstance(place, dict) else place.clear()
            continue
        if isinstance(place, dict) and chance.random() < 0.2:
            name = chance.choice(("for", "owner", "note", "statusReason", "businessStatus", "meta", "extension"))
        place[name] = deepcopy(chance.choice(VALUES))
    return head + json.dumps(document).encode()


def _places(value: Any) -> list[Any]:
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    here = [value] if isinstance(value, dict | list) else []
    return here + [place for each in inner for place in _places(each)]


def spoilt(message: bytes, chance: random.Random) -> bytes:
    """In its meaning; or one to four wounds: a byte flipped, a stretch cut out or doubled, a token put in."""
    if b"{" in message and chance.random() < 0.6:
        return misspoken(message, chance)
    body = bytearray(message)
    for _ in range(chance.randint(1, 4)):
        at = chance.randrange(len(body)) if body else 0
        end = min(len(body), at + chance.randint(1, 30))
        match chance.randrange(4):
            case 0 if body:
                body[at] ^= 1 << chance.randrange(8)
            case 1:
                del body[at:end]
            case 2:
                body[at:at] = body[at:end]
            case _:
                body[at : at if chance.random() < 0.5 else end] = chance.choice(TOKENS)
    return bytes(body)


class MadVendor:
    """Logged in, and with an entry of its own that is replaced when it has ended."""

    def __init__(self, world: FhirWorld) -> None:
        self._world = world
        self._client = create_app(world.gateway).test_client()
        self._token, self._logged_in = "", 0.0
        self._entry: UUID | None = None
        self._task: Json = {}
        self.changed: tuple[bytes, UUID] | None = None

    def send(self, request: bytes) -> tuple[int, float]:
        """Status, and how many seconds the answer took. ``changed``: the Task that was taken, and of which entry."""
        self.changed = None
        if request.startswith(SPLICED):
            return self._put(self._laid_over(request.removeprefix(SPLICED)))
        line, _, body = request.partition(b"\n")
        method, _, address = line.decode("latin-1").partition(" ")
        if method not in ("GET", "POST", "PUT", "DELETE"):
            method = "POST"
        if method == "PUT" and address == "/Task":
            return self._put(body)
        kind = FHIR_JSON if "Subscription" in address else "application/x-www-form-urlencoded"
        return self._sent(method, address if address.startswith("/") else f"/{address}", body, kind)

    def _laid_over(self, change: bytes) -> bytes:
        kept = {name: value for name, value in self._present().items() if name not in THEIRS}
        return json.dumps(kept).encode()[:-1] + b"," + change[1:]

    def _present(self) -> Json:
        if self._entry is None:
            self._entry = self._world.entry()
        if not self._task:
            self._task = self._client.get(f"/fhir/r4/Task/{self._entry}", headers=self._headers()).get_json()
        return self._task

    def _put(self, body: bytes) -> tuple[int, float]:
        present = self._present()
        version = {"If-Match": f'W/"{present["meta"]["versionId"]}"'}
        status, seconds = self._sent("PUT", f"/Task/{present['id']}", body, FHIR_JSON, version)
        if status == 200:
            self.changed = body, UUID(present["id"])
        if status in (200, 409, 412):
            self._task = {}
            row = self._world.row(UUID(present["id"]))
            self._entry = None if row.status.ended else self._entry
        return status, seconds

    def _sent(
        self, method: str, address: str, body: bytes, kind: str, headers: dict[str, str] | None = None
    ) -> tuple[int, float]:
        words = {**self._headers(), **(headers or {}), "Content-Type": kind}
        path, _, query = address.partition("?")
        begun = time.perf_counter()
        answer = self._client.open(f"/fhir/r4{path}", method=method, query_string=query, data=body, headers=words)
        answer.get_data()
        return answer.status_code, time.perf_counter() - begun

    def _headers(self) -> dict[str, str]:
        """A new login before the token ends."""
        if time.monotonic() - self._logged_in > 120:
            form = self._world.form(self._world.assertion())
            self._token = self._client.post("/fhir/r4/token", data=form).get_json()["access_token"]
            self._logged_in = time.monotonic()
        return {"Authorization": f"Bearer {self._token}"}
