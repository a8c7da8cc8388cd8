"""Launches that are wrong on purpose: what the next identity token says, and who signs it."""

import threading
import time
from typing import Any

from flask import Blueprint, request

from simulators.signing import SigningKey

Json = dict[str, Any]
HOUR = 3600
CHANGES: dict[str, Json] = {
    "forged": {},
    "unknown-key": {},
    "expired": {},
    "other-municipality": {"organisation_cvr": "99220007"},
    "other-system": {"aud": "somebody-else"},
}


class LaunchFlaws:
    """One flaw for the next token, planned at ``/_sim/launch``."""

    def __init__(self, key: SigningKey) -> None:
        self._key = key
        self._lock = threading.Lock()
        self._next = ""

    def plan(self, flaw: str) -> None:
        with self._lock:
            self._next = flaw

    def sign(self, claims: Json) -> str:
        with self._lock:
            flaw, self._next = self._next, ""
        changed = {**claims, **CHANGES.get(flaw, {})}
        if flaw == "expired":
            now = int(time.time())
            changed.update(iat=now - 2 * HOUR, exp=now - HOUR)
        if flaw == "forged":
            return SigningKey.generated().sign(changed, kid=self._key.kid)
        return (SigningKey.generated() if flaw == "unknown-key" else self._key).sign(changed)


def flaws_blueprint(flaws: LaunchFlaws) -> Blueprint:
    """Mount at ``/_sim``."""
    blueprint = Blueprint("launch_flaws", __name__)

    @blueprint.post("/launch")
    def plan() -> tuple[str, int]:
        flaw = str(request.get_json(force=True).get("flaw"))
        if flaw not in CHANGES:
            return f"flaw: one of {', '.join(CHANGES)}", 422
        flaws.plan(flaw)
        return "", 204

    return blueprint
