"""The rules of MedCom's profiles, as ``rules.json`` keeps them: derived from the official snapshots by
``tools/medcom_rules.py``, which says from which packages.

An element's rules stand in a tree beside the elements below it. ``kids`` are named as in FHIR, ``value[x]`` for all
types of a choice.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any, Final

Json = dict[str, Any]
FILE: Final = Path(__file__).with_name("rules.json")
NOTHING: Final[Mapping[str, Any]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class Test:
    """Whether a value belongs to a slice: what must stand at ``path`` below it, by value, value set or type."""

    path: tuple[Any, ...]
    equal: tuple[Any, ...]
    codes: tuple[str, ...]
    types: frozenset[str]


@dataclass(frozen=True, slots=True)
class Slice:
    name: str
    when: tuple[Test, ...]
    node: Node


@dataclass(frozen=True, slots=True)
class Node:
    """``min``/``max``: how many values, where the profile is stricter than R4. ``codes``: the value set of a required
    binding. ``rules``: numbers of invariants, evaluated from a value of the type ``at``. ``targets``: the profiles, or
    R4 types, one of which a reference's target must be; ``bundled``: it must be found in the Bundle.

    Of R4's own types only: ``of`` is the type a value has, ``any`` means that its name tells, ``like`` names the
    element whose rules hold here too.
    """

    min: int = 0
    max: int | None = None
    fixed: Any = None
    pattern: Any = None
    longest: int | None = None
    codes: str = ""
    rules: tuple[int, ...] = ()
    at: str = ""
    types: frozenset[str] = frozenset()
    profiles: tuple[str, ...] = ()
    targets: tuple[str, ...] = ()
    bundled: bool = False
    closed: bool = False
    of: str = ""
    any: bool = False
    like: str = ""
    type: str = ""
    kids: Mapping[str, Node] = field(default_factory=lambda: NOTHING)
    slices: tuple[Slice, ...] = ()


@dataclass(frozen=True, slots=True)
class Rule:
    """A FHIRPath invariant with its key and MedCom's own words for it."""

    key: str
    expression: str
    words: str


@dataclass(frozen=True, slots=True)
class Generation:
    """One kind of message: its profiles by url, R4's types by name, value sets by url (codes by system)."""

    root: str
    profiles: Mapping[str, Node]
    bases: Mapping[str, Node]
    codes: Mapping[str, Mapping[str, frozenset[str]]]
    rules: Sequence[Rule]

    def holds_code(self, value_set: str, system: str | None, code: Any) -> bool:
        """``system`` None: a bare code, as elements of type *code* have it."""
        held = self.codes[value_set]
        if not isinstance(code, str):
            return False
        return any(code in codes for codes in held.values()) if system is None else code in held.get(system, ())


@cache
def generations() -> Mapping[str, Generation]:
    """By ``MessageHeader.eventCoding.code``."""
    table = json.loads(FILE.read_text(encoding="utf-8"))
    return {event: _generation(made) for event, made in table.items() if event}


def _generation(made: Json) -> Generation:
    return Generation(
        made["root"],
        {url: _node(node) for url, node in made["profiles"].items()},
        {name: _node(node) for name, node in made["bases"].items()},
        {url: {system: frozenset(codes) for system, codes in held.items()} for url, held in made["codes"].items()},
        [Rule(*each) for each in made["rules"]],
    )


def _node(made: Json) -> Node:
    found: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in made.items()}
    if "pattern" in made or "fixed" in made:
        found |= {name: made[name] for name in ("pattern", "fixed") if name in made}
    if "types" in made:
        found["types"] = frozenset(made["types"])
    if "kids" in made:
        found["kids"] = {name: _node(kid) for name, kid in made["kids"].items()}
    if "slices" in made:
        found["slices"] = tuple(_slice(each) for each in made["slices"])
    return Node(**found)


def _slice(made: Json) -> Slice:
    return Slice(made["name"], tuple(_test(each) for each in made["when"]), _node(made["node"]))


def _test(made: Json) -> Test:
    return Test(
        tuple(made["path"]),
        tuple(made.get("equal", ())),
        tuple(made.get("codes", ())),
        frozenset(made.get("types", ())),
    )
