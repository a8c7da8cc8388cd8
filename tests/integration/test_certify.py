"""``laegebro certify``: tried on a system reached by its address, and on one that breaks a promise."""

from __future__ import annotations

import re
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from adapters.contract import samples
from gateway.certify.benches.fhir_r4 import Bench, new_key, practice_system
from gateway.certify.benches.hl7v2 import NAMES
from gateway.certify.benches.hl7v2 import bench as hl7_bench
from gateway.cli import app
from tests.support.hands_server import hands_over


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


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("nobody",), "adapter: there are"),
        (("fhir_r4", "--url", "http://127.0.0.1:1/fhir"), "--settings"),
    ],
)
def test_what_cannot_be_certified_is_said(arguments: tuple[str, ...], said: str) -> None:
    done = certify(*arguments)
    assert done.exit_code != 0
    assert said in str(done.exception)
