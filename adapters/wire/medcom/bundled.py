"""The resources of one message, and what a reference in one of them names (R4 §2.36.4). Pure."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]
_REST = re.compile(r"(https?://.*?/)[A-Za-z]+/[A-Za-z0-9\-.]+")
_ABSOLUTE = re.compile(r"https?://|urn:(uuid|oid):")


class Bundled:
    """``faults``: where in the Bundle an entry's address is wrong, as (rule, place)."""

    def __init__(self, bundle: Json) -> None:
        entries = bundle.get("entry")
        self.entries = [each for each in entries if isinstance(each, dict)] if isinstance(entries, list) else []
        self._by_url: dict[str, Json] = {}
        self._url_of: dict[int, str] = {}
        self.faults: list[tuple[str, str]] = []
        for number, entry in enumerate(self.entries):
            self._enter(entry, f"Bundle.entry[{number}]")

    def _enter(self, entry: Json, where: str) -> None:
        resource, url = entry.get("resource"), entry.get("fullUrl")
        if not isinstance(resource, dict) or not isinstance(url, str):
            return
        if url in self._by_url:
            self.faults.append(("bdl-7: fullUrl twice", where))
        if not _ABSOLUTE.match(url):
            self.faults.append(("fullUrl is not absolute", where))
        named = f"{resource.get('resourceType')}/{resource.get('id')}"
        if url.startswith("http") and "id" in resource and not url.endswith(named):
            self.faults.append(("fullUrl is not the resource's", where))
        self._by_url[url] = resource
        self._url_of[id(resource)] = url

    def resources(self) -> Iterator[Json]:
        yield from (each["resource"] for each in self.entries if isinstance(each.get("resource"), dict))

    def of(self, kind: str) -> list[Json]:
        return [each for each in self.resources() if each.get("resourceType") == kind]

    def resolve(self, reference: Any, holder: Any) -> Json | None:
        """The resource named by a reference in ``holder``. A relative one is read beside the holder's own address, so
        that beside ``urn:uuid:`` addresses it names nothing."""
        if not isinstance(reference, str) or not reference:
            return None
        if reference.startswith("#"):
            return _contained(reference[1:], holder)
        if reference in self._by_url or _ABSOLUTE.match(reference):
            return self._by_url.get(reference)
        return self._relative(reference, self._url_of.get(id(holder)))

    def _relative(self, reference: str, beside: str | None) -> Json | None:
        if beside is None:
            return next((each for url, each in self._by_url.items() if url.endswith(f"/{reference}")), None)
        base = _REST.fullmatch(beside)
        return self._by_url.get(base[1] + reference) if base else None


def _contained(id: str, holder: Any) -> Json | None:
    held = holder.get("contained") if isinstance(holder, dict) else None
    found = held if isinstance(held, list) else []
    return next((each for each in found if isinstance(each, dict) and each.get("id") == id), None)
