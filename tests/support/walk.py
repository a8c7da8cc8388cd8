"""The walk through the house that docs/architecture.md shows: five acts, run in this process over the real product, and
the files each enters, in the order in which it first enters them.

``python -m tests.support.walk docs/architecture.md`` writes the lists between the marks; without a path it prints them
as JSON. Always in a process of its own, since what another test has made a process remember is not entered again.
"""

from __future__ import annotations

import ast
import json
import re
import sys
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from types import CodeType, FrameType
from typing import Any
from uuid import UUID

from flask import Flask

from gateway.domain.consultation import ringing
from gateway.domain.people import SYSTEM
from gateway.domain.scope import SystemScope
from gateway.store.migrations.creation import create_schema
from gateway.wiring import Gateway
from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from simulators.identity.app import identity_app
from simulators.oauth.clients import Client, ClientKeys, Clients
from tests.integration.nurse.test_web_nurse_doors import Town, connect, consultation_in, csrf_in
from tests.support.clinic_world import ClinicWorld, settings_in
from tests.support.doors.vendor import running
from tests.unit.video.packets import Far, rtp
from tests.unit.web.nurse_world import DOCTOR, FILLED, OWN, REGISTER, NurseWorld
from workers.task import attempt_row

ROOT = Path(__file__).parents[2]
PRODUCT = ("gateway", "adapters", "video", "workers")
# The ground every act stands on: named once on the page, and in no list.
GROUND = ("gateway/store/ground/", "gateway/store/migrations/", "gateway/logs.py", "gateway/domain/errors.py")
BEGIN, END = "<!-- walk: begin -->", "<!-- walk: end -->"


class Trace:
    """Files of the product that are entered while ``recording``, each once, in order; in threads begun after it too."""

    def __init__(self) -> None:
        self.recording = False
        self.files: list[str] = []
        self._known: dict[CodeType, str] = {}

    def __call__(self, frame: FrameType, event: str, argument: Any) -> None:
        if not self.recording or event != "call":
            return
        name = self._known.get(frame.f_code)
        if name is None:
            name = self._known[frame.f_code] = _file_of(frame.f_code)
        if name and name not in self.files:
            self.files.append(name)

    @contextmanager
    def act(self) -> Iterator[list[str]]:
        self.files = []
        self.recording = True
        try:
            yield self.files
        finally:
            self.recording = False


def _file_of(code: CodeType) -> str:
    """The product's file, "" for others, for the ground, and for what runs at import."""
    path = Path(code.co_filename)
    if code.co_name == "<module>" or path.suffix != ".py" or not path.is_relative_to(ROOT):
        return ""
    name = str(path.relative_to(ROOT))
    return name if name.startswith(PRODUCT) and not name.startswith(GROUND) else ""


@contextmanager
def town(folder: Path) -> Iterator[Town]:
    """Our gateway, a care system and an identity provider, each at an address of this machine."""
    worlds: list[NurseWorld] = []

    def gateway_app(url: str) -> Flask:
        worlds.append(NurseWorld(folder, public_url=url))
        return worlds[0].app

    organisation = directory.load().organisation("fjordby")
    assert organisation is not None
    with ExitStack() as stack:
        url = stack.enter_context(running("gateway.localhost", gateway_app))
        keys = folder / "our-jwks.json"
        keys.write_text(json.dumps(worlds[0].gateway.peers.jwks()))
        settings = EojSettings(url, organisation, records.load(), client_keys=str(keys))
        clients = Clients(Client("laegebro", (f"{url}/*",), ClientKeys(str(keys))))
        eoj = stack.enter_context(running("eoj.localhost", lambda base: eoj_app(base, settings)))
        idp = stack.enter_context(running("idp.localhost", lambda base: identity_app(base, directory.load(), clients)))
        connect(worlds[0], url, eoj, idp)
        yield Town(worlds[0], url, eoj, idp)


