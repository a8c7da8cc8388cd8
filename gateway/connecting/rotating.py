"""Keys, certificates and secrets replaced with overlap: the new one in a draft while the old one is in force, tried
there as every draft is, then put in force; the same for the console's page and for the command (AD14).

Of what is the peer's, the new one stands beside the old in one setting until the old is withdrawn. Of what is ours the
setting leads to another file: what a file holds is read once for each revision.
"""

from __future__ import annotations

import dataclasses
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding
from joserfc.errors import JoseError

from adapters.discovery import find_adapter
from adapters.wire.jose import imported, usable_keys
from gateway.connecting import drafting, holding, reading
from gateway.connecting.drafting import Unsound
from gateway.connecting.fields import SettingField, fields_of, value_at
from gateway.connecting.reading import SettingFault
from gateway.domain.consultation.typed_moment import typed_day
from gateway.domain.errors import InvalidField, NotFound
from gateway.domain.peers.held import EXPIRES, REFERENCED, HeldKind, noted_ends
from gateway.domain.practice import danish_day
from gateway.store.peers.connections import IN_FORCE, Revision
from gateway.store.peers.drafts import Draft
from gateway.wiring import Gateway


@dataclass(frozen=True, slots=True)
class Part:
    """A certificate, a key of a set or a fingerprint. ``name``: its key id or fingerprint, by which it is withdrawn."""

    name: str
    holder: str = ""
    starts: date | None = None
    ends: date | None = None


@dataclass(frozen=True, slots=True)
class Holding:
    """One setting of what is in force. ``since``: the revision that put it there. ``ends``: as the peer has said it."""

    field: SettingField
    kind: HeldKind
    parts: Sequence[Part]
    since: Revision
    ends: date | None


@dataclass(frozen=True, slots=True)
class Replacing:
    """By setting: what is typed, which parts are withdrawn, and the day on which the new one ends, as people write
    days."""

    typed: Mapping[str, str] = field(default_factory=dict)
    withdrawn: Mapping[str, Sequence[str]] = field(default_factory=dict)
    days: Mapping[str, str] = field(default_factory=dict)


def basis(gateway: Gateway, name: str) -> Draft:
    """The draft that there is, else what is in force as one that changes nothing. ``NotFound`` where nothing is."""
    draft = gateway.drafts.of(name)
    present = gateway.connections.present(name)
    if draft is not None or present is None:
        return drafting.require(gateway, name)
    overview = gateway.overview
    return Draft(name, overview.kind_of(name), overview.owner_of(name), present, present)


def held(gateway: Gateway, name: str) -> Sequence[Holding]:
    """In the order of the form; settings that say nothing are left out."""
    draft = basis(gateway, name)
    if draft.in_force is None:
        raise NotFound("connection")
    ends, history = dict(noted_ends(draft.in_force.config)), gateway.connections.history(name)
    return [
        Holding(
            each, HeldKind(each.holds), parts_of(each, value), _since(history, each.path, value), ends.get(each.path)
        )
        for each in held_settings(draft)
        if (value := value_at(draft.in_force.config, each.path))
    ]


def held_settings(draft: Draft) -> list[SettingField]:
    return holding.held_fields(fields_of(find_adapter(draft.kind, draft.revision.adapter).settings))


def parts_of(each: SettingField, value: Any) -> list[Part]:
    """Of a secret or a private key nothing is shown."""
    if each.holds == HeldKind.THEIR_KEYS:
        return [Part(_kid(key)) for key in value.get("keys", ()) if isinstance(key, Mapping)]
    if each.holds == HeldKind.THEIR_FINGERPRINTS:
        return [Part(one) for one in str(value).split()]
    return [_certificate(one) for one in holding.certificates(each, value)]


def replace(gateway: Gateway, name: str, read: int, replacing: Replacing, by: str) -> int:
    """The draft's number. ``read``: the revision that whoever types has before her. ``Unsound`` names each field whose
    new value cannot be used, and nothing is kept; ``ConcurrentChange`` where somebody else has changed it since."""
    draft, today = basis(gateway, name), danish_day(gateway.clock.now())
    replacing = dataclasses.replace(replacing, days={path: _day(text, today) for path, text in replacing.days.items()})
    config, touched = _replaced(draft, replacing)
    if not touched:
        raise Unsound([SettingFault(reading.WHOLE, "nothing-new", "nothing new is named")])
    drafting.require_lawful(gateway, draft, config)
    told = [*_useless(draft, replacing, today), *drafting.faults(gateway, draft, config)]
    told = [each for each in told if each.path.partition(".")[0] in touched]
    if told:
        raise Unsound(told)
    if config == draft.revision.config:  # pressed twice
        return draft.revision.number
    return drafting.save(gateway, draft, read, config, by)


