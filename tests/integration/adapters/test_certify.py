"""``laegebro certify``: tried on a system reached by its address, and on one that breaks a promise."""

from __future__ import annotations

import json
import re
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner, Result

from adapters.contract import samples
from adapters.wire.oauth.client_key import public_jwks
from gateway.certify.benches import medcom
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.certify.benches.hl7v2 import NAMES
from gateway.certify.benches.hl7v2 import bench as hl7_bench
from gateway.certify.message_door import MessageDoor
from gateway.cli import app, main
from simulators.demo.processes import free_port
from tests.support.doors.hands_server import hands_over


def certify(*arguments: object) -> Result:
    return CliRunner().invoke(app, ["certify", "gp_system", *map(str, arguments)])


@pytest.fixture(scope="module")
def fhir() -> Iterator[tuple[Bench, Path]]:
    pem = new_key()
    with tempfile.TemporaryDirectory() as made, practice_system(Path(made), pem) as address:
        (Path(made) / "key.pem").write_text(pem)
        told = f'client_id = "laegebro"\nclient_key = "file:{made}/key.pem"\ntotal_timeout = 30\n'
        (Path(made) / "settings.toml").write_text(told)
        bench = Bench(address, pem)
        yield bench, Path(made)
        bench.close()


# One of each kind: eyes, hands, each way the network fails, and the way home. All of them run in bench/certify.py.
SOME = (
    "danish_letters_and_line_breaks_survive",
    "a_refusal_is_definite",
    "busy_means_nothing_was_done",
    "once_despite_error_after_effect",
    "once_despite_reply_lost",
    "once_despite_applied_late",
    "a_reject_comes_home_with_its_reason",
    "a_notification_leads_to_the_claim",
    "no_identity_in_errors_or_logs",
)
FEW = ("danish_letters_and_line_breaks_survive", "a_withdrawn_entry_disappears", "silence_has_three_phases")
OF_A_LINE = ("once_despite_reply_lost", "once_despite_applied_late", "an_accept_comes_home_by_polling")


def only(names: tuple[str, ...]) -> list[str]:
    return [word for name in names for word in ("--promise", name)]


def test_a_system_at_an_address_keeps_its_promises_and_the_report_says_so(
    fhir: tuple[Bench, Path], tmp_path: Path
) -> None:
    bench, folder = fhir
    with hands_over(bench) as hands:
        settings = ("--settings", folder / "settings.toml", "--hands", hands, "--report", tmp_path)
        done = certify("fhir_r4", "--url", f"{bench.address}/fhir", *settings, *only(SOME))
    assert done.exit_code == 3, done.output
    text, html = (next(tmp_path.glob(f"*.{suffix}")).read_text(encoding="utf-8") for suffix in ("txt", "html"))
    assert f"Only {len(SOME)} of " in text and f"Only {len(SOME)} of " in html
    assert len(re.findall(r"✓ kept", html)) == len(re.findall(r"✓ kept", text)) == len(SOME)
    for secret in (samples.TEST_CPR, samples.TEST_NAME):
        assert secret not in text + html + done.output


def test_an_hl7_line_is_cut_between_us_and_the_system(tmp_path: Path) -> None:
    names = "".join(f'{name} = "{value}"\n' for name, value in NAMES.items())
    (tmp_path / "settings.toml").write_text(f"tls = false\ntotal_timeout = 30\n{names}")
    with hl7_bench(tmp_path) as bench, hands_over(bench) as hands:
        host, port = bench.peer.mllp
        settings = ("--settings", tmp_path / "settings.toml", "--hands", hands, "--report", tmp_path)
        done = certify("hl7v2", "--url", f"mllp://{host}:{port}", *settings, *only(OF_A_LINE))
    assert done.exit_code == 3, done.output


