"""docs/installing.md as a stranger follows it: its commands in their order, until ``laegebro check`` finds nothing, and
then a first consultation through TLS, filed in the care record."""

from __future__ import annotations

import re
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

from simulators import wire
from simulators.demo.once import Consultation
from tests.support.databases import PostgresServer
from tests.support.processes.guide import Installed, commands, installed

pytestmark = [pytest.mark.journey, pytest.mark.timeout(600)]


@pytest.fixture(scope="module")
def stack(postgres_server: PostgresServer, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Installed]:
    folder = tmp_path_factory.mktemp("installed")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("SSL_CERT_FILE", str(folder / "chain.pem"))
        wire._trust.cache_clear()
        with installed(folder, postgres_server) as made:
            wire._trust.cache_clear()
            yield made
    wire._trust.cache_clear()


def test_the_guide_leads_to_an_installation_in_which_all_is_well(stack: Installed) -> None:
    assert stack.said.splitlines()[-1] == "All is well.", stack.said
    assert stack.ran[-1].endswith("laegebro check") and len(stack.ran) >= len(commands()) // 2


def test_a_first_consultation_is_filed(stack: Installed) -> None:
    consultation = Consultation(stack)
    try:
        consultation.run()
        assert list(consultation.notes_in_the_record().values()) == [1]
        stream = f"{stack.gateway_url}/live/consultation/{consultation.nurse.consultation}"
        headers = {"Cookie": consultation.nurse.cookies()}
        with stack.client() as client, client.stream("GET", stream, headers=headers) as answer:
            assert answer.status_code == 200
            assert next(answer.iter_lines()).startswith(("event:", ":", "data:", "retry:", "id:"))
    finally:
        consultation.close()


def test_the_files_of_a_page_are_served_and_kept(stack: Installed) -> None:
    """The second time by nginx itself, which must be able to write where it keeps them."""
    with stack.client() as client:
        named = re.findall(r'(?:src|href)="(/static/[^"]+)"', client.get(f"{stack.gateway_url}/login").text)
        answers = [client.get(f"{stack.gateway_url}{path}") for path in [*named, *named]]
    assert len(named) > 3 and {answer.status_code for answer in answers} == {200}
    assert {answer.headers["Cache-Control"] for answer in answers} == {"public, max-age=31536000, immutable"}


@pytest.mark.parametrize("path", ["/internal/rooms", "/internal"])
def test_what_the_processes_tell_each_other_is_not_open_to_the_net(stack: Installed, path: str) -> None:
    with stack.client() as client:
        assert client.post(f"{stack.gateway_url}{path}").status_code == 404


def test_the_edge_says_what_a_browser_has_to_know(stack: Installed) -> None:
    with stack.client() as client:
        page = client.get(f"{stack.gateway_url}/health")
        assert page.headers["Strict-Transport-Security"].startswith("max-age=31536000")
        assert page.headers.get_list("Strict-Transport-Security") == [page.headers["Strict-Transport-Security"]]
        moved = client.get(f"http://gateway.localhost:{stack._ports['http']}/login")
        assert moved.status_code == 308 and moved.headers["Location"] == stack.gateway_url


def test_nobody_who_asks_by_another_name_gets_a_page(stack: Installed) -> None:
    context = ssl.create_default_context(cafile=str(stack.chain))
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    with pytest.raises(httpx.ConnectError):
        httpx.get(f"https://127.0.0.1:{stack._ports['https']}/health", verify=context)


def test_every_process_says_its_lines_in_json(stack: Installed) -> None:
    for name in ("web", "live", "relay", "worker"):
        lines = (Path(stack.folder) / f"{name}.log").read_text(encoding="utf-8").splitlines()
        plain = [line for line in lines if line and not line.startswith(("{", "listening on "))]
        assert plain == [], name
        # A consultation has been held: an address as it was asked would hold a launch's or a login's one-time code.
        asked = [line for line in lines if re.search(r"(GET|POST) /|[?&](code|state)=", line)]
        assert asked == [], name
