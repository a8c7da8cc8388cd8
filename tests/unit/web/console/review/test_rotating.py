"""The keys by which launches are proved, replaced from the console while launches go on: the new one beside the old,
the signer changes over, the old one is withdrawn; no good launch is refused (AD14)."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import uuid4

import pytest

from gateway.domain.identifiers import CPR_SYSTEM
from gateway.domain.practice import danish_day
from gateway.peers.in_use import READ_AGAIN
from gateway.store.peers.connections import Stanza
from simulators.signing import SigningKey, issued_now
from tests.unit.web.acts.stage import Stage
from tests.unit.web.nurse_world import CPR, OWN, TENANT

NAME, ISSUER = "eoj-signeret", "journal"
PLACE = f"/konsol/forbindelser/{NAME}"
OLD, NEW = (SigningKey.generated() for _ in range(2))


@dataclass
class Launches:
    """As fast as they are answered, each about another record; ``refused``: what was not answered 201."""

    stage: Stage
    key: SigningKey = OLD
    done: int = 0
    refused: list[str] = field(default_factory=list)
    over: threading.Event = field(default_factory=threading.Event)

    def run(self) -> None:
        client = self.stage.world.app.test_client()
        while not self.over.is_set():
            headers = {"Content-Type": "application/jwt", "Accept": "application/json"}
            answer = client.post("/api/v1/launches", data=self.token(), headers=headers)
            self.done += 1
            if answer.status_code != 201:
                self.refused.append(f"{answer.status_code} {answer.get_data(as_text=True)[:200]}")

    def token(self) -> str:
        practice = {"ydernummer": str(OWN), "source": "eoj", "as_of": str(danish_day(self.stage.now))}
        said = {"iss": ISSUER, "aud": "us", **issued_now(60), "jti": str(uuid4()), "launch_key": str(uuid4())}
        said |= {"sub": "N-1", "name": "Mette Holm", "roles": ["laegebro-start"], "title": "Sygeplejerske"}
        identifiers = [{"system": CPR_SYSTEM, "value": CPR}]
        patient = {"reference": f"Patient/{uuid4()}", "identifiers": identifiers, "name": "Nancy Ann Berggren"}
        patient |= {"birthDate": "1948-12-25", "gender": "female"}
        whole = {"workplace": "Hjemmesygeplejen Nord", "patient": {**patient}, "general_practitioner": practice}
        return self.key.sign(said | whole)

    def after_some_more(self) -> None:
        """Until every process has read what is in force, and launches that began after that have been answered."""
        self.over.wait(READ_AGAIN)
        enough = self.done + 4
        while self.done < enough and not self.refused:
            self.over.wait(0.02)


@contextmanager
def launching(stage: Stage) -> Iterator[Launches]:
    load = Launches(stage)
    thread = threading.Thread(target=load.run)
    thread.start()
    try:
        yield load
    finally:
        load.over.set()
        thread.join()


@pytest.fixture
def stage(tmp_path: Path) -> Stage:
    made = Stage(tmp_path, rate_factor="1000")
    config = {"issuer": ISSUER, "audience": "us", "tenant": str(TENANT), "write_back": "eoj-nexus"}
    stanza = Stanza(NAME, "eoj", "signed_launch", TENANT, {**config, "jwks": OLD.public_jwks()}, synthetic=True)
    made.gateway.connections.apply(stanza, "test", "test", made.now)
    return made


def in_force(stage: Stage, *keys: SigningKey) -> None:
    """By the console's own pages: taken up, typed, tried, put in force."""
    admin, book = stage.admin, stage.gateway
    present = book.connections.present(NAME)
    assert present is not None

    def press(place: str, **fields: str) -> None:
        answer = admin.client.post(place, data={"csrf_token": admin.csrf, **fields})
        assert answer.status_code in (200, 303), answer.get_data(as_text=True)

    press(f"{PLACE}/til-kladde", number=str(present.number))
    draft = book.drafts.of(NAME)
    assert draft is not None
    jwks = {"keys": [each for key in keys for each in key.public_jwks()["keys"]]}
    press(f"{PLACE}/kladde", **{"read": str(draft.revision.number), "setting.jwks": json.dumps(jwks)})
    press(f"{PLACE}/kladde/proev")
    tried = book.drafts.of(NAME)
    assert tried is not None and tried.is_tested
    press(f"{PLACE}/kladde/aktiver", number=str(tried.revision.number), reason="Leverandørens nye nøgle")
    now = book.connections.present(NAME)
    assert now is not None and now.config["jwks"] == jwks


def test_ad14_the_keys_of_launches_are_replaced_while_launches_go_on(stage: Stage) -> None:
    with launching(stage) as load:
        load.after_some_more()
        in_force(stage, OLD, NEW)
        load.after_some_more()
        load.key = NEW
        load.after_some_more()
        in_force(stage, NEW)
        load.after_some_more()
    assert load.refused == [] and load.done >= 16
    stranded = Launches(stage)
    stranded.over.set()
    answer = stage.world.app.test_client().post(
        "/api/v1/launches", data=stranded.token(), headers={"Content-Type": "application/jwt"}
    )
    assert answer.status_code == 401, "the old key opens nothing any more"
