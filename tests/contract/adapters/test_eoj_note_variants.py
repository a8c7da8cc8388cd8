"""Every promise about notes again, over a care system that takes them as another resource than a document."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from adapters.contract.bench import Trouble
from adapters.contract.eoj_promises import PROMISES, NotePromise
from adapters.eoj.smart_fhir.communication import CommunicationShape
from adapters.eoj.smart_fhir.questionnaire import QuestionnaireShape
from adapters.eoj.smart_fhir.revised import RevisedShape
from adapters.eoj.smart_fhir.shape import KINDS
from adapters.wire.fhir import identifiers_of
from adapters.wire.oauth.client_key import new_client_key, public_jwks
from gateway.certify.eoj.smart_fhir import GATEWAY, Bench
from gateway.certify.simulated import simulator
from gateway.domain.peers.messages import NoteMessage

SHAPES: dict[str, RevisedShape] = {
    "Communication": CommunicationShape(""),
    "QuestionnaireResponse": QuestionnaireShape("", "note"),
}


class VariantBench(Bench):
    """The stanza is the same: the adapter learns from the server's statement what to file."""

    def __init__(self, address: str, pem: str, kind: str) -> None:
        super().__init__(address, pem)
        self.kind, self.shape = kind, SHAPES[kind]

    def _words(self, address: str, key: str, **more: Any) -> Any:
        """A server that takes no documents takes no pictures either."""
        return super()._words(address, key, **{"takes_pictures": False, **more})

    def _filed(self, message: NoteMessage) -> list[Any]:
        stored = self.hand.get(f"/_sim/stored/{self.kind}").json()
        key = f"urn:uuid:{message.case_key}"
        ours = [each for each in stored if any(one["value"] == key for one in identifiers_of(each))]
        return [each for each in ours if self.shape.version_in(each) == message.note.version]

    def in_force(self, message: NoteMessage) -> bool:
        return any(self.shape.counts(each) for each in self._filed(message))

    def text_at_peer(self, message: NoteMessage) -> str:
        return self.shape.text_in(self._filed(message)[0])

    def effects(self) -> int:
        stored = self.hand.get(f"/_sim/stored/{self.kind}").json()
        return sum(int(each["meta"]["versionId"]) for each in stored)

    def trouble(self, kind: Trouble) -> None:
        """Whichever comes next, the first version's creation or a correction's update."""
        self.route = f"{self.kind}.write"
        super().trouble(kind)

    def reading_fails(self) -> None:
        self.plan(f"{self.kind}.search", "down-503")


def test_every_variant_but_documents_is_tried_here() -> None:
    assert {"DocumentReference", *SHAPES} == set(KINDS)


@pytest.fixture(scope="module", params=sorted(SHAPES))
def bench(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[VariantBench]:
    folder: Path = tmp_path_factory.mktemp(request.param)
    pem, keys = new_client_key(), folder / "jwks.json"
    keys.write_text(json.dumps(public_jwks(pem)), encoding="utf-8")
    options = ("--gateway-url", GATEWAY, "--client-jwks", str(keys), "--notes-as", request.param)
    with simulator("eoj", *options) as url:
        made = VariantBench(f"http://127.0.0.1:{urlsplit(url).port}", pem, request.param)
        yield made
        made.close()


@pytest.mark.parametrize("promise", PROMISES, ids=lambda promise: promise.name)
def test_every_promise_is_kept(promise: NotePromise, bench: VariantBench) -> None:
    why_not = promise.exempt(bench)
    if why_not:
        pytest.skip(why_not)
    promise.try_on(bench)


def test_what_it_does_not_take_is_never_sent(bench: VariantBench) -> None:
    """Else a variant could pass by filing a document beside it."""
    asked = bench.hand.get("/_sim/log").json()["requests"]
    others = [kind for kind in KINDS if kind != bench.kind]
    assert not [route for route in asked if route.partition(".")[0] in others]
    assert bench.effects() > 0
