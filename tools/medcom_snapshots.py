"""Snapshots of StructureDefinitions → trees of the rules that go beyond FHIR R4. See ``adapters/wire/medcom/table.py``
for what a tree's members mean."""

from __future__ import annotations

import re
from typing import Any

from tools.medcom_codes import Codes, bare

Json = dict[str, Any]
R4 = "http://hl7.org/fhir/StructureDefinition/"
# Judged by code of our own in adapters/wire/medcom/plain.py, or not at all: dom-6 is a warning, and txt-1/-2 ask for a
# check of HTML that is left to those who show a narrative (nobody does here).
BY_HAND = frozenset(("ele-1", "ext-1", "ref-1", "dom-3", "dom-6", "txt-1", "txt-2"))
OF_DEFINITIONS = frozenset(
    (
        *("ContactDetail", "Contributor", "DataRequirement", "ElementDefinition", "Expression", "MarketingStatus"),
        *("ParameterDefinition", "Population", "ProdCharacteristic", "ProductShelfLife", "RelatedArtifact"),
        *("SubstanceAmount", "TriggerDefinition", "UsageContext"),
    )
)


class Snapshots:
    """StructureDefinitions with a snapshot, their elements by id and by the id above."""

    def __init__(self, resources: list[Json]) -> None:
        found = [each for each in resources if each["resourceType"] == "StructureDefinition" and "snapshot" in each]
        self.by_url: dict[str, Json] = {each["url"]: each for each in found}
        self.elements: dict[str, dict[str, Json]] = {}
        self.below: dict[str, dict[str, list[Json]]] = {}
        for url, each in self.by_url.items():
            below: dict[str, list[Json]] = {}
            for element in each["snapshot"]["element"]:
                below.setdefault(element["id"].rpartition(".")[0], []).append(element)
            self.elements[url] = {element["id"]: element for element in each["snapshot"]["element"]}
            self.below[url] = below

    def beneath(self, path: str) -> Json:
        """What R4 itself says of an element, also where a profile has unfolded the data type it stands in
        (``Patient.identifier.use``: ``Identifier.use``)."""
        kind, *steps = path.split(".")
        found, place = self.elements.get(R4 + kind, {}).get(kind, {}), kind
        for step in steps:
            known = self.elements.get(R4 + place.partition(".")[0], {})
            if f"{place}.{step}" not in known:
                place = str((found.get("type") or [{"code": ""}])[0]["code"])
                known = self.elements.get(R4 + place, {})
            place = f"{place}.{step}"
            found = known.get(place, {})
        return found

    def datatypes(self) -> list[str]:
        """Those that patients' messages are made of: not the ones that describe definitions (R4 §2.43)."""
        found = (each["type"] for url, each in self.by_url.items() if url == R4 + each["type"])
        complex_types = [kind for kind in found if self.by_url[R4 + kind]["kind"] == "complex-type"]
        return sorted(kind for kind in complex_types if kind not in OF_DEFINITIONS)

    def named_by(self, url: str) -> set[str]:
        """Profiles that an element's type or a reference's target names."""
        types = [kind for element in self.elements[url].values() for kind in element.get("type", [])]
        named = {bare(name) for kind in types for name in (*kind.get("profile", []), *kind.get("targetProfile", []))}
        return {
            name for name in named if not name.startswith(R4) or self.by_url.get(name, {}).get("type") == "Extension"
        }


