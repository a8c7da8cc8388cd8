"""A message against its profiles: FHIR R4's own codes and invariants, then what MedCom asks for beyond R4.

Structure (which elements, of which types) is ``fhir.resources``' to judge and must have been judged before. Faults
name the rule and the place, never a word of the message.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from adapters.wire.medcom import plain
from adapters.wire.medcom.bundled import Bundled
from adapters.wire.medcom.invariants import NotEvaluated, holds
from adapters.wire.medcom.obvious import keeps
from adapters.wire.medcom.table import Generation, Node, Rule
from adapters.wire.medcom.values import Value, belongs, fits, values

Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Fault:
    """``kind``: *structure*, *cardinality*, *fixed*, *codes*, *invariant*, *reference*, *type*, *length* or
    *bundle*. ``where``: a path in the Bundle."""

    kind: str
    rule: str
    where: str


def judged(bundle: Json, known: Generation) -> list[Fault]:
    """Everything that breaks a rule; empty for a valid message."""
    return _Judging(bundle, known).faults()


class _Judging:
    """One message. ``_holder``: the resource being judged, beside which its references are read."""

    def __init__(self, bundle: Json, known: Generation) -> None:
        self._bundle = bundle
        self._known = known
        self._bundled = Bundled(bundle)
        self._holder: Json = bundle
        self._found: list[Fault] = []
        self._conforms: dict[tuple[int, str], bool] = {}

    def faults(self) -> list[Fault]:
        self._found = [Fault("bundle", rule, where) for rule, where in self._bundled.faults]
        self._found += [Fault("invariant", rule, where) for rule, where in plain.faults(self._bundle)]
        self._resource(self._bundle, "Bundle", [self._known.root])
        return list(dict.fromkeys(self._found))

    def _fault(self, kind: str, rule: str, where: str) -> None:
        self._found.append(Fault(kind, rule, where))

    # --- resources and their profiles ---------------------------------------------------------------------------------

    def _resource(self, resource: Any, where: str, profiles: list[str] | None = None) -> None:
        if not isinstance(resource, dict):
            return
        base = self._known.bases.get(resource.get("resourceType", ""))
        claimed = (resource.get("meta") or {}).get("profile") or []
        known = {url.partition("|")[0]: None for url in [*(profiles or []), *claimed] if isinstance(url, str)}
        before, self._holder = self._holder, resource
        if base is not None:
            self._base(resource, base, where)
        for url in known:
            if url in self._known.profiles:
                self._profile(resource, url, where)
        self._holder = before

    def _profile(self, resource: Json, url: str, where: str) -> None:
        node = self._known.profiles[url]
        if node.type != resource.get("resourceType"):
            self._fault("type", f"{url.rpartition('/')[2]} is for {node.type}", where)
            return
        before, self._holder = self._holder, resource
        self._value(Value(resource, "", where), node)
        self._holder = before

    def _is_conforming(self, resource: Any, url: str) -> bool:
        """A profile that is not known here asks for nothing."""
        node = self._known.profiles.get(url.partition("|")[0])
        if node is None:
            return True
        key = (id(resource), url)
        if key not in self._conforms:
            self._conforms[key] = True  # of a reference that leads back here
            before, self._found = self._found, []
            self._profile(resource, url.partition("|")[0], "")
            self._conforms[key] = not self._found
            self._found = before
        return self._conforms[key]

    # --- R4's own types -----------------------------------------------------------------------------------------------

    def _base(self, data: Any, node: Node, where: str) -> None:
        self._rules(Value(data, "", where), node)
        for name, kid in node.kids.items():
            for value in values(data, name, where):
                self._base_value(value, kid)

    def _base_value(self, value: Value, node: Node) -> None:
        if node.of == "Resource":
            self._resource(value.data, value.where)
            return
        self._rules(value, node)
        below = self._known.bases.get(value.type if node.any else node.of)
        if node.like:
            below = self._like(node.like)
        if below is not None:
            self._base(value.data, below, value.where)
        if node.kids:
            self._base(value.data, Node(kids=node.kids), value.where)
        if node.of == "Extension" and isinstance(value.data, dict):
            self._extension(value)

    def _extension(self, value: Value) -> None:
        node = self._known.profiles.get(str(value.data.get("url")))
        if node is not None and node.type == "Extension":
            self._value(value, node)

    def _like(self, path: str) -> Node | None:
        kind, *steps = path.split(".")
        node = self._known.bases.get(kind)
        for step in steps:
            node = node.kids.get(step) if node else None
        return node

    # --- profiles -----------------------------------------------------------------------------------------------------

    def _value(self, value: Value, node: Node) -> None:
        if node.types and value.type not in node.types:
            self._fault("type", f"only {', '.join(sorted(node.types))}", value.where)
            return
        if node.fixed is not None and value.data != node.fixed:
            self._fault("fixed", "another value than the profile fixes", value.where)
        if node.pattern is not None and not fits(value.data, node.pattern):
            self._fault("fixed", "another value than the profile's pattern", value.where)
        self._rules(value, node)
        for url in node.profiles:
            self._of_profile(value, url)
        for name, kid in node.kids.items():
            self._kids(value, name, kid)

    def _of_profile(self, value: Value, url: str) -> None:
        node = self._known.profiles.get(url)
        if node is None:
            return
        if isinstance(value.data, dict) and "resourceType" in value.data:
            if not self._is_conforming(value.data, url):
                self._fault("type", f"not a {url.rpartition('/')[2]}", value.where)
        else:
            self._value(value, node)

    def _kids(self, parent: Value, name: str, node: Node) -> None:
        found = values(parent.data, name, parent.where)
        self._count(found, node, f"{parent.where}.{name}", "")
        sliced: set[int] = set()
        for each in node.slices:
            mine = [value for value in found if belongs(value, each, self._known)]
            sliced |= {id(value) for value in mine}
            self._count(mine, each.node, f"{parent.where}.{name}", each.name)
            for value in mine:
                if value.data is not None:
                    self._value(value, each.node)
        for value in found:
            if node.closed and id(value) not in sliced:
                self._fault("cardinality", "of no kind that the profile knows", value.where)
            if value.data is not None:
                self._value(value, node)

    def _count(self, found: list[Value], node: Node, where: str, name: str) -> None:
        said = f" {name}" if name else ""
        if len(found) < node.min:
            self._fault("cardinality", f"at least {node.min}{said}", where)
        if node.max is not None and len(found) > node.max:
            self._fault("cardinality", f"at most {node.max}{said}", where)

    # --- rules of one value -------------------------------------------------------------------------------------------

    def _rules(self, value: Value, node: Node) -> None:
        if value.data is None:
            return
        if node.longest and isinstance(value.data, str) and len(value.data) > node.longest:
            self._fault("length", f"longer than {node.longest}", value.where)
        if node.codes and not self._is_bound(value.data, node.codes):
            self._fault("codes", f"not in {node.codes.rpartition('/')[2]}", value.where)
        if node.targets:
            self._target(value, node)
        for number in node.rules:
            self._invariant(value, self._known.rules[number], node.at)

    def _invariant(self, value: Value, rule: Rule, at: str) -> None:
        """What cannot be told is not let in."""
        if keeps(rule.key, value.data):
            return
        try:
            kept = holds(rule.expression, value.data, at, self._holder, self._resolve, self._is_conforming)
        except NotEvaluated:
            kept = False
        if not kept:
            self._fault("invariant", f"{rule.key}: {rule.words}", value.where)

    def _resolve(self, reference: str) -> Json | None:
        return self._bundled.resolve(reference, self._holder)

    def _is_bound(self, data: Any, value_set: str) -> bool:
        """Of several codings one of the set is enough (R4 §4.1.5)."""
        if not isinstance(data, dict):
            return self._known.holds_code(value_set, None, data)
        codings = data.get("coding") or ([data] if "code" in data else [])
        found = [(each.get("system", ""), each.get("code")) for each in codings]
        return not found or any(self._known.holds_code(value_set, system, code) for system, code in found)

    def _target(self, value: Value, node: Node) -> None:
        reference = value.data.get("reference") if isinstance(value.data, dict) else None
        if not reference:
            return
        target = self._bundled.resolve(reference, self._holder)
        if target is None:
            if node.bundled:
                self._fault("reference", "names nothing in the Bundle", value.where)
            return
        kind = target.get("resourceType")
        if not any(name == kind or self._is_target(target, name) for name in node.targets):
            said = " or ".join(name.rpartition("/")[2] for name in node.targets)
            self._fault("reference", f"names no {said}", value.where)

    def _is_target(self, target: Json, name: str) -> bool:
        return "/" in name and self._is_conforming(target, name)
