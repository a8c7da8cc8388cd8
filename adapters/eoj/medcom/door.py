"""Where a municipality's acknowledgements and texts are brought (docs/medcom-notes.md)."""

from __future__ import annotations

from typing import ClassVar

from adapters.wire.medcom.exchange.door import MessageDoor
from gateway.ports.doors import Address


class Door(MessageDoor):
    """Of one care system reached by messages."""

    addresses: ClassVar = (Address("/medcom/eoj/{connection}/messages"),)
