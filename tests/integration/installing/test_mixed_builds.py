"""Two builds behind the nginx of several machines: a page gets the scripts it was made with, or none."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urljoin

import httpx
import pytest

from simulators.demo.processes import Process, free_port
from tests.support.clinic_world import settings_in
from tests.support.processes.builds import ROOT, another_build, web_process
from tests.support.processes.several import HOST, PROCESSES, certificate, front

pytestmark = pytest.mark.timeless("files of a package")

NOTHING_LISTENS = "redis://127.0.0.1:1/0"
IN_A_PAGE = re.compile(r'(?:src|href)="(/static/[^"]+)"')
IN_A_FILE = re.compile(r'(?:from |import )"(\.[^"]+)"|url\("(\.[^"]+)"\)')
BUILD = re.compile(r'name="build" content="(\w+)"')


@dataclass
class Fleet:
    """``packages``: the folder of each build, by the word that its pages say."""

    processes: dict[str, Process]
    http: httpx.Client
    packages: dict[str, Path] = field(default_factory=dict)

    def get(self, path: str) -> httpx.Response:
        return self.http.get(path, extensions={"sni_hostname": HOST})

    def page(self) -> tuple[str, list[str]]:
        """Its build, and what it names."""
        text = self.get("/login").text
        found = BUILD.search(text)
        assert found is not None
        return found[1], IN_A_PAGE.findall(text)

    def files(self, named: list[str]) -> dict[str, httpx.Response]:
        """As a browser fetches them: what a page names, and what that names in turn."""
        answers: dict[str, httpx.Response] = {}
        while named:
            path = named.pop()
            if path not in answers:
                answers[path] = self.get(path)
                more = IN_A_FILE.findall(answers[path].text) if path.endswith((".js", ".css")) else ()
                named += [urljoin(path, script or sheet) for script, sheet in more]
        return answers


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory, sqlite_template: Path) -> Iterator[Fleet]:
    folder = tmp_path_factory.mktemp("builds")
    database = folder / "laegebro.db"
    database.write_bytes(sqlite_template.read_bytes())
    settings = settings_in(folder, f"sqlite:///{database}", NOTHING_LISTENS)
    certificate(folder)
    ports = {name: free_port() for name in (*PROCESSES, "https", "http", "inside", "keys")}
    packages = {"web-1": ROOT, "web-2": another_build(folder)}
    processes = {name: web_process(name, each, ports[name], settings, folder) for name, each in packages.items()}
    processes["nginx"] = front(folder, ports)
    address = f"https://127.0.0.1:{ports['https']}"
    try:
        for process in processes.values():
            process.launch()
        for process in processes.values():
            process.wait_until_up()
        with httpx.Client(base_url=address, verify=False, headers={"Host": HOST}, timeout=60) as http:
            made = Fleet(processes, http)
            for name, package in packages.items():
                said = httpx.get(f"http://127.0.0.1:{ports[name]}/login", timeout=60, trust_env=False).headers[
                    "X-Build"
                ]
                made.packages[said] = package
            yield made
    finally:
        for process in processes.values():
            process.stop()


def test_a_page_gets_the_files_of_its_own_build_whoever_is_asked(fleet: Fleet) -> None:
    seen = set()
    for _ in range(6):
        build, named = fleet.page()
        seen.add(build)
        for path, answer in fleet.files(named).items():
            own = fleet.packages[build] / "gateway/web/static" / path.removeprefix(f"/static/{build}/")
            assert answer.status_code == 200 and answer.content == own.read_bytes(), path
            assert answer.headers["Cache-Control"] == "public, max-age=31536000, immutable"
    assert seen == set(fleet.packages) and len(seen) == 2


@pytest.mark.parametrize("path", ["/static/000000000000/js/shared/page.js", "/static/js/shared/page.js"])
def test_a_build_that_nobody_has_is_not_found_and_not_remembered(fleet: Fleet, path: str) -> None:
    answer = fleet.get(path)
    assert (answer.status_code, answer.headers["Cache-Control"]) == (404, "no-store")


def test_a_page_finds_its_files_when_the_last_process_of_its_build_has_just_gone(fleet: Fleet) -> None:
    """Somebody has asked for them before: nginx has kept them."""
    theirs = next(build for build, package in fleet.packages.items() if package != ROOT)
    while (page := fleet.page())[0] != theirs:
        pass
    fleet.files(list(page[1]))
    fleet.processes["web-2"].stop()
    assert [path for path, answer in fleet.files(page[1]).items() if answer.status_code != 200] == []
    assert fleet.get(f"/static/{theirs}/js/never-asked-for.js").status_code >= 400
