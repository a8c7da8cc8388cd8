"""One outbound call against a peer that behaves in every way a peer can."""

from __future__ import annotations

import json
import logging
import socket
import threading
from collections.abc import Iterator

import pytest

from adapters.wire.http import PeerHttp
from adapters.wire.transport import within
from gateway.domain.errors import PeerBusy, PeerError, PeerIll, PeerRefused, PeerUnavailable, PeerUnclear
from tests.support.peers.scripted_peer import Reply, ScriptedPeer, scripted_peer

SECRET = "0201609996"
ENOUGH = threading.Event()  # never set: waits as long as the caller does


@pytest.fixture
def peer() -> Iterator[ScriptedPeer]:
    with scripted_peer() as running:
        yield running


def answering(peer: ScriptedPeer, reply: Reply) -> PeerHttp:
    peer.script = lambda _: reply
    return PeerHttp("vendor", peer.url)


def test_the_host_name_arrives_though_the_call_stays_on_this_machine(peer: ScriptedPeer) -> None:
    assert answering(peer, Reply.json({"ok": True})).get("here").json() == {"ok": True}
    assert peer.asked[0].headers["host"] == f"peer.localhost:{peer.port}"
    assert peer.asked[0].headers["accept-encoding"] == "identity"


@pytest.mark.parametrize("status", [301, 302, 307, 308])
def test_a_redirect_is_never_followed_and_makes_the_connection_ill(peer: ScriptedPeer, status: int) -> None:
    http = answering(peer, Reply(status, b"", {"Location": f"{peer.url}/elsewhere"}))
    with pytest.raises(PeerIll):
        http.get("here")
    assert peer.paths() == ["/here"]


@pytest.mark.parametrize("status", [503, 429, 423])
def test_busy_means_nothing_was_done(peer: ScriptedPeer, status: int) -> None:
    http = answering(peer, Reply(status, b"", {"Retry-After": "7"}))
    with pytest.raises(PeerBusy) as busy:
        http.send("PUT", "here", body={})
    assert busy.value.args == ("vendor", f"http-{status}", 7, True, False)


@pytest.mark.parametrize("words", ["Wed, 21 Oct 2026 07:28:00 GMT", "-1", "soon", "9" * 9, ""])
def test_an_unreadable_pause_is_left_to_our_own_schedule(peer: ScriptedPeer, words: str) -> None:
    with pytest.raises(PeerBusy) as busy:
        answering(peer, Reply(503, b"", {"Retry-After": words})).get("here")
    assert busy.value.retry_after is None


@pytest.mark.parametrize("status", [500, 502, 504, 408])
def test_a_failing_peer_leaves_the_outcome_unknown(peer: ScriptedPeer, status: int) -> None:
    with pytest.raises(PeerUnclear) as unknown:
        answering(peer, Reply(status, headers={"Retry-After": "9"})).send("PUT", "here", body={})
    assert unknown.value.args == ("vendor", f"http-{status}", 9, True)


OUTCOME = {"resourceType": "OperationOutcome"}
OUTCOMES = [
    ({**OUTCOME, "issue": [{"code": "business-rule", "diagnostics": SECRET}]}, "business-rule"),
    (
        {
            **OUTCOME,
            "issue": [{"code": "invalid", "details": {"coding": [{"code": "MSG_DATE_FMT"}], "text": SECRET}}],
        },
        "MSG_DATE_FMT",
    ),
    ({**OUTCOME, "issue": [{"code": "required", "details": {"coding": [{"code": f"x{SECRET}"}]}}]}, "http-422"),
]
NO_OUTCOMES = [
    {"issue": [{"code": "business-rule"}]},
    {**OUTCOME, "issue": [{"code": f"x{SECRET}"}]},
    {**OUTCOME, "issue": [{"code": "a" * 200}]},
    {**OUTCOME, "issue": []},
    {**OUTCOME, "issue": "x"},
    [],
    SECRET,
]


@pytest.mark.parametrize(("body", "code"), OUTCOMES, ids=[code + str(i) for i, (_, code) in enumerate(OUTCOMES)])
def test_a_refusal_keeps_the_code_and_never_the_text(peer: ScriptedPeer, body: object, code: str) -> None:
    with pytest.raises(PeerRefused) as refused:
        answering(peer, Reply.json(body, 422)).send("PUT", "here", body={})
    assert refused.value.args == ("vendor", code)


@pytest.mark.parametrize("body", NO_OUTCOMES, ids=range(len(NO_OUTCOMES)))
def test_a_422_that_names_no_rule_settles_nothing(peer: ScriptedPeer, body: object) -> None:
    with pytest.raises(PeerUnclear) as unclear:
        answering(peer, Reply.json(body, 422)).send("PUT", "here", body={})
    assert unclear.value.sent and SECRET not in str(unclear.value)


UNREADABLE = {
    "another type": Reply(200, b"{}", {"Content-Type": "text/html"}),
    "no type": Reply(200, b"{}", {}),
    "no JSON": Reply(200, b"<html>"),
    "half JSON": Reply(200, b'{"a":'),
    "a repeated key": Reply(200, b'{"a":1,"a":2}'),
    "NaN": Reply(200, b'{"a":NaN}'),
    "very deep": Reply(200, b"[" * 200_000),
    "not UTF-8": Reply(200, b'"\xff\xfe\xff"'),
    "packed": Reply(200, b"{}", {"Content-Type": "application/json", "Content-Encoding": "gzip"}),
    "more than a megabyte": Reply(200, b'"' + b"a" * 1_100_000 + b'"'),
}


