"""The care system behind the VANS client: letters filed once, corrections in place of the corrected, and receipts."""

import itertools
import os
import threading
from collections import Counter
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from xml.sax.saxutils import escape
from zoneinfo import ZoneInfo

from simulators.flaws import Flaw, kept_text
from simulators.oioxml.reading import ReadLetter, Unreadable, read

NAMESPACE = "http://rep.oio.dk/sundcom.dk/medcom.dk/xml/schemas/2005/08/07/"
VANS = "DKVANSSIM0001"
KINDS = {
    "XCTL01": ("NegativeVansReceipt", "XC0130Q"),
    "XCTL02": ("NegativeReceipt", "XC0230Q"),
    "XCTL03": ("PositiveReceipt", "XC0330Q"),
}


@dataclass
class Filed:
    letter: ReadLetter
    replaced: bool = False


class LetterRecord:
    """`known`: the citizens' numbers; `refusing`: the next letters are refused with these codes, as XCTL02."""

    def __init__(self, ean: str, known: frozenset[str], folder: Path) -> None:
        self.ean, self.known, self.folder = ean, known, folder
        self.lock = threading.RLock()
        self.filed: dict[str, Filed] = {}
        self.created: Counter[str] = Counter()
        self.refusing: list[str] = []
        self.silent = 0
        self.flaw: Flaw = ""
        self._numbers = itertools.count(1)

    def plant(self, flaw: Flaw) -> None:
        self.flaw = flaw

    def reset(self) -> None:
        with self.lock:
            self.filed.clear()
            self.created.clear()
            self.refusing.clear()
            self.silent = 0
            self.flaw = ""

    def take(self, content: bytes) -> None:
        """Raises `Unreadable` for what no receipt can be written about: it names no envelope."""
        letter = read(content)
        with self.lock:
            if letter.receiver != self.ean:
                return self._receipt("XCTL01", letter, "ukendt_lokationsnummer")
            if self.refusing:
                return self._receipt("XCTL02", letter, self.refusing.pop(0))
            if letter.number not in self.known and self.flaw != "takes-anybody":
                return self._receipt("XCTL02", letter, "ikke_specificeret")
            if letter.id not in self.filed:
                self._file(letter)
            if self.silent:
                self.silent -= 1
            elif letter.wants_yes:
                self._receipt("XCTL03", letter, "")
        return None

    def _file(self, letter: ReadLetter) -> None:
        """A correction takes the place of what was authorised before it; what comes late takes nobody's."""
        others = [each for each in self.filed.values() if each.letter.episode == letter.episode]
        if self.flaw == "loses" or (self.flaw == "loses-corrections" and letter.correction):
            return
        text = kept_text(self.flaw, letter.text)
        filed = Filed(replace(letter, text=text), replaced=not letter.correction and bool(others))
        if letter.correction and self.flaw != "keeps-former":
            for each in others:
                each.replaced = True
        self.filed[letter.id] = filed
        self.created[letter.id] += 2 if self.flaw == "doubles" else 1

    def _receipt(self, kind: str, letter: ReadLetter, code: str) -> None:
        name, version = KINDS[kind]
        number = next(self._numbers)
        refusal = f"<RefuseCode>{code}</RefuseCode><RefuseText>Afvist.<Break/>Se koden.</RefuseText>" if code else ""
        whole = refusal if kind == "XCTL01" else ""
        own = refusal if kind == "XCTL02" else ""
        sender = VANS if kind == "XCTL01" else self.ean
        now = datetime.now(ZoneInfo("Europe/Copenhagen"))
        text = (
            f'<?xml version="1.0" encoding="ISO-8859-1"?>\n<Emessage xmlns="{NAMESPACE}"><Envelope><Sent>'
            f"<Date>{now:%Y-%m-%d}</Date><Time>{now:%H:%M}</Time></Sent><Identifier>K{number:013d}</Identifier>"
            f"<AcknowledgementCode>minuspositivkvitt</AcknowledgementCode></Envelope><{name}><Letter>"
            f"<Identifier>B{number:013d}</Identifier><VersionCode>{version}</VersionCode>"
            f"<StatisticalCode>{kind}</StatisticalCode></Letter>{_party('Sender', sender)}"
            f"{_party('Receiver', letter.sender)}<OriginalEmessage>"
            f"<OriginalEnvelopeIdentifier>{escape(letter.envelope)}</OriginalEnvelopeIdentifier>"
            f"{_party('OriginalSender', letter.sender)}{_party('OriginalReceiver', letter.receiver)}{whole}"
            f"<OriginalLetter><OriginalLetterIdentifier>{escape(letter.id)}</OriginalLetterIdentifier>"
            f"<OriginalVersionCode>D9134L</OriginalVersionCode>{own}</OriginalLetter>"
            f"</OriginalEmessage></{name}></Emessage>"
        )
        draft = self.folder / f".{number}"
        draft.write_bytes(text.encode("iso-8859-1"))
        draft.rename(self.folder / f"{kind}-{number:06d}-{os.getpid()}.xml")


def _party(name: str, ean: str) -> str:
    return f"<{name}><EANIdentifier>{escape(ean)}</EANIdentifier></{name}>"


__all__ = ["LetterRecord", "Unreadable"]
