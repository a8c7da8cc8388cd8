"""What a certification's report shows of the wire: enough to find a fault by, nobody's data and no secret."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from adapters.wire.overhearing import Said, overhearing, pass_on
from adapters.wire.trial.shown import LONGEST
from gateway.certify.reporting.exchanges import MOST, Exchanges, persons_of
from gateway.certify.reporting.report import Report, as_html, as_text
from gateway.certify.run import _PERSONS, Found, Verdict

TOKEN = "eyJhbGciOiJFUzI1NiJ9.eyJzdWIiOiJGSi0xMDAxIn0.c2lnbmF0dXJlLXNpZ25hdHVyZQ"
PERSON = {
    "resourceType": "Patient",
    "id": "r-1",
    "identifier": [{"system": "urn:oid:1.2.208.176.1.2", "value": "1310169996"}],
    "name": [{"family": "Fremmed", "given": ["Anders", "Bo"], "text": "Anders Bo Fremmed"}],
    "birthDate": "1916-10-13",
    "address": [{"line": ["Hjemvej 1"], "city": "Fjordby", "postalCode": "9999"}],
    "telecom": [{"value": "see phone"}],
    "gender": "male",
}
HIDDEN: dict[str, tuple[bytes, tuple[str, ...]]] = {
    "a person of the peer's": (
        json.dumps(PERSON).encode(),
        ("Fremmed", "Anders", "1310169996", "1916-10-13", "Hjemvej", "Fjordby", "9999"),
    ),
    "a number with its hyphen": (b'{"businessKey":"131016-9996"}', ("131016-9996",)),
    "a number between words": (b"CPR 1310169996.", ("1310169996",)),
    "a token in JSON": (json.dumps({"access_token": "hush", "expires_in": 60}).encode(), ("hush",)),
    "a signed token": (f"assertion {TOKEN}".encode(), (TOKEN.split(".")[1],)),
    "a secret in a form": (b"grant_type=x&client_secret=hush&code=word", ("hush", "word")),
    "the test person in HL7": (b"PID|1||0201609996||Testmose^Karla\rOBX|1", ("Testmose", "Karla", "0201609996")),
    "a packed note": (b'{"data":"' + b"QUJD" * 60 + b'"}', ("QUJD" * 40,)),
    "a number where the body is cut": (b"x" * (LONGEST - 4) + b" 1310169996", ("1310", "131")),
    "a pin": (b'{"hostPin": 123456}', ("123456",)),
}


def exchanges_of(*bodies: bytes) -> tuple[Any, int]:
    kept = Exchanges(persons_of(None, _PERSONS))
    with kept.heard():
        for body in bodies:
            pass_on(Said("POST http://peer/x", {"Authorization": "Bearer hush", "ETag": 'W/"1"'}, body), Said("200"))
    return kept.taken()


@pytest.mark.parametrize("what", HIDDEN)
def test_nobody_and_no_secret_is_shown(what: str) -> None:
    body, secrets = HIDDEN[what]
    (only,), _ = exchanges_of(body)
    for secret in (*secrets, "Bearer"):
        assert secret not in only.request


def test_codes_fields_and_status_are_shown() -> None:
    (only,), _ = exchanges_of(json.dumps(PERSON).encode())
    assert (
        only.request.startswith('POST http://peer/x\nETag: W/"1"\n\n') and '"resourceType": "Patient"' in only.request
    )
    assert '"gender": "male"' in only.request and only.answer == "200"


def test_what_is_left_out_is_counted_and_forgotten_with_its_promise() -> None:
    kept = Exchanges(())
    with kept.heard():
        for _ in range(MOST + 3):
            pass_on(Said("GET x"), Said("200"))
    shown, more = kept.taken()
    assert (len(shown), more) == (MOST, 3)
    assert kept.taken() == ((), 0)


def test_nobody_listens_once_it_is_over() -> None:
    heard: list[Said] = []
    with overhearing(lambda asked, _: heard.append(asked)):
        pass_on(Said("one"), Said("200"))
    pass_on(Said("two"), Said("200"))
    assert [each.line for each in heard] == ["one"]


class _Promise:
    words, name = "Et løfte", "a_promise"


def test_both_reports_show_them_in_both_languages_and_escape_them() -> None:
    shown, more = exchanges_of(b"<script>alert(1)</script>", *[b"x"] * MOST)
    found = Found(_Promise(), Verdict.KEPT, "", 0.1, shown, more)  # type: ignore[arg-type]
    silent = Found(_Promise(), Verdict.KEPT, "", 0.1)  # type: ignore[arg-type]
    report = Report("x", datetime.now(UTC), [], [found, silent])
    text, html = as_text(report), as_html(report)
    for said in ("request / anmodning", "answer / svar", "POST http://peer/x", "1 more / flere", "andre processer"):
        assert said in text and said in html
    assert "<script>" not in html and "&lt;script&gt;" in html
