"""Our adapter and the simulator of VDX before the official OpenAPI document of the Video-API v2."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

import yaml
from jsonschema import Draft202012Validator

from adapters.contract.room_promises import PROMISES, now
from adapters.wire.overhearing import Said, overhearing
from gateway.certify.video.vdx import Bench, vdx_system
from gateway.domain.errors import PeerError

Json = dict[str, Any]
REFUSED = (10, 20, 22, 24)  # detailed_error_code
ASKED = 12  # exchanges at least: fewer would say that nothing was judged


class Document:
    """``path`` is ``video-api-v2.yaml`` of KvalitetsIT/medcom-video-api."""

    def __init__(self, path: Path) -> None:
        told = yaml.safe_load(path.read_text(encoding="utf-8"))
        self._paths: Mapping[str, Json] = _resolved(told["paths"], told)

    def faults(self, request: Said, answer: Said) -> Iterator[str]:
        """What the document does not allow in this exchange."""
        method, _, address = request.line.partition(" ")
        path = urlsplit(address).path
        operation = self._operation(method.lower(), path)
        if operation is None:
            yield f"{method} {path}: no such operation"
            return
        place, status = f"{method} {path} {answer.line[:3]}", answer.line[:3]
        yield from _misfit(place, operation.get("requestBody"), request)
        if status not in operation["responses"]:
            yield f"{place}: no such answer"
        else:
            yield from _misfit(place, operation["responses"][status], answer)

    def _operation(self, method: str, path: str) -> Json | None:
        """The most literal of those that fit."""
        fitting = [known for known in self._paths if re.fullmatch(re.sub(r"\{[^}]+\}", "[^/]+", known), path)]
        chosen = min(fitting, key=lambda known: known.count("{"), default="")
        found: Json | None = self._paths.get(chosen, {}).get(method)
        return found


def _resolved(part: Any, whole: Json) -> Any:
    """References replaced by what they name, and the two turns of OpenAPI 3.0 that JSON Schema says otherwise: a value
    that may be null, and a text whose enumeration YAML reads as numbers (``detailed_error_code``)."""
    if isinstance(part, list):
        return [_resolved(each, whole) for each in part]
    if not isinstance(part, dict):
        return part
    if isinstance(part.get("$ref"), str):
        found: Any = whole
        for step in part["$ref"].removeprefix("#/").split("/"):
            found = found[step]
        return _resolved(found, whole)
    found = {name: _resolved(each, whole) for name, each in part.items()}
    if found.get("type") == "string" and isinstance(found.get("enum"), list):
        found["enum"] = [str(each) for each in found["enum"]]
    if found.get("nullable") is True:
        found["type"] = [found["type"], "null"]
    return found


def _misfit(place: str, allowed: Json | None, said: Said) -> Iterator[str]:
    content = (allowed or {}).get("content", {})
    if not said.body:
        return
    media = next((each for name, each in said.headers.items() if name.lower() == "content-type"), "").partition(";")[0]
    if media not in content:
        yield f"{place}: {media} is none of {sorted(content)}"
        return
    checker = Draft202012Validator(content[media]["schema"], format_checker=Draft202012Validator.FORMAT_CHECKER)
    for fault in checker.iter_errors(json.loads(said.body)):
        yield f"{place}: {'/'.join(map(str, fault.absolute_path))}: {fault.message[:120]}"


def exchanges() -> list[tuple[Said, Said]]:
    """All that passes while every promise about rooms is kept, and while VDX refuses."""
    heard: list[tuple[Said, Said]] = []
    with vdx_system() as found, overhearing(lambda request, answer: heard.append((request, answer))):
        bench = Bench(*found)
        for promise in PROMISES:
            promise.try_on(bench)
        for code in REFUSED:
            bench.plan(refusals=[code] * 4)
            try:
                bench.system.open(uuid4(), now())
            except PeerError:
                continue
        bench.plan()
        bench.system.look(str(uuid4()))
        for probe in bench.system.trial():
            probe.run()
        bench.close()
    return [each for each in heard if "/auth/token" not in each[0].line]


def faults(document: Path) -> list[str]:
    judge, heard = Document(document), exchanges()
    found = {fault for each in heard for fault in judge.faults(*each)}
    few = [] if len(heard) >= ASKED else [f"only {len(heard)} exchanges"]
    return sorted(found) + few
