"""`python -m simulators.hl7record`: a care system that takes HL7 v2.5.1 documents over MLLP and announces launches, as
one process.

Prints `mllp on ADDRESS:PORT`, then the line every simulator prints about its HTTP port.
"""

import time

from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.eoj import records
from simulators.faults import Fault
from simulators.flaws import flaw_door
from simulators.hl7.lines import listening
from simulators.hl7.speaking import Voice
from simulators.hl7record.announcing import Announce, announcement, brought
from simulators.hl7record.hearing import RecordEar
from simulators.serving import Served, announce_and_run, arguments


def control_app(ear: RecordEar, voice: Voice, kept: records.CareRecords) -> Flask:
    """The test bench's door, over HTTP: never part of what a peer offers."""
    app = Flask(__name__)

    @app.post("/_sim/faults")
    def plan() -> tuple[Response, int]:
        try:
            ear.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @app.get("/_sim/documents")
    def documents() -> Response:
        with ear.lock:
            filed = {number: vars(each) for number, each in ear.documents.items()}
            return jsonify({"documents": filed, "created": dict(ear.created)})

    @app.get("/_sim/frames")
    def frames() -> Response:
        """The last messages as they came, for judges that read them otherwise than this system does."""
        return jsonify([frame.hex() for frame in ear.frames])

    _announcing(app, voice, kept)
    flaw_door(app, "/_sim/flaw", ear.plant)

    @app.post("/_sim/reset")
    def start_afresh() -> tuple[str, int]:
        ear.reset()
        return "", 204

    return app


def _announcing(app: Flask, voice: Voice, kept: records.CareRecords) -> None:
    @app.post("/_sim/announce")
    def announce() -> tuple[Response, int]:
        """A launch is announced: the message as hex, and the answer where it was sent."""
        try:
            asked = Announce.model_validate(request.get_json(force=True))
            frame = announcement(asked, kept, voice)
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        except KeyError:
            return jsonify({"record": "not here"}), 404
        answer = brought(frame, asked.to) if asked.to else b""
        return jsonify({"frame": frame.hex(), "answer": answer.hex()}), 201


def main() -> None:
    parser = arguments("hl7record", "A care system: HL7 v2.5.1 documents over MLLP")
    parser.add_argument(
        "--mllp", default="127.0.0.1:0", metavar="ADDRESS:PORT", help="where it is called; 0: a free port"
    )
    parser.add_argument("--records", metavar="FILE", help="citizens and practices (TOML)")
    parser.add_argument("--charset", default="UNICODE UTF-8", choices=["UNICODE UTF-8", "8859/1"])
    options = parser.parse_args()
    kept = records.load(options.records)
    voice = Voice(options.charset, f"EOJ{int(time.time()):010d}")
    ear = RecordEar(voice, frozenset(each.cpr for each in kept.record if each.cpr))
    address, _, port = options.mllp.rpartition(":")
    server = listening(address, int(port), ear)
    print(f"mllp on {address}:{server.server_address[1]}", flush=True)
    announce_and_run(Served(options.listen, "eoj.localhost", options.public_url), control_app(ear, voice, kept))


if __name__ == "__main__":
    main()
