"""Single-fault mutants of valid messages: one for each rule of the profiles that the message can break.

The rule table says where the rules stand; a mutant is the message with one of them broken and nothing else changed.
``all_rules`` names every rule there is, so that a test can see that none was left out in silence.
"""

from __future__ import annotations

import copy
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from adapters.wire.medcom.table import Generation, Node
from adapters.wire.medcom.values import Value, belongs, typed
from tests.support.doors.medcom_breaking import BREAKING

Json = dict[str, Any]
Path = tuple[Any, ...]
Change = Callable[[Json], None]
FORBIDDEN = {
    "extension": [{"url": "http://example.org/other", "valueString": "x"}],
    "account": [{"display": "x"}],
}  # what is put where a profile allows none


@dataclass(frozen=True)
class Mutant:
    """``rule``: profile, element and kind of rule that is broken, each once in a list of mutants."""

    rule: tuple[str, str, str]
    bundle: Json


def mutants(bundles: list[Json], known: Generation) -> Iterator[Mutant]:
    """Each rule once, broken in the first of the messages that has its element."""
    seen: set[tuple[str, str, str]] = set()
    for bundle in bundles:
        for rule, change in _Walk(bundle, known).changes():
            broken = _changed(bundle, change) if rule not in seen else None
            if broken is not None:
                seen.add(rule)
                yield Mutant(rule, broken)


def all_rules(url: str, known: Generation) -> set[tuple[str, str, str]]:
    """Of one profile; without those below a slice that may not stand there at all."""
    node = known.profiles[url]
    return {(url.rpartition("/")[2], element, kind) for element, kind in _rules(node, node.type, known)}


def _rules(node: Node, element: str, known: Generation) -> Iterator[tuple[str, str]]:
    yield from ((element, kind) for kind, is_there in _kinds(node) if is_there)
    yield from ((element, known.rules[number].key) for number in node.rules)
    for url in node.profiles:
        below = known.profiles.get(url)
        if below is not None and below.type not in ("Patient", "Organization"):
            yield from _rules(below, element, known)
    for name, kid in node.kids.items():
        kids = [(f"{element}.{name}", kid), *((f"{element}.{name}:{each.name}", each.node) for each in kid.slices)]
        for below, its in kids:
            if its.min:
                yield below, "min"
            if its.max is not None and not name.endswith("[x]"):
                yield below, "max"
            if its.max != 0:
                yield from _rules(its, below, known)


def _kinds(node: Node) -> list[tuple[str, bool]]:
    return [
        ("fixed", node.fixed is not None or node.pattern is not None),
        ("codes", bool(node.codes)),
        ("targets", bool(node.targets)),
        ("bundled", node.bundled),
    ]


def _changed(bundle: Json, change: Change) -> Json | None:
    """None where the message has nothing by which the rule could be broken."""
    broken = copy.deepcopy(bundle)
    try:
        change(broken)
    except LookupError:
        return None
    return broken


def at(bundle: Json, path: Path) -> Any:
    found: Any = bundle
    for step in path:
        found = found[step]
    return found


