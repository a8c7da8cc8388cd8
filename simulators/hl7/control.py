"""The screen and the hands of this system's people, and the test bench's door, over HTTP: never part of what a peer
is offered."""

from flask import Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import Fault
from simulators.hl7.hearing import Ear
from simulators.hl7.lines import Outbox
from simulators.hl7.practice import OVER, Act, Appointment
from simulators.hl7.speaking import Names, Voice
from simulators.pages import page_app
from simulators.pages.practice import FORMS, Shown, screen

HANDS = {
    "seen": ("SEEN", "Pending"),
    "accept": ("ACCEPT", "Booked"),
    "put-back": ("PUTBACK", "Waitlist"),
    "reject": ("REJECT", "Cancelled"),
    "colour": ("COLOUR", "Pending"),  # an act nobody else has heard of
}

NOTES = {
    "REASON": "Drejer sig om",
    "FORM": "Hvem taler",
    "AGREED": "Aftalt",
    "MESSAGE": "Besked fra medarbejderen",
    "PARTICIPANTS": "Deltager",
    "CONSENT": "Samtykke",
    "FROM": "Fra",
    "ADDRESSED": "Til",
    "AWAY": "Tilstede",
}


def control_app(ear: Ear, voice: Voice, names: Names, outbox: Outbox | None) -> Flask:
    app = page_app(__name__, "gp", "Lægesystem")

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

    _screen(app, ear)
    _bench(app, ear, outbox)
    return app


def _screen(app: Flask, ear: Ear) -> None:
    @app.get("/queue")
    def show() -> Response:
        with ear.book.lock:
            return jsonify({placer: vars(each) for placer, each in ear.book.appointments.items()})

    @app.get("/")
    def shown() -> str:
        with ear.book.lock:
            return screen([_shown(each) for each in ear.book.appointments.values() if each.status not in OVER])


def _shown(appointment: Appointment) -> Shown:
    said = appointment.notes
    facts = {name: said.get(code, "") for code, name in NOTES.items()}
    facts["Hvem taler"] = FORMS.get(said.get("FORM", ""), "")
    state = f"{appointment.status} {appointment.who}".strip()
    return Shown(appointment.placer, state, facts, appointment.patient, said.get("LINK", ""))


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
