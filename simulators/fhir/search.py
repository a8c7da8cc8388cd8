"""Which resources a search means (FHIR R4 search: token, reference, date, string)."""

from collections.abc import Callable, Iterable, Mapping
from datetime import UTC, datetime

from simulators.fhir.outcome import Json, Refused, refused

# (resource, value) -> does it match; values with commas are split before (logical or).
Matcher = Callable[[Json, str], bool]
# Answered by the server itself rather than by a matcher.
RESULT_PARAMETERS = frozenset({"_sort", "_count", "_offset", "_format"})
PAGE = 200


def identifiers_of(resource: Json) -> list[Json]:
    """One at most in a QuestionnaireResponse, a list elsewhere."""
    found = resource.get("identifier", [])
    return [found] if isinstance(found, dict) else list(found)


def token_matches(identifiers: Iterable[Json], wanted: str) -> bool:
    """`system|value`, `|value` (no system) or `value` (any system)."""
    system, bar, value = wanted.rpartition("|")
    return any(each.get("value") == value and (not bar or each.get("system", "") == system) for each in identifiers)


def by_identifier(resource: Json, wanted: str) -> bool:
    return token_matches(identifiers_of(resource), wanted)


def by_id(resource: Json, wanted: str) -> bool:
    return bool(resource.get("id") == wanted)


def by_reference(element: str, kind: str) -> Matcher:
    """Matches `Kind/id`, a bare id, or an absolute reference that ends so."""

    def matches(resource: Json, wanted: str) -> bool:
        reference = str(resource.get(element, {}).get("reference", ""))
        return reference.endswith(f"{kind}/{wanted.rsplit('/', 1)[-1]}")

    return matches


def by_reference_identifier(element: str) -> Matcher:
    """The `:identifier` modifier: the logical reference inside an element."""

    def matches(resource: Json, wanted: str) -> bool:
        identifier = resource.get(element, {}).get("identifier")
        return identifier is not None and token_matches([identifier], wanted)

    return matches


def by_concept(element: str) -> Matcher:
    """A CodeableConcept by `system|code` or `code`."""

    def matches(resource: Json, wanted: str) -> bool:
        system, bar, code = wanted.rpartition("|")
        codings = resource.get(element, {}).get("coding", [])
        return any(each.get("code") == code and (not bar or each.get("system", "") == system) for each in codings)

    return matches


def by_code(element: str) -> Matcher:
    return lambda resource, wanted: bool(resource.get(element) == wanted)


def moment(text: str) -> datetime:
    """An instant; a `+` that became a blank on its way through a query string is put back."""
    try:
        parsed = datetime.fromisoformat(text.replace(" ", "+"))
    except ValueError as error:
        raise Refused(refused(400, "value", "not a date or time", ["_lastUpdated"])) from error
    return parsed if parsed.tzinfo else parsed.replace(tzinfo=UTC)


def by_last_updated(resource: Json, wanted: str) -> bool:
    prefix, rest = (wanted[:2], wanted[2:]) if wanted[:2].isalpha() else ("eq", wanted)
    changed, limit = datetime.fromisoformat(resource["meta"]["lastUpdated"]), moment(rest)
    answers = {
        "gt": changed > limit,
        "ge": changed >= limit,
        "lt": changed < limit,
        "le": changed <= limit,
        "eq": changed == limit,
    }
    if prefix not in answers:
        raise Refused(refused(400, "value", "this prefix is not supported", ["_lastUpdated"]))
    return answers[prefix]


def select(resources: list[Json], wanted: list[tuple[str, str]], matchers: Mapping[str, Matcher]) -> list[Json]:
    """The resources that satisfy every parameter; a parameter the server does not know is refused, not ignored."""
    known: Mapping[str, Matcher] = {"_id": by_id, "_lastUpdated": by_last_updated, **matchers}
    for name, _ in wanted:
        if name not in known and name not in RESULT_PARAMETERS:
            raise Refused(refused(400, "not-supported", "unknown search parameter", [name]))
    return [
        resource
        for resource in _sorted(resources, dict(wanted).get("_sort", "_lastUpdated"))
        if all(any(known[name](resource, part) for part in value.split(",")) for name, value in wanted if name in known)
    ]


def _sorted(resources: list[Json], order: str) -> list[Json]:
    if order.lstrip("-") != "_lastUpdated":
        raise Refused(refused(400, "not-supported", "only _lastUpdated can be sorted by", ["_sort"]))
    return sorted(resources, key=lambda each: str(each["meta"]["lastUpdated"]), reverse=order.startswith("-"))


def page_of(found: list[Json], wanted: list[tuple[str, str]]) -> tuple[list[Json], int | None]:
    """One page, and the offset of the next one if there is more."""
    words = dict(wanted)
    try:
        count, offset = min(int(words.get("_count", PAGE)), PAGE), int(words.get("_offset", 0))
    except ValueError as error:
        raise Refused(refused(400, "value", "not a whole number", ["_count", "_offset"])) from error
    end = offset + max(count, 0)
    return found[max(offset, 0) : end], (end if count > 0 and end < len(found) else None)


def searchset(base: str, kind: str, page: list[Json], total: int, next_url: str | None) -> Json:
    bundle: Json = {"resourceType": "Bundle", "type": "searchset", "total": total}
    if next_url:
        bundle["link"] = [{"relation": "next", "url": next_url}]
    if page:
        bundle["entry"] = [
            {"fullUrl": f"{base}/{kind}/{each['id']}", "resource": each, "search": {"mode": "match"}} for each in page
        ]
    return bundle
