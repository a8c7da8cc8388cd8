"""A vendor's developer takes zeep, our ``?wsdl`` and a card, and nothing else of ours: it works at once."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

import pytest
from flask.testing import FlaskClient
from lxml import etree
from zeep import Client
from zeep.exceptions import Fault
from zeep.transports import Transport

from adapters.wire.dgws.header import Flow, header
from adapters.wire.dgws.sts import security
from adapters.wire.soap import NAMESPACES
from tests.support.doors.soap_world import SoapWorld, card


class OverTheDoor(Transport):
    """zeep's HTTP, through the application itself."""

    def __init__(self, client: FlaskClient) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self._client = client

    def load(self, url: str) -> bytes:
        answer = self._client.get(url)
        assert answer.status_code == 200, url
        return answer.data

    def post(self, address: str, message: Any, headers: dict[str, str]) -> Any:
        answer = self._client.post(address, data=message, headers=headers)
        answer.content = answer.data  # type: ignore[attr-defined]
        answer.encoding = "utf-8"  # type: ignore[attr-defined]
        return answer


def headers() -> list[etree._Element]:
    """wsse:Security and medcom:Header, as any DGWS library would write them."""
    declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items()).encode()
    both = security(card(), datetime.now(UTC)) + header(Flow(uuid4(), uuid4()))
    return list(etree.fromstring(b"<x " + declared + b">" + both + b"</x>"))


def test_the_published_contract_is_enough(tmp_path: Path) -> None:
    world = SoapWorld(tmp_path)
    client = world.app.test_client()
    client.environ_base["HTTP_HOST"] = "gateway.localhost:8000"
    vendor = Client("http://gateway.localhost:8000/soap/consultations?wsdl", transport=OverTheDoor(client))  # type: ignore[no-untyped-call]
    service = vendor.bind("GatewayQueueService", "GatewayQueue")
    entry = world.entry()
    queue = service.GetQueue(_soapheaders=headers()).body
    assert [each.EntryId for each in queue.Consultation] == [str(entry)] and queue.Complete is True
    me = {"Id": "lha", "Name": "Lise Hansen"}
    taken = service.AcceptConsultation(EntryId=str(entry), By=me, _soapheaders=headers()).body
    assert taken.Standing == "yours" and world.row(entry).accepted_name == "Lise Hansen"
    later = service.GetQueue(Cursor=queue.NextCursor, _soapheaders=headers()).body
    assert [(each.EntryId, each.State) for each in later.Consultation] == [(str(entry), "yours")]
    with pytest.raises(Fault) as refused:
        service.MarkSeen(EntryId=str(uuid4()), _soapheaders=headers())
    assert refused.value.detail.findtext(".//{*}Code") == "unknown-entry"
    world.gateway.engine.dispose()
