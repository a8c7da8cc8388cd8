"""Keys, certificates and secrets replaced from the console and by command: what a careless or hostile administrator
writes is a fault at its own field, nothing is kept, and nothing comes into force untried (AD04, AD14)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from joserfc.jwk import OctKey, RSAKey

from adapters.wire.oauth.client_key import new_client_key
from gateway.alarms.expiring import endings, reached
from gateway.domain.oversight import ConsoleRole
from gateway.domain.practice import COPENHAGEN
from simulators.signing import SigningKey
from tests.support.commands import operator
from tests.support.consultations import KOMMUNE_A, KOMMUNE_B
from tests.support.peers.key_files import YEAR, KeyFiles
from tests.unit.web.console.console_world import ConsoleWorld
from tests.unit.web.console.test_drafts import audited

R = ConsoleRole
NAME = "dgcpr"
KEYS = f"/konsol/forbindelser/{NAME}/noegler"
OWNED = {"sts_address": "http://127.0.0.1:1/sts", "sts_issuer": "TEST1-NSP-STS", "organisation_cvr": "99110007"}


@pytest.fixture
def files(tmp_path: Path) -> KeyFiles:
    folder = tmp_path / "peers" / str(KOMMUNE_A)
    folder.mkdir(parents=True)
    return KeyFiles(folder)


@pytest.fixture
def world(tmp_path: Path, files: KeyFiles) -> ConsoleWorld:
    made = ConsoleWorld(tmp_path, console_networks="127.0.0.0/8", console_secrets=str(tmp_path / "peers"))
    own = files.pair("nu")
    config = OWNED | {"address": "http://127.0.0.1:1/cpr", "tenant": str(KOMMUNE_A), "organisation_name": "Fjordby"}
    config |= {"certificate": own.certificate, "key": own.key, "sts_certificates": files.pair("sts").certificate}
    made.connect(NAME, "register", "dgcpr", KOMMUNE_A, config)
    pinned = {"issuer": "journal", "audience": "us", "write_back": "eoj-fjordby", "tenant": str(KOMMUNE_A)}
    made.connect("signed", "eoj", "signed_launch", KOMMUNE_A, pinned | {"jwks": SigningKey.generated().public_jwks()})
    return made


def present(world: ConsoleWorld, name: str = NAME) -> Any:
    found = world.gateway.connections.present(name)
    assert found is not None
    return found


def press(world: ConsoleWorld, name: str = NAME, *, read: int | None = None, **new: str) -> Any:
    """As the form of that page; ``new``: by setting."""
    ida = world.administrator(R.INTEGRATION)
    draft = world.gateway.drafts.of(name)
    number = read or (draft.revision.number if draft else present(world, name).number)
    fields = {f"new.{path}": text for path, text in new.items()} | {"read": str(number)}
    return ida.post(f"/konsol/forbindelser/{name}/noegler", fields)


def mistakes(files: KeyFiles) -> list[tuple[dict[str, str], str, str]]:
    """What is written, the field that is named, and how the sentence begins."""
    new, other = files.pair("ny"), files.pair("andens")
    over, early = files.pair("gammel", -2 * YEAR, -YEAR), files.pair("naeste", YEAR, 2 * YEAR)
    outside = files.folder.parent / "drift.key"
    outside.write_text(new_client_key())
    return [
        ({"certificate": over.certificate, "key": over.key}, "certificate", "Certifikatet udløb"),
        ({"certificate": early.certificate, "key": early.key}, "certificate", "Certifikatet gælder først fra"),
        ({"certificate": new.certificate, "key": other.key}, "key", "Nøglen hører ikke til certifikatet i certificate"),
        ({"certificate": new.certificate}, "key", "Nøglen hører ikke til certifikatet i certificate"),
        ({"certificate": new.key, "key": new.key}, "certificate", "Filen holder ikke et certifikat"),
        ({"certificate": new.certificate, "key": new.certificate}, "key", "Filen holder ikke en privat nøgle"),
        ({"sts_certificates": new.key}, "sts_certificates", "Filen holder ikke et certifikat"),
        ({"sts_certificates": over.certificate}, "sts_certificates", "Certifikatet udløb"),
        ({"certificate": f"file:{files.folder}/findes-ikke.pem"}, "certificate", "Filen kan ikke læses her"),
        ({"key": f"file:{outside}"}, "key", "Skriv file: og en fil i mappen"),
        ({"key": "env:PATH"}, "key", "Skriv file: og en fil i mappen"),
        ({"certificate": str(present_at(files, "nu.pem"))}, "certificate", "Det er den, der bruges nu"),
        ({}, "settings", "Skriv mindst ét nyt sted"),
    ]


def present_at(files: KeyFiles, name: str) -> str:
    return f"file:{files.folder / name}"


def test_each_mistake_is_named_at_its_field_and_nothing_is_kept(world: ConsoleWorld, files: KeyFiles) -> None:
    for new, field, words in mistakes(files):
        answer = press(world, **new)
        text = answer.get_data(as_text=True)
        assert answer.status_code == 422 and f"{field}: {words}" in text, (new, text[:3000])
        assert f'href="#field-{field}"' in text and f'id="field-{field}"' in text
        assert world.gateway.drafts.of(NAME) is None and "PRIVATE KEY" not in text


@pytest.mark.parametrize(
    ("pasted", "words"),
    [
        (json.dumps({"keys": [RSAKey.generate_key(2048, auto_kid=True).as_dict(private=True)]}), "Det er en privat"),
        (json.dumps(OctKey.generate_key(256, auto_kid=True).as_dict()), "Det er en privat"),
        (json.dumps({"keys": []}), "Indsæt et nøglesæt"),
        ("-----BEGIN CERTIFICATE-----", "Indsæt et nøglesæt"),
        (json.dumps({"keys": [{"kty": "EC", "kid": "x"}]}), "Indsæt et nøglesæt"),
    ],
)
def test_what_is_no_public_key_set_is_refused_and_a_private_key_is_shown_to_nobody(
    world: ConsoleWorld, pasted: str, words: str
) -> None:
    answer = press(world, "signed", jwks=pasted)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 422 and f"jwks: {words}" in text
    secret = (
        json.loads(pasted).get("k", "") or (json.loads(pasted).get("keys") or [{}])[0].get("d", "")
        if pasted[0] == "{"
        else ""
    )
    assert not secret or secret not in text
    assert world.gateway.drafts.of("signed") is None


def test_pressed_twice_is_one_draft_and_two_administrators_are_told_of_each_other(
    world: ConsoleWorld, files: KeyFiles
) -> None:
    mine, hers, read = files.pair("min"), files.pair("hendes"), present(world).number
    for _ in range(2):
        assert press(world, read=read, certificate=mine.certificate, key=mine.key).status_code == 303
    draft = world.gateway.drafts.of(NAME)
    assert draft is not None and draft.revision.number == read + 1
    answer = press(world, read=read, certificate=hers.certificate, key=hers.key)
    text = answer.get_data(as_text=True)
    assert answer.status_code == 409 and "har gemt kladden, mens du skrev" in text
    assert hers.certificate in text and hers.key in text, "what was typed is lost"
    kept = world.gateway.drafts.of(NAME)
    assert kept is not None and kept.revision.config["certificate"] == mine.certificate
    assert present(world).config["certificate"] != mine.certificate, "nothing is in force yet"
    assert f"connections replace {NAME}" in " ".join(audited(world)) or "connections replace" in " ".join(
        audited(world)
    )


def test_one_that_ends_while_it_waits_for_a_colleague_does_not_come_into_force(
    world: ConsoleWorld, files: KeyFiles
) -> None:
    own = files.pair("kort")
    assert press(world, certificate=own.certificate, key=own.key).status_code == 303
    over = files.pair("kort", -2 * YEAR, -YEAR)
    assert over == own, "the file of the same name holds another certificate now"
    ida = world.administrator(R.INTEGRATION)
    answer = ida.post(f"/konsol/forbindelser/{NAME}/kladde/proev")
    assert answer.status_code == 422 and "Certifikatet udløb" in answer.get_data(as_text=True)


def test_the_peers_new_key_stands_beside_the_old_until_that_is_withdrawn(world: ConsoleWorld) -> None:
    new, old = SigningKey.generated(), present(world, "signed").config["jwks"]["keys"][0]["kid"]
    assert press(world, "signed", jwks=json.dumps(new.public_jwks()["keys"][0])).status_code == 303
    draft = world.gateway.drafts.of("signed")
    assert draft is not None and [key["kid"] for key in draft.revision.config["jwks"]["keys"]] == [old, new.kid]
    page = world.administrator(R.INTEGRATION).get("/konsol/forbindelser/signed/noegler")
    assert new.kid[:24] in page and f'value="{old}"' in page
    ida = world.administrator(R.INTEGRATION)
    assert (
        ida.post(
            "/konsol/forbindelser/signed/noegler", {"read": str(draft.revision.number), "gone.jwks": old}
        ).status_code
        == 303
    )
    left = world.gateway.drafts.of("signed")
    assert left is not None and [key["kid"] for key in left.revision.config["jwks"]["keys"]] == [new.kid]


def test_a_secret_whose_end_the_peer_has_said_is_told_of_in_time(world: ConsoleWorld, files: KeyFiles) -> None:
    known = {k: v for k, v in present(world, "eoj-fjordby").config.items() if k != "client_key"}
    config = known | {"client_secret": files.laid("hemmelig", "hush-hush-hush")}
    world.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, config)
    now = world.gateway.clock.now()
    ida, place = world.administrator(R.INTEGRATION), "/konsol/forbindelser/eoj-fjordby/noegler"
    fields = {"read": str(present(world, "eoj-fjordby").number), "new.client_secret": files.laid("ny", "new-new-new")}
    past = ida.post(place, fields | {"day.client_secret": "01.01.2020"})
    assert past.status_code == 422 and "expires: Dagen er forbi" in past.get_data(as_text=True)
    no_day = ida.post(place, fields | {"day.client_secret": "31.02.2027"}).get_data(as_text=True)
    assert "expires: Skriv datoen som dag, måned og år" in no_day and 'value="31.02.2027"' in no_day
    in_time = (now + YEAR / 60).astimezone(COPENHAGEN).date()
    assert ida.post(place, fields | {"day.client_secret": f"{in_time:%d.%m.%Y}"}).status_code == 303
    draft = world.gateway.drafts.of("eoj-fjordby")
    assert draft is not None and draft.revision.config["expires"] == [f"client_secret {in_time}"]
    world.connect("eoj-fjordby", "eoj", "smart_fhir", KOMMUNE_A, dict(draft.revision.config))
    found = endings(world.gateway.connections.active())
    assert reached(found, now)["eoj-fjordby", KOMMUNE_A] == 7
    assert "<code>client_secret</code>" in ida.get("/konsol/alarmer")


def test_whether_a_peer_can_read_our_key_itself_is_said(world: ConsoleWorld, files: KeyFiles) -> None:
    place, mine = "/konsol/forbindelser/eoj-fjordby/noegler", "Nøglen er organisationens egen"
    ida = world.administrator(R.INTEGRATION)
    assert mine not in ida.get(place) and "/.well-known/jwks.json" in ida.get(place)
    assert press(world, "eoj-fjordby", client_key=files.laid("egen.pem", new_client_key())).status_code == 303
    assert mine in ida.get(place)


def test_the_command_does_the_same_and_names_the_same_fields(
    world: ConsoleWorld, files: KeyFiles, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, new, other = operator(world.gateway.settings, monkeypatch), files.pair("ny"), files.pair("anden")
    refused = run(
        "connections", "replace", NAME, "--new", f"certificate={new.certificate}", "--new", f"key={other.key}"
    )
    assert refused.exit_code != 0 and str(refused.exception) == "key: is not the key of certificate"
    done = run("connections", "replace", NAME, "--new", f"certificate={new.certificate}", "--new", f"key={new.key}")
    assert done.exit_code == 0 and "draft" in done.output, done.output
    told = run("connections", "held", NAME)
    assert told.exit_code == 0 and "sts_certificates: their-certificates" in told.output and "Fjordby nu" in told.output


def test_another_organisations_connection_is_not_there_to_be_replaced(world: ConsoleWorld, files: KeyFiles) -> None:
    stranger, new = world.administrator(R.INTEGRATION, tenant=KOMMUNE_B), files.pair("ny")
    fields = {"read": str(present(world).number), "new.certificate": new.certificate, "new.key": new.key}
    assert stranger.client.get(KEYS).status_code == stranger.post(KEYS, fields).status_code == 404
    assert world.gateway.drafts.of(NAME) is None
