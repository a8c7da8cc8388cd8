"""Whatever ends one day is known to be, and is replaced in a test while calls or deliveries go on, or it stands here
why not. Settings are found by walking the models; each counts once, at the model that declares it (AD14)."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from inspect import get_annotations

from pydantic import BaseModel
from pydantic.fields import FieldInfo

from adapters.discovery import KINDS, found_adapters
from gateway.domain.peers.held import HeldKind
from gateway.settings import Settings
from gateway.web.words.connecting.held import held_words, order_words
from tests.architecture.source import ROOT

LOAD = "tests/integration/connecting/test_rotation_under_load.py"
CALLERS = "tests/integration/connecting/test_rotation_of_callers.py"
LAUNCHES = "tests/unit/web/console/review/test_rotating.py"
MISTAKES = "tests/unit/web/console/review/test_keys.py"
OUR_KEY = f"{LOAD}::test_our_own_key_which_the_peer_reads_at_our_address_before_it_is_used"
SIGNING = f"{LOAD}::test_certificate_and_key_with_which_messages_are_signed"
LINE = f"{LOAD}::test_the_certificate_that_we_show_and_the_authority_of_the_peers_own"
CARDS = f"{CALLERS}::test_the_certificates_of_a_practice_whose_cards_open_our_door"
LOOK_UP = f"{CALLERS}::test_the_certificate_under_which_we_look_citizens_up"
OUR_LINE = f"{CALLERS}::test_the_certificate_of_a_practice_that_calls_our_line"
REPLACED = {
    "wire.oauth.ClientSettings.client_secret": f"{LOAD}::test_the_secret_of_a_client_at_a_care_system",
    "wire.oauth.KeySettings.client_key": OUR_KEY,
    "wire.v2.LineSettings.tls_authority": LINE,
    "wire.v2.LineSettings.tls_certificate": LINE,
    "wire.v2.LineSettings.tls_key": LINE,
    "gp_system.soap.Settings.certificate": SIGNING,
    "gp_system.soap.Settings.key": SIGNING,
    "gp_system.soap.Settings.caller_certificates": CARDS,
    "register.dgcpr.Settings.certificate": LOOK_UP,
    "register.dgcpr.Settings.key": LOOK_UP,
    "register.dgcpr.Settings.sts_certificates": LOOK_UP,
    "gp_system.hl7v2.Settings.caller_certificate": OUR_LINE,
    "gp_system.fhir_pull.Settings.jwks": f"{CALLERS}::test_the_pinned_keys_of_a_practice_that_fetches",
    "eoj.signed_launch.Settings.jwks": (
        f"{LAUNCHES}::test_ad14_the_keys_of_launches_are_replaced_while_launches_go_on"
    ),
    "identity.oidc.Settings.issuer": (f"{CALLERS}::test_people_log_in_while_the_provider_changes_the_key_it_publishes"),
}
# The same parts as one that is replaced above, or nothing that could be shown: each with which.
NOT_REPLACED = {
    "wire.oauth.KeySettings.client_certificate": "names client_key in a header, and goes with it",
    "wire.medcom.exchange.parties.AccessPointSettings.client_key": "KeySettings.client_key, declared as needed",
    "wire.medcom.exchange.parties.AccessPointSettings.caller_keys": "read as the jwks of fhir_pull are",
    "gp_system.soap.Settings.sts_certificates": "verified by the same sts.py as dgcpr's",
    "video.vdx.Settings.tls_certificate": "the simulator's VDX knows no client certificate",
    "video.vdx.Settings.tls_key": "the simulator's VDX knows no client certificate",
    "eoj.oioxml.Settings.token": "the simulator's VANS client asks for none; read at each letter",
    "eoj.hl7v2.Settings.caller_certificate": "compared by the same is_one_of as a practice's",
    "eoj.smart_fhir.Settings.issuer": "read by the same Discovery and Remembered as a login's",
    "eoj.signed_launch.Settings.jwks_url": "read by the same Remembered as a login's",
}
# Their names sound like secrets.
NO_SECRETS = {
    "client_key_algorithm": "a choice",
    "client_key_id": "the name that a peer gave a key",
    "token_endpoint_auth_method": "a choice",
    "token_url": "an address",
    "token_issuer": "a name",
}
# Of the installation itself: files of the machine, none of them a connection's (docs/operating.md).
OF_THE_MACHINE = {
    "data_key": "laegebro keys rotate; tests/contract/store/watch",
    "data_key_id": "a name",
    "former_data_keys": "the keys before data_key, kept for reading",
    "index_key": "lives as long as the data: hashes would have to be made anew",
    "media_secret": "tickets live a minute; both sides at once",
    "client_key": "shown beside a draft's own key; then settings and a restart",
    "alarm_smtp_password": "read for each mail; a mail that is refused is sent again",
    "alarm_webhook_key": "read for each call; whoever takes them knows both meanwhile",
    "audit_key": "the public part of the former one stays with the old files",
    "console_secrets": "a folder",
}
_SECRET = re.compile(r"secret|password|(^|_)keys?(_|$)|certificate|token|jwks|authority")


def settings() -> Iterator[tuple[str, str, FieldInfo]]:
    """Each as the model that declares it, its name, and what it says."""
    for found in (each for kind in KINDS for each in found_adapters(kind)):
        for name, field in found.settings.model_fields.items():
            yield f"{_declarer(found.settings, name)}.{name}", name, field


def _declarer(model: type[BaseModel], name: str) -> str:
    by = next(each for each in model.__mro__ if name in get_annotations(each))
    return f"{by.__module__.removeprefix('adapters.').removesuffix('.settings')}.{by.__qualname__}"


def held(field: FieldInfo) -> str:
    more = field.json_schema_extra
    return str(more.get("holds", "")) if isinstance(more, dict) else ""


def test_each_that_ends_is_replaced_in_a_test_or_says_why_not() -> None:
    found = {place for place, _name, field in settings() if held(field)}
    assert found == REPLACED.keys() | NOT_REPLACED.keys() and not REPLACED.keys() & NOT_REPLACED.keys()
    for test in REPLACED.values():
        file, _, name = test.partition("::")
        functions = [
            each for each in ast.walk(ast.parse((ROOT / file).read_text())) if isinstance(each, ast.FunctionDef)
        ]
        assert name in {each.name for each in functions}, test


def test_nothing_that_sounds_like_a_secret_is_forgotten() -> None:
    forgotten = {name for _place, name, field in settings() if _SECRET.search(name) and not held(field)}
    assert forgotten == NO_SECRETS.keys()
    assert {name for name in Settings.model_fields if _SECRET.search(name)} == OF_THE_MACHINE.keys()


def test_the_guide_names_each_and_its_order_is_told_in_words() -> None:
    guide = (ROOT / "docs" / "operating.md").read_text(encoding="utf-8")
    missing = {name for _place, name, field in settings() if held(field) and f"`{name}`" not in guide}
    assert not missing
    source = (ROOT / "gateway" / "web" / "words" / "connecting" / "held.py").read_text(encoding="utf-8")
    assert all(source.count(f"HeldKind.{kind.name}:") == 2 for kind in HeldKind), (held_words, order_words)
