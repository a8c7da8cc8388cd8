"""The hands and the test bench's door of this system, over HTTP: it has no screen. Never part of what a peer offers."""

from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import Fault
from simulators.hl7.hearing import Ear
from simulators.hl7.lines import Outbox
from simulators.hl7.practice import Act
from simulators.hl7.speaking import Names, Voice

HANDS = {
    "seen": ("SEEN", "Pending"),
    "accept": ("ACCEPT", "Booked"),
    "put-back": ("PUTBACK", "Waitlist"),
    "reject": ("REJECT", "Cancelled"),
    "colour": ("COLOUR", "Pending"),  # an act nobody else has heard of
}


def control_app(ear: Ear, voice: Voice, names: Names, outbox: Outbox | None) -> Flask:
    app = Flask(__name__)

    def tell(act: Act) -> None:
        if outbox is not None:
            outbox.put(*voice.push(names, act, ear.book.appointments[act.placer]))

    @app.post("/queue/<placer>/<hand>")
    def do(placer: str, hand: str) -> tuple[str, int]:
        what, status = HANDS[hand]
        try:
            with ear.book.lock:
                tell(ear.book.act(placer, what, status, **dict(request.form)))
        except KeyError:
            return "no such appointment", 404
        except ValueError:
            return "over", 409
        return "", 204

    @app.post("/queue/<placer>/note")
    def annotate(placer: str) -> tuple[str, int]:
        """A note of this system's own."""
        with ear.book.lock:
            ear.book.appointments[placer].notes["99GP-COLOUR"] = request.form["text"]
        return "", 204

    @app.get("/queue")
    def show() -> Response:
        with ear.book.lock:
            return jsonify({placer: vars(each) for placer, each in ear.book.appointments.items()})

    _bench(app, ear, outbox)
    return app


def _bench(app: Flask, ear: Ear, outbox: Outbox | None) -> None:
    @app.post("/_sim/faults")
    def plan() -> tuple[Response, int]:
        try:
            ear.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @app.get("/_sim/log")
    def log() -> Response:
        brought = list(outbox.answers) if outbox else []
        return jsonify({"heard": dict(ear.heard), "created": dict(ear.book.created), "brought": brought})

    @app.get("/_sim/frames")
    def frames() -> Response:
        """The last messages as they came, for judges that read them otherwise than this system does."""
        return jsonify([frame.hex() for frame in ear.frames])

    @app.post("/_sim/reset")
    def start_afresh() -> tuple[str, int]:
        ear.reset()
        ear.book.reset()
        return "", 204
