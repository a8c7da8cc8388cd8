"""The floor under our SOAP adapter: zeep alone, with a card made beforehand, saying the same to the same address.

zeep maps the same values by the same WSDL, puts the header in as finished elements, sends by its own transport and
reads the answer.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from uuid import uuid4

from lxml import etree
from zeep import Client
from zeep.transports import Transport

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from adapters.gp_system.soap.peer import CONTRACT  # noqa: E402
from adapters.gp_system.soap.words import NAMESPACE  # noqa: E402
from adapters.wire.dgws.header import Flow, header  # noqa: E402
from adapters.wire.dgws.idcard import SystemIdentity, own_card  # noqa: E402
from adapters.wire.dgws.sts import security  # noqa: E402
from adapters.wire.keyfiles import signer_from  # noqa: E402
from adapters.wire.soap import NAMESPACES  # noqa: E402


class BareZeep:
    """One service, one card."""

    def __init__(self, address: str, keys: Path) -> None:
        signer = signer_from("caller.pem", "caller.key", lambda name: (keys / name).read_text(encoding="utf-8"))
        identity = SystemIdentity("Laegebro", "99110007", "Fjordby Kommune")
        self._card = own_card(identity, signer, datetime.now(UTC), lambda size: b"b" * size)
        client = Client(str(CONTRACT), transport=Transport(operation_timeout=30))  # type: ignore[no-untyped-call]
        self._service = client.create_service(f"{{{NAMESPACE}}}PracticeQueueBinding", address)

    def say(self, operation: str, values: Mapping[str, Any]) -> None:
        said = getattr(self._service, operation)(**values, _soapheaders=self._headers())
        assert said.body.Receipt.Reference, "the peer took it"

    def _headers(self) -> list[etree._Element]:
        declared = " ".join(f'xmlns:{prefix}="{uri}"' for prefix, uri in NAMESPACES.items()).encode()
        both = security(self._card, datetime.now(UTC)) + header(Flow(uuid4(), uuid4()))
        return list(etree.fromstring(b"<x " + declared + b">" + both + b"</x>"))