class Snapshot:
    """Compiles one generation; ``rules``: invariants by the number under which elements name them."""

    def __init__(self, known: Snapshots, codes: Codes) -> None:
        self._known = known
        self._codes = codes
        self._numbers: dict[tuple[str, str], int] = {}
        self.rules: list[list[str]] = []

    def profile(self, url: str) -> Json:
        kind = self._known.by_url[url]["type"]
        return {"type": kind, **(self._node(url, kind, is_base=False) or {})}

    def base(self, url: str) -> Json:
        """R4's own required codes, invariants, and where which data type stands."""
        return self._node(url, url.removeprefix(R4), is_base=True) or {}

    def _node(self, url: str, id: str, *, is_base: bool) -> Json | None:
        element = self._known.elements[url][id]
        made = {**self._values(element, is_base), **self._types(element, is_base)}
        kids: Json = {}
        for each in self._known.below[url].get(id, []):
            name, _, sliced = each["id"].rpartition(".")[2].partition(":")
            below = self._node(url, each["id"], is_base=is_base)
            if sliced:
                slices = kids.setdefault(name, {}).setdefault("slices", [])
                slices.append({"name": each["sliceName"], "when": self._when(url, each), "node": below or {}})
            elif below:
                kids[name] = {**kids.get(name, {}), **below}
        for name, kid in kids.items():
            if "slices" in kid and self._is_closed(url, f"{id}.{name}"):
                kid["closed"] = True
        return {**made, **({"kids": kids} if kids else {})} or None

    def _is_closed(self, url: str, id: str) -> bool:
        return bool(self._known.elements[url].get(id, {}).get("slicing", {}).get("rules") == "closed")

    # --- what a value must be -----------------------------------------------------------------------------------------

    def _values(self, element: Json, is_base: bool) -> Json:
        made: Json = {}
        base = element.get("base", {})
        is_slice = "sliceName" in element
        if not is_base and element.get("min", 0) and (is_slice or element["min"] != base.get("min")):
            made["min"] = element["min"]
        most = element.get("max", "*")
        if not is_base and most != "*" and (is_slice or most != base.get("max")):
            made["max"] = int(most)
        for name, value in element.items():
            if re.match(r"(fixed|pattern)[A-Z]", name) and not is_base:
                made["fixed" if name.startswith("fixed") else "pattern"] = value
        if "maxLength" in element:
            made["longest"] = element["maxLength"]
        return {**made, **self._codes_of(element, is_base), **self._rules_of(element, is_base)}

    def _codes_of(self, element: Json, is_base: bool) -> Json:
        binding = element.get("binding", {})
        if binding.get("strength") != "required" or "valueSet" not in binding:
            return {}
        name = self._codes.use(binding["valueSet"])
        base = self._known.beneath(element["path"])
        is_inherited = not is_base and bare(base.get("binding", {}).get("valueSet", "")) == name
        return {"codes": name} if name and not is_inherited else {}

    def _rules_of(self, element: Json, is_base: bool) -> Json:
        base = self._known.beneath(element["path"])
        inherited = set() if is_base else {each["key"] for each in base.get("constraint", [])}
        numbers = []
        for each in element.get("constraint", []):
            is_ours = each["key"] not in BY_HAND and each["key"] not in inherited and each["severity"] == "error"
            if is_ours and each.get("expression"):
                numbers.append(self._number(each, is_primitive=_is_primitive(element)))
        return {"rules": numbers, "at": _type_at(element)} if numbers else {}

    def _number(self, constraint: Json, *, is_primitive: bool) -> int:
        expression = " ".join(constraint["expression"].split())
        if is_primitive:  # written for a validator that lets ``.value`` be asked of a primitive
            expression = re.sub(r"([^.\w'])value\.", r"\1", re.sub(r"^value\.", "", expression))
        key = (constraint["key"], expression)
        if key not in self._numbers:
            self._numbers[key] = len(self.rules)
            self.rules.append([constraint["key"], expression, " ".join(constraint["human"].split())])
        return self._numbers[key]

    # --- of what type, and what it refers to --------------------------------------------------------------------------

    def _types(self, element: Json, is_base: bool) -> Json:
        types = element.get("type", [])
        made = _stands_there(element) if is_base else {}
        if not is_base and element["path"].endswith("[x]"):
            made["types"] = sorted(each["code"] for each in types)
        profiles = [bare(name) for each in types for name in each.get("profile", [])]
        if profiles and not is_base:
            made["profiles"] = profiles
        targets = _targets(element)
        base = self._known.beneath(element["path"])
        if targets and "Resource" not in targets and (is_base or set(targets) != set(_targets(base))):
            made["targets"] = targets
            if any("bundled" in each.get("aggregation", []) for each in types):
                made["bundled"] = True
        return made

    # --- which values belong to a slice -------------------------------------------------------------------------------

    def _when(self, url: str, element: Json) -> list[Json]:
        """One test for each discriminator: a path, and the values, codes or types found there."""
        sliced = self._known.elements[url].get(element["id"].rpartition(":")[0], {})
        default = [{"type": "type", "path": "$this"}] if element["path"].endswith("[x]") else []
        if element["path"].rpartition(".")[2] in ("extension", "modifierExtension"):
            default = [{"type": "value", "path": "url"}]
        found = sliced.get("slicing", {}).get("discriminator") or default
        return [self._test(url, element, each) for each in found]

    def _test(self, url: str, element: Json, discriminator: Json) -> Json:
        steps = _steps(discriminator["path"])
        if discriminator["type"] == "type":
            holder = self._below(url, element["id"], steps[0]) if steps else [element]
            return {"path": steps, "types": sorted({t["code"] for each in holder for t in each.get("type", [])})}
        profiles = [bare(name) for each in element.get("type", []) for name in each.get("profile", [])]
        if steps == ["url"] and profiles:
            return {"path": steps, "equal": profiles}
        test: Json = {"path": steps, "equal": [], "codes": []}
        for wanted in self._wanted(url, element["id"], steps):
            fixed = [value for name, value in wanted.items() if re.match(r"(fixed|pattern)[A-Z]", name)]
            test["equal"] += fixed
            if not fixed and wanted.get("binding", {}).get("strength") == "required":
                test["codes"] += [self._codes.use(wanted["binding"]["valueSet"])]
        return {name: value for name, value in test.items() if value or name == "path"}

    def _wanted(self, url: str, id: str, steps: list[Any]) -> list[Json]:
        """The elements at the end of a path that say what stands there: of this profile, else of its types' own."""
        if not steps:
            return [self._known.elements[url][id]]
        found = [each for kid in self._below(url, id, steps[0]) for each in self._wanted(url, kid["id"], steps[1:])]
        if any(re.match(r"(fixed|pattern)[A-Z]|binding$", name) for each in found for name in each):
            return found
        element = self._known.elements[url][id]
        profiles = [bare(name) for each in element.get("type", []) for name in each.get("profile", [])]
        known = [name for name in profiles if name in self._known.by_url]
        return found + [each for name in known for each in self._wanted(name, self._known.by_url[name]["type"], steps)]

    def _below(self, url: str, id: str, step: Any) -> list[Json]:
        kids = self._known.below[url].get(id, [])
        names = {each["id"]: each["id"][len(id) + 1 :].partition(":")[0] for each in kids}
        if isinstance(step, dict):
            wanted = step["extension"]
            return [
                each
                for each in kids
                if names[each["id"]] == "extension"
                and any(bare(name) == wanted for kind in each.get("type", []) for name in kind.get("profile", []))
            ]
        return [each for each in kids if names[each["id"]] in (step, f"{step}[x]")]


