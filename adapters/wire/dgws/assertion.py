"""A signed SAML assertion from bytes to something believed: right issuer, own signature, in time, meant for us.

SOSI ID cards (DGWS 1.0.1) and OIOSAML tokens are both read here; they differ in where they write their identity
(``id``, ``ID``) and in whether they name an audience.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from lxml import etree

from adapters.wire.dgws.signature import Trust, require_signed
from adapters.wire.xml import text_of

SAML: Final = "urn:oasis:names:tc:SAML:2.0:assertion"
# Clocks of the national services differ by seconds (requirements.md P4.2).
LEEWAY: Final = timedelta(seconds=5)


class AssertionRefused(ValueError):
    """``reason``: *issuer*, *expired*, *not-yet-valid*, *audience* or *shape*; a bad signature is
    ``SignatureRefused``."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


@dataclass(frozen=True, slots=True)
class Demands:
    """``issuers``: whom we believe, and by which certificates. ``audience``: who it must be meant for; "" where the
    kind of token names nobody (a SOSI card does not)."""

    issuers: Mapping[str, Trust]
    audience: str = ""


@dataclass(frozen=True, slots=True)
class Assertion:
    """What was signed. ``attributes`` may name people: never print them."""

    issuer: str
    not_before: datetime | None
    not_on_or_after: datetime
    attributes: Mapping[str, tuple[str, ...]] = field(repr=False)

    def only(self, name: str) -> str:
        """The value of an attribute that occurs once; "" otherwise."""
        values = self.attributes.get(name, ())
        return values[0] if len(values) == 1 else ""


def genuine(element: etree._Element, demands: Demands, now: datetime) -> Assertion:
    """``element`` is the assertion the caller means to use. Raises ``AssertionRefused`` or ``SignatureRefused``."""
    if element.tag != f"{{{SAML}}}Assertion":
        raise AssertionRefused("shape")
    issuer = text_of(element, f"{{{SAML}}}Issuer")
    if issuer not in demands.issuers:
        raise AssertionRefused("issuer")
    require_signed(element, demands.issuers[issuer], now)
    read = _read(element, issuer)
    _require_in_time(read, now)
    _require_audience(element, demands.audience)
    return read


def _read(element: etree._Element, issuer: str) -> Assertion:
    conditions = element.findall(f"{{{SAML}}}Conditions")
    if len(conditions) != 1:
        raise AssertionRefused("shape")
    until = _moment(conditions[0].get("NotOnOrAfter"))
    if until is None:
        raise AssertionRefused("shape")
    return Assertion(issuer, _moment(conditions[0].get("NotBefore")), until, _attributes(element))


def _attributes(element: etree._Element) -> dict[str, tuple[str, ...]]:
    said: dict[str, tuple[str, ...]] = {}
    for attribute in element.iterfind(f"{{{SAML}}}AttributeStatement/{{{SAML}}}Attribute"):
        values = tuple((value.text or "").strip() for value in attribute.iterfind(f"{{{SAML}}}AttributeValue"))
        name = attribute.get("Name", "")
        said[name] = said.get(name, ()) + values
    return said


def _moment(text: str | None) -> datetime | None:
    """xs:dateTime with its zone (SAML core §1.3.3: UTC); without one it is not believed."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        raise AssertionRefused("shape") from None
    if moment.tzinfo is None:
        raise AssertionRefused("shape")
    return moment.astimezone(UTC)


def _require_in_time(read: Assertion, now: datetime) -> None:
    if now - LEEWAY >= read.not_on_or_after:
        raise AssertionRefused("expired")
    if read.not_before is not None and now + LEEWAY < read.not_before:
        raise AssertionRefused("not-yet-valid")


def _require_audience(element: etree._Element, audience: str) -> None:
    """SAML core §2.5.1.4: every restriction must be met, each by one of its audiences. One that is meant for somebody
    is never believed by a caller who is nobody."""
    restrictions = element.findall(f"{{{SAML}}}Conditions/{{{SAML}}}AudienceRestriction")
    named = [{text_of(each, ".") for each in one.iterfind(f"{{{SAML}}}Audience")} for one in restrictions]
    if not named and not audience:
        return
    if not audience or not named or not all(audience in one for one in named):
        raise AssertionRefused("audience")
