"""Resources in memory with every version kept; one lock, so that a check and the write it allows are one step."""

import copy
import threading
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from simulators.fhir.outcome import Json, Refused, refused
from simulators.fhir.search import identifiers_of

Listener = Callable[[Json | None, Json], None]


class ResourceStore:
    """`meta.lastUpdated` strictly grows over the whole store, so polling with `gt` skips nothing."""

    def __init__(self) -> None:
        self.lock = threading.RLock()
        self._versions: dict[tuple[str, str], list[Json]] = {}
        self._last = datetime.now(UTC)
        self.listeners: list[Listener] = []

    def current(self, kind: str, identity: str) -> Json | None:
        with self.lock:
            versions = self._versions.get((kind, identity))
            return copy.deepcopy(versions[-1]) if versions else None

    def all(self, kind: str) -> list[Json]:
        """The current version of every resource of one type, oldest change first; to be read, never changed."""
        with self.lock:
            found = [each[-1] for (of, _), each in self._versions.items() if of == kind]
        return sorted(found, key=lambda resource: str(resource["meta"]["lastUpdated"]))

    def history(self, kind: str, identity: str) -> list[Json]:
        """Every version, newest first."""
        with self.lock:
            return copy.deepcopy(self._versions.get((kind, identity), []))[::-1]

    def write(self, resource: Json) -> Json:
        """Store the next version of a validated resource and tell the listeners."""
        with self.lock:
            kind, identity = resource["resourceType"], resource["id"]
            versions = self._versions.setdefault((kind, identity), [])
            before = versions[-1] if versions else None
            stored = copy.deepcopy(resource)
            stored["meta"] = {**stored.get("meta", {}), **self._stamp(len(versions) + 1)}
            versions.append(stored)
            for listener in self.listeners:
                listener(before, stored)
            return copy.deepcopy(stored)

    def take_back(self, resource: Json, before: Json | None) -> None:
        """Forget every version of a resource after `before`, as if the write had never been."""
        key = (resource["resourceType"], resource["id"])
        keep = int(before["meta"]["versionId"]) if before else 0
        with self.lock:
            self._versions[key] = self._versions.get(key, [])[:keep]
            if not self._versions[key]:
                del self._versions[key]

    def drop(self, kinds: set[str]) -> None:
        with self.lock:
            for key in [key for key in self._versions if key[0] in kinds]:
                del self._versions[key]

    def count_by_identifier(self, kinds: set[str]) -> dict[str, dict[str, int]]:
        """How many resources stand in the store under each business identifier, by type."""
        counts: dict[str, Counter[str]] = {}
        with self.lock:
            for (kind, _), versions in self._versions.items():
                if kind in kinds:
                    counts.setdefault(kind, Counter()).update(business_keys(versions[-1]))
        return {kind: dict(each) for kind, each in counts.items()}

    def _stamp(self, version: int) -> Json:
        self._last = max(datetime.now(UTC), self._last + timedelta(microseconds=1))
        return {"versionId": str(version), "lastUpdated": self._last.isoformat(timespec="microseconds")}


def business_keys(resource: Json) -> list[str]:
    """`system|value` of each identifier. Only asked for types whose identifiers name no person."""
    return [f"{each.get('system', '')}|{each.get('value', '')}" for each in identifiers_of(resource)]


def validated(kind: str, resource: object) -> Json:
    """The resource if it is a well-formed R4 resource of this type, else 422 naming the elements at fault."""
    if not isinstance(resource, dict) or resource.get("resourceType") != kind:
        raise Refused(refused(400, "invalid", f"the body is not a {kind}", ["resourceType"]))
    try:
        get_fhir_model_class(kind).model_validate(copy.deepcopy(resource))
    except ValidationError as error:
        # Places and kinds only: pydantic's own text would echo the values.
        places = [".".join(str(step) for step in each["loc"]) for each in error.errors(include_input=False)]
        kinds = ", ".join(sorted({each["type"] for each in error.errors(include_input=False)}))
        raise Refused(refused(422, "structure", f"not a valid {kind}: {kinds}", places)) from None
    return resource
