"""A MedCom connection set up with keys made here and now, and messages as the practice's side writes them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4, uuid5

from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat

from adapters.gp_system.medcom import Adapter, Settings
from adapters.gp_system.medcom.words import TOPIC
from adapters.wire.medcom.exchange.acknowledgement import Asked, acknowledgement
from adapters.wire.medcom.exchange.care import Between, care_message
from adapters.wire.oauth.client_key import ClientKey, public_jwks
from gateway.certify.benches import medcom as bench
from gateway.certify.benches.medcom import CALLER, NAME
from gateway.domain.peers.letter import Answer, Letter, LetterKind

Json = dict[str, Any]


def new_key() -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()


def stanza(base_url: str, access_point_key: str, client_key: str = "file:key", **fields: Any) -> Json:
    return bench.stanza(base_url, public_jwks(access_point_key), client_key, **fields)


def connected(base_url: str, our_key: str, access_point_key: str, **fields: Any) -> Adapter:
    settings = Settings.model_validate(stanza(base_url, access_point_key, **fields))
    return Adapter(NAME, settings, lambda _: our_key)


def authorisation(access_point_key: str, audience: str, now: datetime | None = None) -> str:
    token = ClientKey.from_pem(access_point_key).assertion(CALLER, audience, now or datetime.now(UTC))
    return f"Bearer {token}"


def reply(settings: Settings, answered: UUID, text: str, **about: Any) -> Json:
    """A practice's reply to that message of ours, as its own system would write it."""
    now = datetime.now(UTC)
    entry = about.get("entry", uuid5(answered, "entry"))
    content = (
        '{"text": "%s", "author": "Lise Hansen", "role": "Læge", "phone": "99000102",'
        ' "patient": {"system": "urn:oid:1.2.208.176.1.2", "value": "2512489996", "name": "Nancy Ann Test Berggren"}}'
    )
    first = Letter(answered, entry, LetterKind.WRITTEN, now, uuid5(answered, "segment"), "", sent_at=now)
    id = about.get("header", uuid4())
    letter = Letter(id, entry, LetterKind.ANNOUNCED, now, uuid4(), content % text)
    practice, sender = next(iter(settings.practices.values())), settings.senders["99110007"]
    return care_message(
        [first], letter, Between(practice, sender, "", NAME, TOPIC), about.get("envelope", uuid4()), now
    )


def acknowledged(settings: Settings, answered: UUID, answer: Answer = Answer.OK, code: str = "") -> Json:
    practice, sender = next(iter(settings.practices.values())), settings.senders["99110007"]
    now = datetime.now(UTC)
    return acknowledgement(Asked(str(answered), now - timedelta(seconds=1), sender, practice), answer, code, now)