def launch_and_note(trace: Trace, folder: Path) -> Iterator[tuple[str, list[str]]]:
    """A SMART launch from the record, and, after the talk, the approved note on its way into that record."""
    with town(folder) as made:
        world, http = made.world, made.logged_in_at_eoj()
        with trace.act() as files:
            page = made.follow(http, made.launch(http, "smart"))
        yield "launch", files
        id = consultation_in(page)
        headers = {"X-CSRF-Token": csrf_in(page)}
        api = f"{made.url}/api/v1/consultations/{id}"
        assert http.post(f"{api}/place", json={**FILLED, "ydernummer": str(OWN)}, headers=headers).status_code == 200
        stored = world.gateway.store.load(SystemScope(), UUID(id))
        world.does(stored, lambda c: ringing.accept(c, world.later(), DOCTOR, "Lise Hansen"))
        world.does(stored, lambda c: ringing.start_talk(c, world.later(), SYSTEM))
        assert http.post(f"{api}/hang-up", headers=headers).status_code == 200
        form = {"text": "Ny forbinding", "clinician": "Lise Hansen", "csrf_token": headers["X-CSRF-Token"]}
        with trace.act() as files:
            assert http.post(f"{made.url}/konsultation/{id}/godkend", data=form).status_code == 303
            owed = world.gateway.store.deliveries_of(SystemScope(), UUID(id))
            worker = Gateway(world.gateway.settings)  # as another process, which has read nothing yet
            assert [attempt_row(worker, row.id) for row in owed if row.kind == "note"] == ["done"]
        yield "note", files


def empty_gateway(folder: Path) -> Gateway:
    gateway = Gateway(settings_in(folder, f"sqlite:///{folder / 'laegebro.db'}", "redis://127.0.0.1:1/0"))
    create_schema(gateway.engine)
    return gateway


def accept(trace: Trace, folder: Path) -> list[str]:
    world = ClinicWorld(empty_gateway(folder).settings)
    entry, desk = world.entry_of(world.wait_in_queue()), world.clinic_user()
    with trace.act() as files:
        assert desk.post(f"/api/v1/entries/{entry}/accept").json["entry_status"] == "accepted"
    return files


def packet(trace: Trace) -> list[str]:
    sender, receiver = Far(1, inbound=True), Far(2, inbound=False)
    sender.video.attach(receiver.outbound(5000), now=0.0)
    with trace.act() as files:
        sender.sends(rtp(500))
    assert receiver.got()[0], "the packet arrived"
    sender.close()
    receiver.close()
    return files


def register_row(trace: Trace, folder: Path) -> list[str]:
    gateway = empty_gateway(folder)
    now = gateway.clock.now()
    with trace.act() as files:
        gateway.providers.import_file(REGISTER, "walk", now)
        assert gateway.providers.find(OWN, now.date()) is not None
    return files


def walked() -> dict[str, list[str]]:
    """Act → files, in the order of the page."""
    trace = Trace()
    with TemporaryDirectory(prefix="laegebro-walk-") as name:
        folders = [Path(name) / part for part in ("town", "clinic", "register")]
        for folder in folders:
            folder.mkdir()
        threading.setprofile(trace)
        sys.setprofile(trace)
        try:
            found = dict(launch_and_note(trace, folders[0]))
            found |= {"accept": accept(trace, folders[1]), "packet": packet(trace)}
            found["register row"] = register_row(trace, folders[2])
        finally:
            sys.setprofile(None)
            threading.setprofile(None)  # type: ignore[arg-type]
    return {act: found[act] for act in HEADINGS}


HEADINGS = {
    "launch": "A nurse presses *start* in the care record (SMART): from the redirect to the page with the draft",
    "accept": "The clinic takes the call from its waiting room",
    "packet": "One packet of video from one participant to the other",
    "note": "The nurse approves the note, and it is filed in the care record",
    "register row": "The Yderregister is imported, and a practice is found in it",
}


def _says(name: str) -> str:
    """The first sentence of the file's docstring."""
    text = ast.get_docstring(ast.parse((ROOT / name).read_text(encoding="utf-8"))) or ""
    first = re.split(r"(?<=\.)\s|\n\n", text.strip(), maxsplit=1)[0]
    return " ".join(first.split()).rstrip(".")


def lists(found: dict[str, list[str]]) -> str:
    parts = []
    for act, files in found.items():
        rows = [f"{n}. [{name}](../{name}): {_says(name)}" for n, name in enumerate(files, 1)]
        parts.append("\n".join([f"### {act.capitalize()}", "", f"{HEADINGS[act]}.", "", *rows]))
    return "\n\n".join(parts)


def named(page: str) -> dict[str, list[str]]:
    """Act → files, as the page has them."""
    inside = page.split(BEGIN)[1].split(END)[0]
    sections = re.split(r"^### ", inside, flags=re.MULTILINE)[1:]
    return {one.split("\n", 1)[0].lower(): re.findall(r"^\d+\. \[([\w/.]+)\]", one, re.MULTILINE) for one in sections}


def main(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    before, after = text.split(BEGIN)[0], text.split(END)[1]
    path.write_text(f"{before}{BEGIN}\n\n{lists(walked())}\n\n{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    if sys.argv[1:]:
        main(Path(sys.argv[1]))
    else:
        print(json.dumps(walked()))
