"""Value sets → the codes they hold, where all of them are known offline."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
Code = tuple[str, str]  # system, code


def bare(url: str) -> str:
    return url.partition("|")[0]


class Codes:
    """``used``: what was asked for, by value set and system; sets that cannot be known (mime types) are left out."""

    def __init__(self, resources: list[Json]) -> None:
        self._sets = {each["url"]: each for each in resources if each["resourceType"] == "ValueSet"}
        self._systems = {each["url"]: each for each in resources if each["resourceType"] == "CodeSystem"}
        self._known: dict[str, set[Code] | None] = {}
        self.used: dict[str, dict[str, list[str]]] = {}

    def use(self, url: str) -> str:
        """The value set's name in the table; "" where its codes are not known."""
        name, found = bare(url), self.expand(url)
        if found is None:
            return ""
        by_system: dict[str, list[str]] = {}
        for system, code in sorted(found):
            by_system.setdefault(system, []).append(code)
        self.used[name] = by_system
        return name

    def expand(self, url: str) -> set[Code] | None:
        name = bare(url)
        if name not in self._known:
            self._known[name] = None
            self._known[name] = self._expanded(self._sets.get(name, {}))
        return self._known[name]

    def _expanded(self, value_set: Json) -> set[Code] | None:
        compose = value_set.get("compose")
        if not compose:
            return None
        found: set[Code] = set()
        for include in compose["include"]:
            held = self._held(include)
            if held is None:
                return None
            found |= held
        for exclude in compose.get("exclude", []):
            found -= self._held(exclude) or set()
        return found

    def _held(self, part: Json) -> set[Code] | None:
        sets = [self.expand(url) for url in part.get("valueSet", [])]
        if "system" in part:
            sets.append(self._of_system(part))
        if not sets or any(each is None for each in sets):
            return None
        return set.intersection(*(each for each in sets if each is not None))

    def _of_system(self, part: Json) -> set[Code] | None:
        system = part["system"]
        if "concept" in part:
            return {(system, each["code"]) for each in part["concept"]}
        known = self._systems.get(bare(system))
        if known is None or known.get("content") != "complete":
            return None
        parents = _parents(known)
        found: set[Code] = set()
        for code in parents:
            verdicts = [_passes(each, code, parents) for each in part.get("filter", [])]
            if None in verdicts:
                return None
            if all(verdicts):
                found.add((system, code))
        return found


def _parents(system: Json) -> dict[str, set[str]]:
    found: dict[str, set[str]] = {}

    def walk(concepts: list[Json], above: tuple[str, ...]) -> None:
        for each in concepts:
            said = {one["valueCode"] for one in each.get("property", []) if one["code"] == "subsumedBy"}
            found[each["code"]] = {*above, *said}
            walk(each.get("concept", []), (*above, each["code"]))

    walk(system.get("concept", []), ())
    return found


def _passes(rule: Json, code: str, parents: dict[str, set[str]]) -> bool | None:
    """None: a filter that is not known here."""
    above: set[str] = set()
    waiting = [code]
    while waiting:
        fresh = parents.get(waiting.pop(), set()) - above
        above |= fresh
        waiting += fresh
    if rule["op"] == "is-a":
        return code == rule["value"] or rule["value"] in above
    return rule["value"] in above if rule["op"] == "descendent-of" else None
