"""``laegebro certify eoj``: a care system at an address, seen through hands, and its report in two languages."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from typer.testing import CliRunner, Result

from adapters.contract import note_samples
from adapters.contract.bench import Trouble
from gateway.certify.eoj import nexus
from gateway.certify.eoj.smart_fhir import TENANT, bench
from gateway.cli import app

SOME = (
    "a_note_is_filed_once",
    "once_despite_reply_lost",
    "a_refusal_is_definite",
    "pictures_are_filed_once_with_their_note",
    "a_later_version_replaces",
    "silence_is_unknown",
)
TEST = """
[certification]
record = "Patient/r-1002"
cpr = "0201609996"
name = "Karla Testmose"
nobody = "3101229995"
"""


def certify(*arguments: object, adapter: str = "smart_fhir") -> Result:
    return CliRunner().invoke(app, ["certify", "eoj", adapter, *map(str, arguments)])


class _Hands(BaseHTTPRequestHandler):
    bench: Any

    def do_POST(self) -> None:
        asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        body = json.dumps(self._done(self.path.rpartition("/")[2], asked)).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def _done(self, act: str, asked: dict[str, str]) -> dict[str, Any]:
        if act == "trouble":
            self.bench.trouble(Trouble(asked["kind"]))
            return {}
        if act == "reading-fails":
            self.bench.reading_fails()
            return {}
        if act == "look-at-pictures":
            whole = note_samples.pictured(note_samples.message(), len(asked["keys"]))
            pairs = zip(whole.pictures, asked["keys"], strict=True)
            named = tuple(replace(picture, key=UUID(key)) for picture, key in pairs)
            return {"pictures": self.bench.pictures(replace(whole, pictures=named))}
        message = replace(note_samples.message(), key=UUID(asked["key"]))
        copies = self.bench.copies(message)
        text = self.bench.text_at_peer(message) if copies else ""
        return {"copies": copies, "in_force": self.bench.in_force(message), "text": text}

    def log_message(self, format: str, *args: object) -> None:
        """Quiet."""


class _HandsAtForms(_Hands):
    """As a vendor's would be: they know what stands in the form, and nothing of ours."""

    def _done(self, act: str, asked: dict[str, str]) -> dict[str, Any]:
        shown = f"{asked['note']}/{asked['version']}"
        forms = [each for each in self.bench.hand.get("/_sim/forms").json() if shown in each["keys"]]
        copies = sum(each["keys"].count(shown) for each in forms)
        text = forms[0]["text"] if forms else ""
        return {"copies": copies, "in_force": any(each["keys"][-1] == shown for each in forms), "text": text}


@contextmanager
def hands_over(bench: Any, kind: type[_Hands] = _Hands) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), type("Handler", (kind,), {"bench": bench}))
    server.daemon_threads = True
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hands"
    finally:
        server.shutdown()
        server.server_close()


def test_a_care_system_at_an_address_keeps_its_promises(tmp_path: Path) -> None:
    with bench(tmp_path) as made, hands_over(made) as hands:
        (tmp_path / "key.pem").write_text(made._pem)
        basis = f'client_id = "laegebro"\nclient_key = "file:{tmp_path}/key.pem"\ntenant = "{TENANT}"\n'
        stanza = f"{basis}takes_pictures = true\n"
        (tmp_path / "vendor.toml").write_text(stanza + TEST)
        words = ("--settings", tmp_path / "vendor.toml", "--hands", hands, "--report", tmp_path)
        chosen = [word for name in SOME for word in ("--promise", name)]
        done = certify("--url", f"{made.address}/fhir", *words, *chosen)
    assert done.exit_code == 3, done.output
    text, html = (next(tmp_path.glob(f"certify-*.{kind}")).read_text(encoding="utf-8") for kind in ("txt", "html"))
    for said in (text, html):
        assert f"Only {len(SOME)} of " in said and f"Kun {len(SOME)} af " in said
        assert "care system adapter" in said and "omsorgssystem" in said and "holdt" in said
        assert "request / anmodning" in said and "/fhir/DocumentReference" in said and "client_assertion=…" in said
        assert "0201609996" not in said and "Testmose" not in said and ".py:" not in said


def test_hands_find_a_note_by_what_stands_in_a_record_that_keeps_all_versions_in_one_place(tmp_path: Path) -> None:
    with nexus.bench(tmp_path) as made, hands_over(made, _HandsAtForms) as hands:
        stanza = {k: v for k, v in made.stanza(tmp_path).items() if k != "base_url"}
        lines = [f"{key} = {json.dumps(value)}" for key, value in stanza.items()]
        test = TEST.replace("Patient/r-1002", made.record)
        (tmp_path / "vendor.toml").write_text("\n".join(lines) + "\n" + test)
        words = ("--settings", tmp_path / "vendor.toml", "--hands", hands, "--report", tmp_path)
        names = ("a_later_version_replaces", "a_note_is_filed_through_relay_and_worker")
        chosen = [word for name in names for word in ("--promise", name)]
        done = certify("--url", made.stanza(tmp_path)["base_url"], *words, *chosen, adapter="nexus")
    assert done.exit_code == 3, done.output
    assert f"Only {len(names)} of " in next(tmp_path.glob("certify-*.txt")).read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("told", "said"),
    [
        ("", "certification.record"),
        (TEST.replace("0201609996", "1"), "certification.cpr"),
    ],
)
def test_what_a_certification_lacks_is_named(told: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "vendor.toml").write_text(told)
    done = certify("--url", "http://127.0.0.1:1/fhir", "--settings", tmp_path / "vendor.toml", "--report", tmp_path)
    assert said in str(done.exception) or said in done.output
