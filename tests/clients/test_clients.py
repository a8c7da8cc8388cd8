"""Other people's client libraries, as they are published and pinned here, each through its whole round at the product.

fhir-kit-client and fhirpy fetch a practice's queue; npm soap, zeep and suds-community call by our WSDL; hl7v2-net and
python-hl7 keep our appointments and bring their own acts.
"""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

import hl7
import pytest
from fhirpy import SyncFHIRClient
from fhirpy.base.exceptions import MultipleResourcesFound, OperationOutcome
from hl7.client import MLLPClient
from hl7.mllp import start_hl7_server
from lxml import etree
from suds import WebFault
from suds.client import Client as SudsClient
from suds.sax.parser import Parser
from zeep import Client as ZeepClient
from zeep.exceptions import Fault

from adapters.contract import samples
from adapters.gp_system.hl7v2 import Adapter, Settings
from adapters.wire.soap import ENVELOPE
from adapters.wire.task.words import OUTPUT, TASK_STATUS
from gateway.certify.benches.hl7v2 import NAMES
from gateway.domain.consultation.queue_entry import EntryStatus
from tests.clients.world import Product, Talking, node, soap_headers
from tests.support.doors.fhir_world import ES, TORVET, Vendor
from tests.support.doors.mllp_process import CONNECTION, sch
from tests.support.doors.mllp_process import hl7 as message_of
from tests.support.doors.soap_world import NAME

WSDL = "/soap/consultations?wsdl"
ME = {"Id": "lha", "Name": "Lise Hansen"}


def states(running: Product, entries: list[Any]) -> list[EntryStatus]:
    return [running.fhir.row(each).status for each in entries]


# --- FHIR -----------------------------------------------------------------------------------------------------------


def test_fhir_kit_client(running: Product) -> None:
    entries = running.entries(TORVET, 3)
    said = node(
        "fhir_kit.mjs",
        {
            "base": running.fhir.base,
            "client_id": "torvet-client",
            "jwk": {**ES.as_dict(private=True), "kid": ES.kid},
            "entries": [str(each) for each in entries],
            "output": OUTPUT,
        },
    )
    # What is fetched is received, which is a change: a page may show again what an earlier one has moved.
    assert (said["version"], said["total"], said["counted"][1]) == ("4.0.1", len(set(said["found"])), 0)
    assert {str(each) for each in entries} <= set(said["found"])
    assert (said["states"], said["stale"]) == (["accepted", "received", "rejected"], 412)
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.RECEIVED, EntryStatus.REJECTED]
    assert running.fhir.row(entries[2]).ended_text == "Vi ringer"


def fhirpy_at(running: Product, version: str = "") -> SyncFHIRClient:
    token = Vendor(running.fhir).token["access_token"]
    named = {"If-Match": f'W/"{version}"'} if version else None
    return SyncFHIRClient(running.fhir.base, authorization=f"Bearer {token}", extra_headers=named)


def test_fhirpy(running: Product) -> None:
    entries = running.entries(TORVET)
    client = fhirpy_at(running)
    waiting = client.resources("Task").search(status=f"{TASK_STATUS}|requested,{TASK_STATUS}|received")
    assert {str(each) for each in entries} <= {task.id for task in waiting.fetch_all()}
    assert waiting.count() >= len(entries)
    accepted = {"type": {"coding": [{"system": OUTPUT, "code": "accepted-by"}]}, "valueString": "Lise Hansen"}
    task = client.reference("Task", str(entries[0])).to_resource()
    with pytest.raises(OperationOutcome) as unnamed:
        task.save()
    assert "If-Match" in str(unnamed.value), "the library says which version only where it is told"
    named = fhirpy_at(running, task["meta"]["versionId"])
    taken = named.resource("Task", **{**task.serialize(), "status": "accepted", "output": [accepted]})
    taken.save()
    assert running.fhir.row(entries[0]).accepted_name == "Lise Hansen"
    with pytest.raises(MultipleResourcesFound):  # its name for 412
        taken.save()
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.RECEIVED]


# --- SOAP -----------------------------------------------------------------------------------------------------------


def test_npm_soap(running: Product) -> None:
    entries = running.entries(NAME)
    said = node(
        "soap.mjs",
        {
            "wsdl": running.address + WSDL,
            "headers": [soap_headers() for _ in range(7)],
            "entries": [str(each) for each in entries],
            "unknown": str(uuid4()),
        },
    )
    assert {"GetQueue", "AcceptConsultation", "SetOpeningHours"} <= set(said["operations"])
    assert {str(each) for each in entries} <= set(said["queue"]) and said["one"] == str(entries[0])
    assert said["standing"] == ["waiting", "yours", "waiting", "ended"], said["standing"]
    assert (said["refused"]["status"], "unknown-entry" in json.dumps(said["refused"]["fault"])) == (500, True)
    assert states(running, entries) == [EntryStatus.RECEIVED, EntryStatus.REJECTED]


def parsed_headers() -> list[etree._Element]:
    return list(etree.fromstring(f"<x>{soap_headers()}</x>"))


