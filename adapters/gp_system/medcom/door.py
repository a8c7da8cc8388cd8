"""Where a practice's acknowledgements and texts are brought (docs/medcom.md)."""

from __future__ import annotations

from typing import ClassVar

from adapters.wire.medcom.exchange.door import MessageDoor
from gateway.ports.doors import Address


class Door(MessageDoor):
    """Of one practice system reached by messages."""

    addresses: ClassVar = (Address("/medcom/{connection}/messages"),)