def test_hands_that_cannot_leave_the_promise_untried_and_the_exit_says_so(
    fhir: tuple[Bench, Path], tmp_path: Path
) -> None:
    bench, folder = fhir
    settings = ("--settings", folder / "settings.toml", "--hands", "http://127.0.0.1:1", "--report", tmp_path)
    done = certify(
        "fhir_r4",
        "--url",
        f"{bench.address}/fhir",
        *settings,
        *only(FEW),
    )
    assert done.exit_code == 1
    text = next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")
    assert "? not tried" in text and "the hands did not answer" in text
    assert "✓ kept" in text, "what needs no hands was tried all the same"


def test_our_own_waiting_room_is_exempt_from_the_wire(tmp_path: Path) -> None:
    done = certify("browser", "--report", tmp_path)
    assert done.exit_code == 0, done.output
    assert "reaches nobody over a network" in next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")


BY_MESSAGE = ("an_accept_comes_home_by_polling", "once_despite_reply_lost", "a_withdrawn_entry_disappears")


def toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f'"{name}" = {toml(each)}' for name, each in value.items()) + "}"
    return f"[{', '.join(map(toml, value))}]" if isinstance(value, list) else json.dumps(value, ensure_ascii=False)


def test_a_system_that_answers_by_messages_brings_them_to_our_door(tmp_path: Path) -> None:
    our_key, port = new_key(), free_port()
    door = f"http://127.0.0.1:{port}/messages"
    with MessageDoor("medcom") as unused, medcom.access_point(tmp_path, public_jwks(our_key), door) as address:
        mailbox = medcom.Bench(address, our_key, unused, name="certified")
        (tmp_path / "key.pem").write_text(our_key)
        told = medcom.stanza("", mailbox.their_keys, f"file:{tmp_path}/key.pem")
        (tmp_path / "settings.toml").write_text("".join(f"{n} = {toml(v)}\n" for n, v in told.items() if v))
        with hands_over(mailbox) as hands:
            settings = ("--settings", tmp_path / "settings.toml", "--hands", hands, "--report", tmp_path)
            done = certify("medcom", "--url", address, "--door", door, *settings, *only(BY_MESSAGE))
        mailbox.close()
    assert done.exit_code == 3, done.output
    text = next(tmp_path.glob("*.txt")).read_text(encoding="utf-8")
    assert "2 kept, 1 not applicable" in text and "Nothing comes home but text" in text


REFUSED = [
    (("nobody",), "adapter: there are"),
    (("fhir_r4", "--url", "http://127.0.0.1:1/fhir"), "--settings"),
    (("fhir_r4", "--hands", "http://127.0.0.1:1"), "only with --url"),
    (("fhir_r4", "--url", "http://127.0.0.1:1/fhir", "--settings", "{file}"), "--url: nobody listens at 127.0.0.1:1"),
    (("fhir_r4", "--url", "ftp://vendor.example", "--settings", "{file}"), "--url: write http://host:port or https://"),
    (("hl7v2", "--url", "http://127.0.0.1:1", "--settings", "{file}"), "--url: write mllp://host:port"),
    (("browser", "--url", "http://127.0.0.1:1", "--settings", "{file}"), "--url is not for this adapter"),
    (("medcom", "--url", "http://127.0.0.1:1", "--settings", "{file}", "--practice", "x"), "--practice: "),
    (("medcom", "--url", "http://127.0.0.1:1", "--settings", "{file}", "--door", "here"), "--door: write http://"),
    (("browser", "--report", "{file}"), "--report: "),
]


@pytest.mark.parametrize(("arguments", "said"), REFUSED)
def test_what_cannot_be_certified_is_said_in_one_line(
    arguments: tuple[str, ...], said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any
) -> None:
    (tmp_path / "settings.toml").write_text('client_id = "laegebro"\n')
    words = [word.replace("{file}", str(tmp_path / "settings.toml")) for word in arguments]
    monkeypatch.setattr(sys, "argv", ["laegebro", "certify", "gp_system", *words])
    with pytest.raises(SystemExit) as ended:
        main()
    told = capsys.readouterr()
    assert ended.value.code == 2
    assert said in told.err and told.err.count("\n") == 1 and not told.out