def test_zeep(running: Product) -> None:
    entries = running.entries(NAME)
    service = ZeepClient(running.address + WSDL).bind("GatewayQueueService", "GatewayQueue")  # type: ignore[no-untyped-call]
    queue = service.GetQueue(_soapheaders=parsed_headers()).body
    assert {str(each) for each in entries} <= {each.EntryId for each in queue.Consultation}
    taken = service.AcceptConsultation(EntryId=str(entries[0]), By=ME, _soapheaders=parsed_headers()).body
    assert taken.Standing == "yours"
    no = {"Reason": "by-phone", "By": ME}
    service.RejectConsultation(EntryId=str(entries[1]), **no, _soapheaders=parsed_headers())
    with pytest.raises(Fault) as refused:
        service.MarkSeen(EntryId=str(uuid4()), _soapheaders=parsed_headers())
    assert (refused.value.code, refused.value.detail.findtext(".//{*}Code")) == ("soapenv:Client", "unknown-entry")
    unknown = etree.Element("{urn:vendor}Routing", {f"{{{ENVELOPE}}}mustUnderstand": "1"})
    with pytest.raises(Fault) as not_understood:
        service.GetQueue(_soapheaders=[*parsed_headers(), unknown])
    assert not_understood.value.code == "soapenv:MustUnderstand"
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.REJECTED]


def test_suds(running: Product) -> None:
    entries = running.entries(NAME)
    client = SudsClient(running.address + WSDL, cache=None)

    def call(operation: str, **said: Any) -> Any:
        root = Parser().parse(string=f"<x>{soap_headers()}</x>".encode()).root()
        client.set_options(soapheaders=[each.detach() for each in list(root.children)])
        return getattr(client.service["GatewayQueueService"]["GatewayQueue"], operation)(**said)

    queue = call("GetQueue")
    assert {str(each) for each in entries} <= {each.EntryId for each in queue.Consultation}
    assert call("AcceptConsultation", EntryId=str(entries[0]), By=ME).Standing == "yours"
    call("RejectConsultation", EntryId=str(entries[1]), By=ME, Reason="other", Text="Ring til os")
    with pytest.raises(WebFault) as refused:
        call("MarkSeen", EntryId=str(uuid4()))
    assert refused.value.fault.detail.QueueFault.Code == "unknown-entry"
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.REJECTED]
    assert running.fhir.row(entries[1]).ended_text == "Ring til os"


# --- HL7 v2 -----------------------------------------------------------------------------------------------------------


def our_side(port: int) -> Adapter:
    words = {"host": "127.0.0.1", "port": port, "tls": False, "claims": "brought", "answers_queries": False, **NAMES}
    return Adapter(CONNECTION, Settings.model_validate({**words, "total_timeout": 30, "charset": "8859/1"}), str)


def acts(entries: list[Any]) -> list[bytes]:
    """Accept; reject; and a status that nobody knows: as that library's own author would write them."""
    rejects = sch(entries[1], "REJECT^^99LB^by-phone", "Cancelled"), "NTE|1|L|Vi ringer kl. 13"
    return [
        message_of(sch(entries[0], "ROUTINE^^HL70276", "BOOKED"), control="CL1"),
        message_of(*rejects, control="CL2", kind="SIU^S15^SIU_S12"),
        message_of(sch(entries[0], "ROUTINE^^HL70276", "Tentative"), control="CL3"),
    ]


def test_python_hl7(running: Product) -> None:
    entries = running.entries(CONNECTION)
    codes = []
    with MLLPClient("127.0.0.1", running.mllp) as client:
        for act in acts(entries):
            answer = hl7.parse(client.send_message(act).strip(b"\x0b\x1c\r").decode())
            codes.append((str(answer.segment("MSA")[1]), str(answer.segment("MSA")[2])))
    assert codes == [("AA", "CL1"), ("AA", "CL2"), ("AE", "CL3")]
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.REJECTED]


def test_python_hl7_keeps_our_appointments() -> None:
    heard: list[str] = []

    async def practice(reader: Any, writer: Any) -> None:
        while not writer.is_closing():
            message = await reader.readmessage()
            heard.append(str(message.segment("MSH")[9]))
            writer.writemessage(message.create_ack())
            await writer.drain()

    @asynccontextmanager
    async def listening() -> Any:
        server = await start_hl7_server(practice, host="127.0.0.1", port=0, encoding="iso-8859-1")
        async with server:
            yield server.sockets[0].getsockname()[1]

    async def round_trip() -> None:
        async with listening() as port:
            await asyncio.to_thread(told, our_side(port))

    asyncio.run(round_trip())
    assert heard == ["SIU^S12^SIU_S12", "SIU^S15^SIU_S12"]


def told(system: Adapter) -> None:
    """An entry is put into the queue, and withdrawn."""
    entry = samples.entry("012345", datetime.now(UTC))
    message = samples.message("012345", entry=entry)
    assert system.enqueue(message).reference.startswith("MSA-2 ")
    gone = samples.entry("012345", datetime.now(UTC), id=entry.id, status=EntryStatus.WITHDRAWN, revision=3)
    assert system.update(samples.message("012345", entry=gone)).reference.startswith("MSA-2 ")
    system.close()


def test_hl7v2_net(running: Product) -> None:
    entries = running.entries(CONNECTION)
    peer = Talking("hl7v2.mjs")
    try:
        told(our_side(peer.hear()["port"]))
        kept = peer.ask()["heard"]
        codes = [peer.ask(port=running.mllp, message=act.decode()).get("msa", "") for act in acts(entries)]
    finally:
        peer.end()
    assert [each["type"][:3] for each in kept] == ["SIU", "SIU"], kept
    assert [code.split("|")[1] for code in codes] == ["AA", "AA", "AE"]
    assert states(running, entries) == [EntryStatus.ACCEPTED, EntryStatus.REJECTED]
