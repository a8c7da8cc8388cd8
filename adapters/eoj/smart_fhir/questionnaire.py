"""A note as the answers to a form of the care system's, a QuestionnaireResponse (R4 §2.45). Pure."""

from __future__ import annotations

from adapters.eoj.smart_fhir.note_mapping import Json, identifier_of, instant, meta_of
from adapters.eoj.smart_fhir.shape import Kind
from adapters.wire.note.text import text_of, title_of
from gateway.domain.peers.messages import NoteMessage

TITLE, VERSION = "title", "version"


class QuestionnaireShape:
    """Implements ``revised.RevisedShape``. ``form`` is the questionnaire's canonical address ("" = none), ``text_item``
    the linkId of the field that holds the note; beside it stand *title* and *version*."""

    kind: Kind = "QuestionnaireResponse"

    def __init__(self, form: str, text_item: str) -> None:
        self._form, self._text_item = form, text_item

    def resource_of(self, message: NoteMessage, encounter: str) -> Json:
        response = {
            "resourceType": "QuestionnaireResponse",
            "id": str(message.case_key),
            **meta_of(message),
            "identifier": identifier_of(message.case_key),
            "questionnaire": self._form,
            "status": "completed" if message.note.version == 1 else "amended",
            "subject": {"reference": message.record_ref},
            "encounter": {"reference": encounter} if encounter else {},
            "authored": _authored(message),
            "author": {"display": "Lægebro"},
            "item": self._items(message),
        }
        return {name: value for name, value in response.items() if value}

    def revised(self, held: Json, message: NoteMessage) -> Json:
        """*amended*: changed after it had been completed (R4 questionnaire-answers-status)."""
        ours = self._items(message)
        names = {each["linkId"] for each in ours}
        others = [each for each in held.get("item") or [] if each.get("linkId") not in names]
        return {**held, "status": "amended", "authored": _authored(message), "item": [*ours, *others]}

    def version_in(self, held: Json) -> int:
        number = self._answer(held, VERSION).get("valueInteger")
        return number if isinstance(number, int) and not isinstance(number, bool) else 0

    def text_in(self, held: Json) -> str:
        return str(self._answer(held, self._text_item).get("valueString") or "")

    def counts(self, held: Json) -> bool:
        return held.get("status") in ("completed", "amended")

    def _items(self, message: NoteMessage) -> list[Json]:
        note = message.note
        return [
            {"linkId": TITLE, "text": "Titel", "answer": [{"valueString": title_of(note)}]},
            {"linkId": self._text_item, "text": "Notat", "answer": [{"valueString": text_of(note)}]},
            {"linkId": VERSION, "text": "Version", "answer": [{"valueInteger": note.version}]},
        ]

    @staticmethod
    def _answer(held: Json, link: str) -> Json:
        items = [each for each in held.get("item") or [] if each.get("linkId") == link]
        answers = items[0].get("answer") or [] if items else []
        return dict(answers[0]) if answers else {}


def _authored(message: NoteMessage) -> str:
    return instant(message.note.approved_at or message.note.created_at)
