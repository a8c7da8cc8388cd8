"""Cards under our own signature: kept while they are good, renewed when the peer or the clock says so."""

from __future__ import annotations

import itertools
from datetime import timedelta

from adapters.wire.dgws.assertion import Demands, genuine
from adapters.wire.dgws.idcard import SystemIdentity
from adapters.wire.dgws.signature import Trust
from adapters.wire.dgws.sts import OwnCards
from adapters.wire.xml import parse_xml
from tests.support.doors.dgws_samples import NOW, signer

IDENTITY = SystemIdentity("Laegebro", "99110007", "Fjordby Kommune")


def cards() -> OwnCards:
    numbers = itertools.count()
    return OwnCards(IDENTITY, signer(), lambda size: bytes([next(numbers)]) * size)


def test_a_card_is_kept_until_shortly_before_it_expires() -> None:
    own = cards()
    first = own.current(NOW)
    assert own.current(NOW + timedelta(hours=23)) is first
    assert own.current(first.not_on_or_after - timedelta(seconds=29)).content != first.content


def test_a_refused_card_is_not_shown_again() -> None:
    own = cards()
    first = own.current(NOW)
    own.renew(first)
    second = own.current(NOW)
    own.renew(first)  # another thread heard the same refusal late
    assert second.content != first.content and own.current(NOW) is second


def test_it_is_the_card_its_own_certificate_vouches_for() -> None:
    card = cards().current(NOW)
    read = genuine(parse_xml(card.content), Demands({"Laegebro": Trust((signer().certificate,))}), NOW)
    assert read.only("medcom:CareProviderID") == "99110007" and read.not_on_or_after == card.not_on_or_after