class _Walk:
    def __init__(self, bundle: Json, known: Generation) -> None:
        self._bundle = bundle
        self._known = known

    def changes(self) -> Iterator[tuple[tuple[str, str, str], Change]]:
        yield from self._profile((), self._known.root)
        for number, entry in enumerate(self._bundle["entry"]):
            for url in entry["resource"].get("meta", {}).get("profile", []):
                if url in self._known.profiles:
                    yield from self._profile(("entry", number, "resource"), url)

    def _profile(self, path: Path, url: str) -> Iterator[tuple[tuple[str, str, str], Change]]:
        profile, node = url.rpartition("/")[2], self._known.profiles[url]
        for element, kind, change in self._value(path, node, node.type):
            yield (profile, element, kind), change

    def _value(self, path: Path, node: Node, element: str) -> Iterator[tuple[str, str, Change]]:
        """``element``: the name of the element in the profile."""
        for kind, change in self._own(path, node):
            yield element, kind, change
        for url in node.profiles:
            below = self._known.profiles.get(url)
            if below is not None and below.type not in ("Patient", "Organization"):
                yield from self._value(path, below, element)
        for name, kid in node.kids.items():
            yield from self._kid(path, name, kid, f"{element}.{name}")

    def _kid(self, path: Path, name: str, node: Node, element: str) -> Iterator[tuple[str, str, Change]]:
        found = list(self._found(path, name))
        yield from self._counts(path, found, node, element)
        for each in node.slices:
            sliced = f"{element}:{each.name}"
            mine = [(where, value) for where, value in found if belongs(value, each, self._known)]
            yield from self._counts(path, mine, each.node, sliced)
            for where, _ in mine:
                yield from self._value(where, each.node, sliced)
        for where, _ in found:
            yield from self._value(where, node, element)

    def _found(self, path: Path, name: str) -> Iterator[tuple[Path, Value]]:
        parent = at(self._bundle, path)
        if not isinstance(parent, dict):
            return
        stem = name.removesuffix("[x]")
        for key in parent:
            suffix = key[len(stem) :] if name.endswith("[x]") and key.startswith(stem) else ""
            if key == name or suffix[:1].isupper():
                type = typed(suffix) if suffix else ""
                held = parent[key]
                if isinstance(held, list):
                    yield from (((*path, key, number), Value(value, type, "")) for number, value in enumerate(held))
                else:
                    yield (*path, key), Value(held, type, "")

    def _counts(
        self, parent: Path, found: list[tuple[Path, Value]], node: Node, element: str
    ) -> Iterator[tuple[str, str, Change]]:
        name, places = element.rpartition(".")[2], [where for where, _ in found]
        if node.min and found:
            yield element, "min", lambda bundle: _remove(bundle, places)
        if node.max is not None and found and isinstance(places[0][-1], int):
            yield element, "max", lambda bundle: _repeat(bundle, places[0], node.max or 0)
        elif node.max == 0 and name in FORBIDDEN:
            yield element, "max", lambda bundle: at(bundle, parent).__setitem__(name, FORBIDDEN[name])
        elif node.max == 0 and name == "destination:cc":
            yield element, "max", lambda bundle: _copied(at(bundle, parent))

    def _own(self, path: Path, node: Node) -> Iterator[tuple[str, Change]]:
        value = at(self._bundle, path) if path else self._bundle
        if node.fixed is not None or node.pattern is not None:
            yield "fixed", lambda bundle: _set(bundle, path, _other(value))
        if node.codes:
            yield "codes", lambda bundle: _set(bundle, path, _uncoded(value))
        if node.targets and isinstance(value, dict) and "reference" in value:
            wrong = self._of_no_kind(node)
            yield "targets", lambda bundle: _set(bundle, path, {**value, "reference": wrong})
        if node.bundled and isinstance(value, dict) and "reference" in value:
            yield "bundled", lambda bundle: _set(bundle, path, {**value, "reference": f"{value['reference']}0"})
        for number in node.rules:
            key = self._known.rules[number].key
            if key in BREAKING:
                yield key, lambda bundle, key=key: BREAKING[key](bundle, path)  # type: ignore[misc]

    def _of_no_kind(self, node: Node) -> str:
        """The address of a resource that a reference must not name."""
        wanted = {self._known.profiles[name].type if name in self._known.profiles else name for name in node.targets}
        entries = self._bundle["entry"]
        return str(next(each["fullUrl"] for each in entries if each["resource"]["resourceType"] not in wanted))


def _copied(header: Json) -> None:
    """To somebody else beside the receiver."""
    carbon_copy = copy.deepcopy(header["destination"][0])
    carbon_copy["extension"][0]["valueCoding"]["code"] = "cc"
    header["destination"].insert(0, carbon_copy)


def _set(bundle: Json, path: Path, value: Any) -> None:
    at(bundle, path[:-1])[path[-1]] = value


def _remove(bundle: Json, places: list[Path]) -> None:
    """An element goes with its last value."""
    for where in reversed(places):
        del at(bundle, where[:-1])[where[-1]]
        if isinstance(where[-1], int) and not at(bundle, where[:-1]):
            del at(bundle, where[:-2])[where[-2]]


def _repeat(bundle: Json, where: Path, most: int) -> None:
    held = at(bundle, where[:-1])
    held += [copy.deepcopy(held[where[-1]]) for _ in range(most)]


def _other(value: Any) -> Any:
    if isinstance(value, dict):
        name = next(iter(value))
        return {**value, name: _other(value[name])}
    if isinstance(value, list):
        return [_other(value[0]), *value[1:]]
    return f"{value}-x"


def _uncoded(value: Any) -> Any:
    if isinstance(value, str):
        return "no-such-code"
    if "coding" in value:
        return {**value, "coding": [{**each, "code": "no-such-code"} for each in value["coding"]]}
    return {**value, "code": "no-such-code"}
