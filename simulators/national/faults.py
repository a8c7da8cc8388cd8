"""Faults on purpose in the language of SOAP and DGWS: planned at `/_sim/faults`, struck first come first served."""

import time
from typing import Literal

from simulators.faults import HangUp, Strike
from simulators.national.envelopes import Refused

Mode = Literal[
    "down-503",  # HTTP 503 with Retry-After, nothing done
    "black-hole",  # silence for `delay` seconds, then the line is cut; nothing done
    "drop-reply",  # done, but the answer is lost
    "slow",  # done, answered after `delay`
    "fault",  # a fault with the DGWS code in `code` ("" for a bare one), nothing done
    "fault-200",  # the same under HTTP 200
    "multipart",  # the answer in a MIME package, as some services send it
    "garbage",  # HTTP 200 with something that is no XML
    "doctype",  # an answer with a document type before it
]
DEFAULT_HOLD = 30.0


class Fault(Strike):
    """`route`: `sts`, `cpr` or `*`."""

    route: Literal["sts", "cpr", "*"]
    mode: Mode
    code: str = ""


def before_the_work(fault: Fault) -> None:
    """What prevents the work: silence or a refusal."""
    if fault.mode == "black-hole":
        time.sleep(fault.delay or DEFAULT_HOLD)
        raise HangUp
    time.sleep(fault.delay)
    if fault.mode in ("fault", "fault-200"):
        raise Refused(fault.code, "DGWS error", "Client" if fault.code else "Server")


def packed(answer: bytes) -> tuple[bytes, str]:
    """The answer as the root of a MIME package (SOAP with attachments), and its content type."""
    line = "uuid-5b1f3c1e"
    body = (
        f'--{line}\r\nContent-Type: application/xop+xml; charset=UTF-8; type="text/xml"\r\n'
        "Content-Transfer-Encoding: binary\r\nContent-ID: <root>\r\n\r\n"
    ).encode()
    kind = f'multipart/related; type="application/xop+xml"; boundary="{line}"; start="<root>"; start-info="text/xml"'
    return body + answer + f"\r\n--{line}--\r\n".encode(), kind
