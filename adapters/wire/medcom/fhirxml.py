"""FHIR XML → FHIR JSON. ``fhir.resources`` knows which elements repeat; what it cannot read is read plainly, so that a
message which breaks R4 can still be answered by the ids and organisations it names."""

from __future__ import annotations

import json
from typing import Any

from fhir.resources.R4B import get_fhir_model_class
from lxml import etree

from adapters.wire.xml import hardened

Json = dict[str, Any]
NAMESPACE = "http://hl7.org/fhir"
_MODEL = get_fhir_model_class("Bundle")
# The library looks up whatever name a stranger wrote, and fails as look-ups do; pydantic's own fault is a ValueError.
UNREADABLE = (ValueError, TypeError, LookupError, AttributeError, AssertionError, NotImplementedError, etree.LxmlError)
_LISTS = frozenset(("entry", "destination", "identifier", "extension", "target", "entity", "payload"))


def bundle(root: etree._Element, body: bytes) -> Json:
    """``root``: the tree of ``body``, already found harmless."""
    if root.tag != f"{{{NAMESPACE}}}Bundle":
        return {}
    try:
        found = _MODEL.model_validate_xml(body, xmlparser=hardened(long_values=True))
        return dict(json.loads(found.model_dump_json()))
    except UNREADABLE:
        return {"resourceType": "Bundle", **_plain(root)}


def _plain(element: etree._Element) -> Json:
    """Without a model: what repeats is a list, and what is known to."""
    found: Json = {name: value for name, value in element.attrib.items() if name in ("url", "id")}
    for child in element:
        name = etree.QName(child).localname
        value = _resource(child) if name == "resource" else _value(child)
        if name in found:
            found[name] = [*found[name], value] if isinstance(found[name], list) else [found[name], value]
        else:
            found[name] = [value] if name in _LISTS else value
    return found


def _value(element: etree._Element) -> Any:
    value = element.get("value")
    return _plain(element) if value is None else value


def _resource(holder: etree._Element) -> Json:
    for child in holder:
        return {"resourceType": etree.QName(child).localname, **_plain(child)}
    return {}
