"""What a delivery's fault code means and what to do, in words for whoever operates; no person in any."""

from __future__ import annotations

import re

_WORDS: tuple[tuple[str, str], ...] = (
    (r"paused", "The connection is paused; it goes when the connection is resumed."),
    (r"not-tried-yet", "No attempt has been made yet."),
    (r"unavailable: connecting", "Nobody answered at the peer's address; nothing was done there."),
    (r"unavailable: sending", "The line broke while we were sending; it may have arrived, so the peer is asked first."),
    (r"unavailable: awaiting the answer", "It was sent and no answer came; it may have arrived: the peer is asked."),
    (r"awaits-acknowledgement", "It was sent; the peer's acknowledgement comes as a message of its own."),
    (r"not-readable-yet", "The peer took it, and it cannot be read back from the record yet."),
    (r"too-many-forms", "The citizen has more forms of this kind than can be looked through; look in the record."),
    (r"not-there-yet", "It may have arrived, and the peer does not show it; asked again after its quiet period."),
    (r"unknown-and-cannot-probe", "It may have arrived, and this peer cannot be asked. Look there before you replay."),
    (r"synthetic-mismatch",
     "One of the two is synthetic and the other real: invented citizens never meet real systems. Nothing was sent."),
    (r"poison", "Our own attempts crashed; look in the log of the workers for this id, then replay."),
    (r"record-locked|lock-error|http-423",
     "The record is locked by somebody at the peer; it goes when it is released."),
    (r"other-record", "The peer has our key in another citizen's record. Do not replay: find out how."),
    (r"merged-record",
     "The record was merged into another there, and that it is the same person's cannot be shown. Nothing was sent."),
    (r"changed-meanwhile|conflict|http-409.*", "Somebody else changed it there at the same time; read anew and tried."),
    (r"ill: no-resource-for-notes",
     "The peer's CapabilityStatement takes no resource a note can be filed as; ask its vendor, or set note_as."),
    (r"no-stills",
     "The connection takes no pictures any more, and the note has some. Nothing was sent: set takes_pictures."),
    (r"picture-too-large",
     "The note stands in the record; a picture was too large for it. Leave it out, or replay at a higher limit."),
    (r"picture-kind",
     "The note stands in the record, which takes no such picture. Leave it out, or replay once it does."),
    (r"picture-forbidden",
     "The note stands in the record; we may not file a picture. Ask for the right and replay, or leave it out."),
    (r"picture-refused",
     "The note stands in the record, which refused a picture and said no more. Ask, then replay, or leave it out."),
    (r"several-records", "The peer has several records of the citizen; somebody there must put them together."),
    (r"former-not-found-yet",
     "The peer does not show the former version yet; the correction waits for it, so that there are not two."),
    (r"no-access",
     "The citizen is there, and our user may not look into the record; ask for the right."),
    (r"unknown-citizen",
     "Nobody has that number there. The note is written by hand."),
    (r"no-acknowledgement",
     "It was sent three times and never acknowledged. Look there before you replay."),
    (r"fatal-error(?:: (.*))?",
     "The peer refused the message ({0}) and did not take it. Replay it when the reason is mended there."),
    (r"draft-record",
     "The citizen is only a draft there. Activate her there, then try again."),
    (r"other-citizen",
     "Number and record belong to two different citizens there. Nothing was sent."),
    (r"no-such-(form|field|choice|action|view|placement)",
     "The form, field or pathway that the connection names is not there ({0}). Mend the connection."),
    (r"text-too-long",
     "The note is longer than the peer's field holds; nothing was cut. Write it by hand."),
    (r"cannot: citizen-without-number",
     "The peer finds a citizen by number only. The note is written by hand."),
    (r"cannot: letter-character",
     "The note holds a character that the letter's language (ISO-8859-1) has not; nothing was cut. Write it by hand."),
    (r"cannot: letter-(?:line|field)-too-long",
     "A line or field of the note is longer than the letter may hold; nothing was cut. Write it by hand."),
    (r"XCTL01: ukendt_lokationsnummer", "The net knows no such receiver; mend its location number (ean)."),
    (r"XCTL01: (.*)", "The net refused the letter ({0}); it never came to the receiver."),
    (r"XCTL02: (.*)", "The receiver refused the letter ({0}); ask it why, then replay, or write the note by hand."),
    (r"ill: receipts-folder", "The folder for receipts cannot be written in; mend it, or receipts in the connection."),
    (r"retract|void", "The note was withdrawn after an attempt; the workplace sees to the record."),
    (r"by-hand", "A person has written it at the peer."),
    (r"connection-not-active", "The connection is not active; nothing was sent."),
    (r"cannot-be-built-here", "The connection's settings or secrets cannot be used on this machine."),
    (r"cannot: (.*)", "The peer's system has no such function: {0}."),
    (r"(?:ill: )?http-401.*", "The peer does not accept our credentials; renew them in the connection."),
    (r"(?:ill: )?http-403.*", "The peer knows us and does not let us; ask it for the right."),
    (r"(?:ill: )?http-404.*", "There is nothing at the address we call; check the connection's address."),
    (r"http-429.*", "The peer asked us to slow down; we come back when it said."),
    (r"(?:ill: )?http-(3\d\d).*", "The peer sent us to another address ({0}); check the connection's address."),
    (r"http-(4\d\d).*", "The peer refused it (HTTP {0}) and named no rule: asked, then tried again for seven days."),
    (r"invalid-answer", "The peer answered something that is not of its protocol; it is asked, and we try again."),
    (r"http-(5\d\d).*", "The peer failed inside (HTTP {0}); we try again."),
    (r"ill: (.*)", "Our credentials or the address are wrong there ({0}); mend the connection."),
    (r"lost", "The process that made the attempt disappeared; whether it arrived is asked before it is sent again."),
)  # fmt: skip


def in_words(code: str) -> str:
    """A sentence; a code nobody has words for is given as the peer's own."""
    if not code:
        return ""
    for pattern, words in _WORDS:
        found = re.fullmatch(pattern, code)
        if found is not None:
            return words.format(*(group or "" for group in found.groups())).replace(" )", ")")
    return f"The peer's own code: {code}."


OUTCOMES: dict[str, str] = {
    "": "under way",
    "done": "done",
    "not-done": "certainly not done",
    "to-ask": "nothing changed by it; the peer is asked first",
    "unknown": "may have taken effect",
    "refused": "refused",
    "lost": "the process disappeared",
}
