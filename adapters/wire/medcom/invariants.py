"""FHIRPath invariants (http://hl7.org/fhirpath/N1) as profiles use them, evaluated by ``fhirpathpy``."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

from fhirpathpy import apply_parsed_path
from fhirpathpy.engine.nodes import ResourceNode
from fhirpathpy.models import models
from fhirpathpy.parser import parse

Resolving = Callable[[str], Any]  # a reference → the resource it names, or None
Conforming = Callable[[Any, str], bool]  # a resource, the url of a profile


class NotEvaluated(Exception):
    """The library cannot tell: its own message may quote the value, and is not passed on."""


@cache
def _parsed(expression: str) -> Any:
    return parse(expression)


def holds(expression: str, value: Any, at: str, holder: Any, resolving: Resolving, conforming: Conforming) -> bool:
    """Whether it is true of ``value``, a value of the type or element ``at`` in the resource ``holder``.

    Nothing counts as false, as HL7's own validator has it. Raises ``NotEvaluated``.
    """
    functions = _functions(resolving, conforming)
    context = {"resource": holder, "rootResource": holder}
    try:
        is_resource = isinstance(value, dict) and "resourceType" in value
        node = value if is_resource else ResourceNode.create_node(value, at)
        found = apply_parsed_path(node, _parsed(expression), context, models["r4"], {"userInvocationTable": functions})
    except Exception:  # the library raises bare exceptions
        raise NotEvaluated from None
    return bool(found) and not (len(found) == 1 and found[0] is False)


def _functions(resolving: Resolving, conforming: Conforming) -> dict[str, Any]:
    def resolve(inputs: list[Any]) -> list[Any]:
        found = [resolving(_reference(each)) for each in inputs]
        return [each for each in found if each is not None]

    def conforms(inputs: list[Any], url: str) -> list[bool]:
        return [all(conforming(each, url) for each in inputs)]

    return {
        "resolve": {"fn": resolve, "arity": {0: []}},
        "conformsTo": {"fn": conforms, "arity": {1: ["String"]}},
        "hasValue": {
            "fn": lambda inputs: [len(inputs) == 1 and not isinstance(inputs[0], dict | list)],
            "arity": {0: []},
        },
        "trace": {"fn": lambda inputs, *_: inputs, "arity": {0: [], 1: ["String"], 2: ["String", "Expr"]}},
    }


def _reference(value: Any) -> str:
    found = value.get("reference") if isinstance(value, dict) else value
    return found if isinstance(found, str) else ""
