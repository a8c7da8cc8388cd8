"""What the peer's acknowledgement means for the delivery (HL7 v2.5.1 §2.9, table 0357). Pure.

AR 206 (record locked) says that nothing was done and may be tried again. AE 207 is an error of the peer's own while it
worked: nobody knows what was done. Every other AE and AR is a definite no.
"""

from __future__ import annotations

from adapters.wire.er7 import Er7Message
from gateway.domain.errors import PeerBusy, PeerRefused, PeerUnavailable

TAKEN = ("AA", "CA")
NO = ("AE", "AR", "CE", "CR")
UNKNOWN_KEY = "AE-204"
DUPLICATE_KEY = "AE-205"


def accepted(answer: Er7Message, peer: str) -> None:
    """Raises what the answer asks for; the code is the peer's, and nothing it wrote beside it."""
    code = answer.first("MSA").text(1)
    if code in TAKEN:
        return
    error = _error_code(answer)
    if code in ("AR", "CR") and error == "206":
        raise PeerBusy(peer, "AR-206")
    if code in ("AE", "CE") and error == "207":
        raise PeerUnavailable(peer, "awaiting the answer")
    raise PeerRefused(peer, f"{code if code in NO else 'no-ack'}-{error or 'none'}")


def _error_code(answer: Er7Message) -> str:
    """ERR-3; ERR-1.4 from a peer of before v2.5."""
    error = answer.first("ERR")
    code = error.text(3) or error.text(1, 4)
    return code if code.isascii() and code.isdigit() and len(code) < 7 else ""