def _steps(path: str) -> list[Any]:
    """``extension('url').value.code`` → ``[{"extension": url}, "value", "code"]``; ``$this`` is no step."""
    steps: list[Any] = []
    for found in re.finditer(r"extension\('([^']+)'\)|(\$?[A-Za-z]+)", path):
        if found[1]:
            steps.append({"extension": found[1]})
        elif found[2] != "$this":
            steps.append(found[2])
    return steps


def _targets(element: Json) -> list[str]:
    """Profiles, or names of R4's own types."""
    references = [each for each in element.get("type", []) if each["code"] == "Reference"]
    return [bare(name).removeprefix(R4) for each in references for name in each.get("targetProfile", [])]


def _stands_there(element: Json) -> Json:
    """Which R4 type has an element's value: where to go on."""
    complex_types = [each["code"] for each in element.get("type", []) if each["code"][:1].isupper()]
    if "contentReference" in element:
        return {"like": element["contentReference"].partition("#")[2]}
    if element["path"].endswith("[x]"):
        return {"any": True}
    if complex_types and complex_types[0] not in ("BackboneElement", "Element"):
        return {"of": complex_types[0]}
    return {}


def _type_at(element: Json) -> str:
    """What an invariant's expression starts from: a data type, or the path of an element that has none of its own."""
    kind = str((element.get("type") or [{"code": element["path"]}])[0]["code"])
    return (
        element["path"]
        if kind in ("BackboneElement", "Element")
        else kind.rpartition(".")[2].lower()
        if "System." in kind
        else kind
    )


def _is_primitive(element: Json) -> bool:
    types = element.get("type", [])
    return len(types) == 1 and (types[0]["code"][:1].islower() or "System." in types[0]["code"])
