"""A step that failed, in English: what it is and what to do (gateway/web/words/trials.py says it in Danish)."""

from __future__ import annotations

from collections.abc import Mapping

from gateway.cli.causes import in_words
from gateway.domain.peers.trial import Cause, Told

WORDS: Mapping[Cause, str] = {
    Cause.NO_SUCH_NAME: "no such host {host}: mend the address",
    Cause.REFUSED: "nobody listens at port {port}: is the peer up, and does a firewall let us through ({ours})?",
    Cause.SILENT: "no answer at port {port} within {seconds} s: a firewall drops what comes from {ours}",
    Cause.TLS_NAME: "the peer's certificate is for {names}, not {host}: mend the address",
    Cause.TLS_EXPIRED: "the peer's certificate expired on {until}: its owner must renew it",
    Cause.TLS_NOT_YET: "the peer's certificate is not valid before {since}: look at both clocks",
    Cause.TLS_ISSUER: "the peer's certificate is signed by {issuer}, whom this machine does not trust",
    Cause.CERTIFICATE_ASKED: "the peer asks for a client certificate: name ours in the settings",
    Cause.CERTIFICATE_REFUSED: "the peer does not know our certificate: send its fingerprint, {fingerprint}",
    Cause.CLOCK: "the peer's clock is {minutes} minutes {way} of ours: set the wrong one by a time server",
    Cause.LOGIN: "the client id or the secret is wrong: put in the new one",
    Cause.NOT_REGISTERED: "the peer has not registered us as a user of this service: order it there",
    Cause.TOKEN_SERVICE: "the token service refuses us ({code}): certificate or agreement",
    Cause.SCOPE: "the right {scope} is missing: order it at the peer",
    Cause.WRONG_SERVICE: "the address answers, but it is not {ours}: {theirs}",
    Cause.VERSION: "the peer speaks {theirs}, we expect {ours}: choose the other address",
    Cause.CAPABILITY: "the peer cannot {what}: notes are sent once at most and may need a look",
    Cause.NO_FORM: "the form {name} does not exist in {where}: choose one that does",
    Cause.NO_ACCESS: "the citizen is there, but our user has no access: a right in the care system",
    Cause.NO_ACKNOWLEDGEMENT: "no acknowledgement within {seconds} s: ask the vendor whether the system listens",
    Cause.ACKNOWLEDGED_NO: "the peer acknowledged with a fault: {code}",
    Cause.INTERNAL_ADDRESS: "the address leads into an internal net ({host}): use one that is allowed",
    Cause.RATE: "the peer asked us to wait {seconds} s: agree on a limit",
    Cause.KEY_ID: "the peer does not know our key {kid}: let it fetch our JWKS",
    Cause.NOT_HERE: "its settings or secrets cannot be used here: laegebro connections apply names each",
    Cause.TLS: "no encrypted line could be agreed on with {host}",
    Cause.NO_ANSWER: "the peer took the connection and did not answer ({seconds} s)",
    Cause.THEIR_FAULT: "the peer failed by itself ({code}): try again",
    Cause.FOLDER: "the folder of receipts cannot be written in: mend it, or the setting receipts",
}


class _Facts(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "-"


def told_in_words(told: Told | None) -> str:
    """ "" where nothing failed; a peer's own code as the other commands tell it."""
    if told is None:
        return ""
    if told.cause is Cause.OTHER:
        return in_words(told.facts.get("code", ""))
    return WORDS[told.cause].format_map(_Facts(told.facts))
