"""Whether a Bundle is made as FHIR R4 says: which elements, of which types. By ``fhir.resources.R4B``."""

from __future__ import annotations

from copy import deepcopy
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from pydantic import ValidationError

from adapters.wire.medcom.judging import Fault

# Loaded with the process: building a model class takes a second at first use.
_MODEL = get_fhir_model_class("Bundle")
for _kind in (
    *("MessageHeader", "Communication", "Patient", "Organization", "Practitioner", "PractitionerRole"),
    *("Provenance", "CareTeam", "Encounter", "OperationOutcome"),
):
    get_fhir_model_class(_kind)


def faults(bundle: dict[str, Any]) -> list[Fault]:
    """One for each place; the name of an element that R4 does not know is not repeated."""
    try:
        _MODEL.model_validate(deepcopy(bundle))
    except ValidationError as refused:
        return [_fault(dict(each)) for each in refused.errors(include_input=False, include_context=False)]
    except (ValueError, TypeError, LookupError, AttributeError):
        # The library looks up whatever type a stranger names, and fails as a look-up does.
        return [Fault("structure", "not a resource of FHIR R4", "Bundle")]
    return []


def _fault(error: dict[str, Any]) -> Fault:
    is_unknown = error["type"] == "extra_forbidden"
    place = error["loc"][:-1] if is_unknown else error["loc"]
    rule = "an element that FHIR R4 does not have" if is_unknown else "not what FHIR R4 asks for"
    return Fault("structure", rule, "Bundle" + "".join(_step(each) for each in place))


def _step(part: Any) -> str:
    return f"[{part}]" if isinstance(part, int) else f".{part}"
