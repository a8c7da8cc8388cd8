"""XML signature wrapping at the SOAP door: a genuine card is carried along while another one is to be believed.

Eight positions of the signed card (those of McIntosh/Austel and Somorovsky et al., for a card in a SOAP header), each
with the forged card under the signed one's id and under another.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from pathlib import Path

import pytest
from lxml import etree

from adapters.wire.dgws.signature import DS
from adapters.wire.soap import ENVELOPE
from gateway.domain.consultation.queue_entry import EntryStatus
from tests.support.consultations import CITIZENS, ELSEWHERE
from tests.support.doors.dgws_samples import SAML
from tests.support.doors.soap_world import BY, NEIGHBOUR, OTHER_CVR, Practice, Said, SoapWorld, card, request

Element = etree._Element
SIGNATURE, OBJECT, CARD = f"{{{DS}}}Signature", f"{{{DS}}}Object", f"{{{SAML}}}Assertion"


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SoapWorld]:
    folder: Path = tmp_path_factory.mktemp("wrapping")
    made = SoapWorld(folder)
    yield made
    made.gateway.engine.dispose()


class Envelope:
    """A genuine call of one practice, taken apart: its card, and a forged one that names the neighbour."""

    def __init__(self, content: str, id: str) -> None:
        self.root = etree.fromstring(request(content))
        self.genuine = next(self.root.iter(CARD))
        self.place = self.genuine.getparent()
        self.forged = etree.fromstring(card(OTHER_CVR))
        for signature in list(self.forged.iter(SIGNATURE)):
            signature.getparent().remove(signature)
        self.forged.set("id", id or self.genuine.get("id"))
        self.body = self.root.find(f"{{{ENVELOPE}}}Body")
        self.head = self.root.find(f"{{{ENVELOPE}}}Header")
        self.signature = next(self.genuine.iter(SIGNATURE))

    def forge(self, *, with_signature: bool = True) -> Element:
        """The forged card where the genuine one stood, perhaps with the genuine one's signature in it."""
        self.place.replace(self.genuine, self.forged)
        if with_signature:
            self.forged.append(deepcopy(self.signature))
        return self.forged

    def hidden_in(self, element: Element) -> None:
        element.append(self.genuine)


def beside_after(e: Envelope) -> None:
    e.forge(with_signature=False).addnext(e.genuine)


def beside_before(e: Envelope) -> None:
    e.forge(with_signature=False).addprevious(e.genuine)


def inside_the_forged(e: Envelope) -> None:
    e.hidden_in(e.forge(with_signature=False))


def inside_the_forged_that_is_signed(e: Envelope) -> None:
    e.hidden_in(e.forge())


def in_an_object_of_the_signature(e: Envelope) -> None:
    signature = next(e.forge().iter(SIGNATURE))
    e.hidden_in(etree.SubElement(signature, OBJECT))


def in_the_header_outside(e: Envelope) -> None:
    e.forge()
    e.hidden_in(etree.SubElement(e.head, "{urn:example}extension"))


def in_the_body(e: Envelope) -> None:
    e.forge()
    e.hidden_in(e.body)


def around_in_an_extension(e: Envelope) -> None:
    """The signed card first, under an element nobody knows; the forged one signed by reference after it."""
    e.forge()
    wrapper = etree.Element("{urn:example}extension")
    e.forged.addprevious(wrapper)
    e.hidden_in(wrapper)


POSITIONS: tuple[Callable[[Envelope], None], ...] = (
    beside_after, beside_before, inside_the_forged, inside_the_forged_that_is_signed, in_an_object_of_the_signature,
    in_the_header_outside, in_the_body, around_in_an_extension,
)  # fmt: skip


def answered(world: SoapWorld, e: Envelope) -> Said:
    answer = Practice(world).post(etree.tostring(e.root))
    return Said(answer.status_code, answer.data)


def shows(said: Said) -> bool:
    """Whether the neighbour's citizen is named in it."""
    return any(word in "".join(said.root.itertext()) for word in CITIZENS[0])


@pytest.mark.parametrize("id", ["", "IDCard2"], ids=["same id", "another id"])
@pytest.mark.parametrize("position", POSITIONS, ids=lambda position: position.__name__)
def test_a_signature_over_one_card_is_believed_of_no_other(
    world: SoapWorld, position: Callable[[Envelope], None], id: str
) -> None:
    entry = world.entry(ELSEWHERE, (NEIGHBOUR,))
    accept = f"<lb:AcceptConsultationRequest><lb:EntryId>{entry}</lb:EntryId>{BY}</lb:AcceptConsultationRequest>"
    for content in ("<lb:GetQueueRequest></lb:GetQueueRequest>", accept):
        attack = Envelope(content, id)
        position(attack)
        assert {attack.genuine, attack.forged} == set(attack.root.iter(CARD)), "both are carried along"
        said = answered(world, attack)
        assert said.fault or said.side, "somebody was believed"
        assert not shows(said)
    assert world.row(entry).status is EntryStatus.REQUESTED


def test_the_calls_themselves_are_good_before_they_are_wrapped(world: SoapWorld) -> None:
    """What is refused above is refused for the wrapping: untouched, and as the neighbour's own, it is answered."""
    world.entry(ELSEWHERE, (NEIGHBOUR,))
    untouched = answered(world, Envelope("<lb:GetQueueRequest></lb:GetQueueRequest>", ""))
    assert not untouched.fault and not untouched.side and not shows(untouched)
    neighbour = Practice(world).says("<lb:GetQueueRequest></lb:GetQueueRequest>", own=card(OTHER_CVR))
    assert not neighbour.fault and shows(neighbour)