@pytest.mark.parametrize("name", UNREADABLE)
def test_an_unreadable_answer_settles_nothing_and_leaves_a_write_unknown(peer: ScriptedPeer, name: str) -> None:
    http = answering(peer, UNREADABLE[name])
    with pytest.raises(PeerUnclear) as asked:
        http.get("here").json()
    assert asked.value.code == "invalid-answer" and asked.value.certainly_not_done
    with pytest.raises(PeerUnclear) as unknown:
        http.send("PUT", "here", body={}).json()
    assert not unknown.value.certainly_not_done


def drip() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nX-Slow: "
    for _ in range(400):
        yield b"a"
        ENOUGH.wait(0.05)


def slow_body() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n"
    for _ in range(400):
        yield b" "
        ENOUGH.wait(0.05)


def cut_short() -> Iterator[bytes]:
    yield b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 400\r\n\r\n{"


@pytest.mark.parametrize("pieces", [drip, slow_body, cut_short, lambda: iter([]), lambda: iter([b"SSH-2.0-x\r\n"])])
def test_an_answer_that_never_ends_ends_with_the_deadline(peer: ScriptedPeer, pieces: object) -> None:
    peer.script = lambda _: Reply(raw=pieces())  # type: ignore[operator]
    with pytest.raises(PeerUnavailable) as unknown:
        PeerHttp("vendor", peer.url, total_timeout=1.0).get("here")
    assert unknown.value.phase == "awaiting the answer"


def test_several_calls_share_one_deadline(peer: ScriptedPeer) -> None:
    peer.script = lambda _: Reply(raw=drip())
    http = PeerHttp("vendor", peer.url, total_timeout=600.0)
    with within(1.0), pytest.raises(PeerUnavailable):
        http.get("first")
    peer.script = lambda _: Reply.json({})
    assert http.get("second").json() == {}, "the deadline is over with its block"
    with within(0.0), pytest.raises(PeerUnavailable) as late:
        PeerHttp("vendor", peer.url).get("third")
    assert late.value.certainly_not_done


def test_a_closed_port_and_a_full_queue_are_not_connected() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        port = full.getsockname()[1]
        with pytest.raises(PeerUnavailable) as closed:  # bound, but nobody listens
            PeerHttp("vendor", f"http://vendor.localhost:{port}").get("here")
    assert closed.value.phase == "connecting"


class OneToken:
    """Gives tokens in order and remembers which were refused."""

    def __init__(self) -> None:
        self.tokens, self.refused = ["old", "new", "newer"], list[str]()

    def header(self) -> str:
        return f"Bearer {self.tokens[0]}"

    def renew(self, refused: str) -> None:
        self.refused.append(refused)
        self.tokens.pop(0)


def test_an_expired_login_is_renewed_once(peer: ScriptedPeer) -> None:
    peer.script = lambda asked: Reply(200 if asked.headers["authorization"] == "Bearer new" else 401)
    auth = OneToken()
    assert PeerHttp("vendor", peer.url, auth=auth).get("here").status == 200
    assert auth.refused == ["Bearer old"]


def test_a_second_refusal_makes_the_connection_ill(peer: ScriptedPeer) -> None:
    peer.script = lambda _: Reply(401)
    with pytest.raises(PeerIll) as refused:
        PeerHttp("vendor", peer.url, auth=OneToken()).get("here")
    assert refused.value.code == "http-401"
    assert len(peer.asked) == 2


def test_credentials_go_to_their_own_peer_only(peer: ScriptedPeer) -> None:
    http = PeerHttp("vendor", f"{peer.url}/fhir", auth=OneToken())
    for elsewhere in (f"{peer.url}/other", f"{peer.url}/fhir.evil/x", "https://evil.example/"):
        with pytest.raises(PeerIll):
            http.get(elsewhere)
    assert not peer.asked


@pytest.mark.parametrize(
    "address",
    [
        "http://eoj.example/fhir",
        "ftp://eoj.example",
        "file:///etc/passwd",
        "https://",
        "https://user:word@eoj.example",
        "http://localhost.evil.example",
        "http://127.0.0.1.evil.example",
        "//eoj.example",
        "https://eoj.example:99999",
        "https://eoj.example/#x",
        "javascript:alert(1)",
    ],
)
def test_an_address_we_may_not_call_is_refused_at_start(address: str) -> None:
    with pytest.raises(ValueError) as fault:
        PeerHttp("vendor", address)
    assert address not in str(fault.value)


def test_no_number_reaches_an_error_or_a_log_line(peer: ScriptedPeer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    peer.script = lambda _: Reply(500, json.dumps({"echo": SECRET}).encode())
    with pytest.raises(PeerError) as fault:
        PeerHttp("vendor", peer.url).post_form("Patient/_search", {"identifier": SECRET})
    seen = [repr(fault.value), repr(fault.value.__cause__), repr(fault.value.__context__), caplog.text]
    assert all(SECRET not in text and "Patient" not in text for text in seen)
