"""`python -m simulators.hl7`: a practice system that speaks HL7 v2.5.1 over MLLP, as one process.

Prints `mllp on ADDRESS:PORT`, then the line every simulator prints about its HTTP port.
"""

import time

from simulators.hl7.control import control_app
from simulators.hl7.hearing import Ear
from simulators.hl7.lines import Outbox, listening
from simulators.hl7.practice import Book
from simulators.hl7.speaking import Names, Voice
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("hl7", "A practice system: HL7 v2.5.1 over MLLP, both ways")
    parser.add_argument(
        "--mllp", default="127.0.0.1:0", metavar="ADDRESS:PORT", help="where it is called; 0: a free port"
    )
    parser.add_argument("--push", metavar="ADDRESS:PORT", help="where it brings what its people do (default: nowhere)")
    parser.add_argument("--practices", default="034835", metavar="YDERNUMMER,…")
    parser.add_argument("--names", default="GPSYS,TORVET,LAEGEBRO,FJORDBY", help="MSH-3 to MSH-6 of what it brings")
    parser.add_argument("--charset", default="UNICODE UTF-8", choices=["UNICODE UTF-8", "8859/1"])
    options = parser.parse_args()
    book, voice = Book(), Voice(options.charset, f"GP{int(time.time()):010d}")
    ear = Ear(book, voice, frozenset(options.practices.split(",")))
    address, _, port = options.mllp.rpartition(":")
    server = listening(address, int(port), ear)
    print(f"mllp on {address}:{server.server_address[1]}", flush=True)
    served = Served(options.listen, "gp.localhost", options.public_url)
    announce_and_run(served, control_app(ear, voice, _names(options.names), _outbox(options.push)))


def _names(text: str) -> Names:
    sender, place, receiver, there = text.split(",")
    return sender, place, receiver, there


def _outbox(push: str | None) -> Outbox | None:
    if not push:
        return None
    address, _, port = push.rpartition(":")
    return Outbox((address, int(port)))


if __name__ == "__main__":
    main()