def _day(text: str, today: date) -> str:
    """As the settings have it; what is no day stays as it is and is told of there."""
    try:
        return typed_day(text, today, EXPIRES).isoformat()
    except InvalidField:
        return text.strip()


def _replaced(draft: Draft, replacing: Replacing) -> tuple[dict[str, Any], set[str]]:
    """The configuration with the new values, and the settings that they concern, with the key of a certificate."""
    config, touched = dict(draft.revision.config), set[str]()
    for each in held_settings(draft):
        typed = replacing.typed.get(each.path, "").strip()
        gone = replacing.withdrawn.get(each.path, ())
        if typed or gone:
            config[each.path] = _merged(each, config.get(each.path), typed, gone)
            touched |= {each.path, each.key} - {""}
    days = {path: day for path, day in replacing.days.items() if day and path in touched}
    if touched:
        lines = [f"{path} {day}" for path, day in noted_ends(config) if path not in touched]
        config[EXPIRES] = [*lines, *(f"{path} {day}" for path, day in days.items())]
    if not config.get(EXPIRES):
        config.pop(EXPIRES, None)
    return config, touched | ({EXPIRES} if days else set())


def _merged(each: SettingField, before: Any, typed: str, gone: Sequence[str]) -> Any:
    """Of the peer's own the new one beside the old; a reference takes the place of the one before."""
    if each.holds in REFERENCED:
        return typed
    if each.holds == HeldKind.THEIR_FINGERPRINTS:
        both = dict.fromkeys([*str(before or "").split(), *typed.replace(":", "").lower().split()])
        return " ".join(one for one in both if one not in gone)
    new = _key_set(each, typed) if typed else {"keys": []}
    if not isinstance(new, Mapping) or not isinstance(new.get("keys"), list):
        return new
    kept = {_kid(key): key for key in [*(before or {}).get("keys", ()), *new["keys"]]}
    return {**(before or {}), "keys": [key for kid, key in kept.items() if kid not in gone]}


def _useless(draft: Draft, replacing: Replacing, today: date) -> Iterator[SettingFault]:
    """What would replace nothing: the file in force, a set without a key to verify by, a day that is over."""
    present = draft.in_force.config if draft.in_force else {}
    for each in held_settings(draft):
        typed = replacing.typed.get(each.path, "").strip()
        if typed and each.holds in REFERENCED and typed == present.get(each.path):
            yield SettingFault(each.path, "same-place", "is in force already: lay the new one in another file")
        if typed and each.holds == HeldKind.THEIR_KEYS and not _verifies(_key_set(each, typed)):
            yield holding.not_a_key_set(each.path)
    lines = {EXPIRES: [f"{path} {day}" for path, day in replacing.days.items()]}
    if any(day < today for _path, day in noted_ends(lines)):
        yield SettingFault(EXPIRES, "day-over", "the day is over")


def _key_set(each: SettingField, typed: str) -> Any:
    """What was typed; a key by itself is a set of one."""
    new = reading.config_of([each], {each.path: typed}, {}).get(each.path)
    return {"keys": [new]} if isinstance(new, Mapping) and "kty" in new else new


def _verifies(new: Any) -> bool:
    try:
        return bool([imported(key) for key in usable_keys(new)])
    except (ValueError, JoseError):
        return False


def _since(history: Sequence[Revision], path: str, value: Any) -> Revision:
    """The oldest revision in force of the unbroken row that says the same; ``history``: the newest first."""
    found = history[0]
    for each in (one for one in history if one.state in IN_FORCE):
        if value_at(each.config, path) != value:
            break
        found = each
    return found


def _kid(key: Any) -> str:
    return str(key.get("kid", "")) if isinstance(key, Mapping) else ""


def _certificate(one: x509.Certificate) -> Part:
    names = one.subject.get_attributes_for_oid(x509.NameOID.COMMON_NAME)
    digest = hashlib.sha256(one.public_bytes(Encoding.DER)).hexdigest()
    starts, ends = one.not_valid_before_utc.date(), one.not_valid_after_utc.date()
    return Part(digest, str(names[0].value) if names else "", starts, ends)
