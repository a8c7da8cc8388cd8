"""The VANS client over HTTP: takes letters, and the test bench's door beside it."""

from flask import Blueprint, Flask, Response, jsonify, request
from pydantic import ValidationError

from simulators.faults import Fault, Faults, HangUp
from simulators.fhir.http import as_response, hang_up
from simulators.fhir.outcome import Answer
from simulators.flaws import files_all_the_same, flaw_door
from simulators.oioxml.record import LetterRecord, Unreadable


def vans_app(record: LetterRecord) -> Flask:
    app, faults = Flask(__name__), Faults()
    app.register_error_handler(HangUp, lambda _: hang_up())

    @app.post("/letters")
    def letters() -> Response:
        content = request.get_data()

        def effect() -> Answer:
            try:
                record.take(content)
            except Unreadable as fault:
                return _problem(*fault.args)
            return Answer(202, None)

        answer = faults.perform("letter.create", effect)
        if files_all_the_same(record.flaw, answer.status):
            effect()
        return as_response(answer)

    app.register_blueprint(_bench(record, faults), url_prefix="/_sim")
    return app


def _problem(code: str, element: str) -> Answer:
    issue = {"severity": "error", "code": "structure", "details": {"coding": [{"code": code}]}, "expression": [element]}
    return Answer(422, {"resourceType": "OperationOutcome", "issue": [issue]})


def _bench(record: LetterRecord, faults: Faults) -> Blueprint:
    blueprint = Blueprint("sim", __name__)
    flaw_door(blueprint, "/flaw", record.plant)

    @blueprint.post("/faults")
    def plan() -> tuple[Response, int]:
        try:
            faults.plan(Fault.model_validate(request.get_json(force=True)))
        except ValidationError as error:
            return jsonify(error.errors(include_input=False, include_context=False, include_url=False)), 422
        return jsonify({}), 201

    @blueprint.post("/refuse/<code>")
    def refuse(code: str) -> tuple[str, int]:
        """The next letter is refused by a receipt."""
        record.refusing.append(code)
        return "", 204

    @blueprint.post("/silence/<int:times>")
    def silence(times: int) -> tuple[str, int]:
        """That many letters are filed without a receipt."""
        record.silent = times
        return "", 204

    @blueprint.get("/letters")
    def filed() -> Response:
        with record.lock:
            kept = {
                number: {"text": each.letter.text, "subject": each.letter.subject, "replaced": each.replaced}
                for number, each in record.filed.items()
            }
            return jsonify({"letters": kept, "created": dict(record.created)})

    @blueprint.post("/reset")
    def start_afresh() -> tuple[str, int]:
        record.reset()
        faults.clear()
        return "", 204

    return blueprint
