"""Faults of a FHIR server's vendor, planted where documents are filed (simulators/flaws.py)."""

import base64
import uuid
from typing import Any

from simulators.faults import Effect, Faults
from simulators.fhir.engine import Engine
from simulators.fhir.outcome import Answer, Json, refused
from simulators.fhir.search import searchset
from simulators.flaws import Flaw, files_all_the_same, kept_text

KIND = "DocumentReference"


class FlawedFaults(Faults):
    """A refusal by order of the test that is none: the document is filed all the same."""

    flaw: Flaw = ""

    def plant(self, flaw: Flaw) -> None:
        self.flaw = flaw

    def clear(self) -> None:
        super().clear()
        self.flaw = ""

    def perform(self, interaction: str, effect: Effect) -> Answer:
        answer = super().perform(interaction, effect)
        if interaction == f"{KIND}.create" and files_all_the_same(self.flaw, answer.status):
            effect()
        return answer


class FlawedEngine(Engine):
    """Flawless until one is planted in ``flaws``, which is set before the first call."""

    flaws: FlawedFaults

    def read(self, kind: str, identity: str) -> Answer:
        if kind == KIND and self.flaws.flaw == "hides":
            return refused(404, "not-found", f"no such {kind}")
        return super().read(kind, identity)

    def search(self, kind: str, wanted: list[tuple[str, str]], by_get: bool) -> Answer:
        if kind == KIND and self.flaws.flaw == "hides":
            return Answer(200, searchset(self.base, kind, [], 0, None))
        return super().search(kind, wanted, by_get)

    def _write(self, kind: str, resource: Json, before: Json | None) -> Answer:
        if before is None and kind == KIND and _is_picture(resource):
            told = self.flaws.instead("Picture.create")
            if told is not None:
                return told
        flaw = self.flaws.flaw if kind == KIND else ""
        if flaw == "keeps-former" and before is not None:
            return self._answer(200, before)
        if not flaw:
            return super()._write(kind, resource, before)
        return self._flawed(flaw, kind, _as_kept(flaw, resource), before)

    def _flawed(self, flaw: Flaw, kind: str, resource: Json, before: Json | None) -> Answer:
        answer = super()._write(kind, resource, before)
        is_lost = flaw == "loses" or (flaw == "loses-corrections" and bool(resource.get("relatesTo")))
        if is_lost and before is None and answer.undo is not None:
            answer.undo()
        if flaw == "doubles" and before is None:
            super()._write(kind, {**resource, "id": str(uuid.uuid4())}, None)
        return answer


def _as_kept(flaw: Flaw, document: Json) -> Json:
    return {**document, "content": [_content(flaw, each) for each in document.get("content", [])]}


def _is_picture(document: Json) -> bool:
    kinds = [str(each["attachment"].get("contentType")) for each in document.get("content", [])]
    return bool(kinds) and all(each.startswith("image/") for each in kinds)


def _content(flaw: Flaw, content: Json) -> Any:
    attachment = content["attachment"]
    if not attachment["contentType"].startswith("text/"):
        return content
    text = kept_text(flaw, base64.b64decode(attachment["data"]).decode())
    return {**content, "attachment": {**attachment, "data": base64.b64encode(text.encode()).decode()}}
