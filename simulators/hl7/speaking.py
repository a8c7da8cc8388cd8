"""What the practice system says: acknowledgements, answers to questions (SQR^S25), and its own acts (SIU^S14, S15)."""

from datetime import UTC, datetime

from simulators.hl7.er7 import Line, escape, line, msh, part, write
from simulators.hl7.practice import Act, Appointment

TRIGGERS = {"REJECT": "S15"}
WORDS = {
    "RECEIVED": "Modtaget",
    "SEEN": "Set",
    "ACCEPT": "Accepteret",
    "PUTBACK": "Lagt tilbage",
    "REJECT": "Afvist videokonsultation",
    "COLOUR": "Farvet",
}
ERRORS = {
    "101": "Required field missing",
    "102": "Data type error",
    "200": "Unsupported message type",
    "201": "Unsupported event code",
    "204": "Unknown key identifier",
    "205": "Duplicate key identifier",
    "206": "Application record locked",
    "207": "Application internal error",
}
Names = tuple[str, str, str, str]


def stamp(at: datetime | None = None) -> str:
    return (at or datetime.now(UTC)).strftime("%Y%m%d%H%M%S+0000")


class Voice:
    """Numbers this system's messages; ``boot`` keeps the numbers of two runs apart."""

    def __init__(self, charset: str, boot: str) -> None:
        self.charset = charset
        self._boot = boot
        self._count = 0

    def control(self) -> str:
        self._count += 1
        return f"{self._boot}{self._count:07d}"

    def head(self, to: Line, kind: str) -> str:
        """Names turned round, in the charset the caller used."""
        names: Names = (part(to, 5), part(to, 6), part(to, 3), part(to, 4))
        charset = part(to, 18) or self.charset
        return msh(names, stamp(), kind, self.control(), part(to, 11), charset)

    def ack(self, to: Line, code: str, error: str = "", kind: str = "") -> bytes:
        lines = [self.head(to, kind or f"ACK^{part(to, 9, 2)}^ACK"), line("MSA", f1=code, f2=part(to, 10))]
        if error:
            lines.append(line("ERR", f3=f"{error}^{ERRORS[error]}^HL70357", f4="E", f8="Afvist"))
        return write(lines, part(to, 18) or self.charset)

    def answer(self, to: Line, tag: str, groups: list[list[str]], pointer: str = "") -> bytes:
        lines = [self.head(to, "SQR^S25^SQR_S25"), line("MSA", f1="AA", f2=part(to, 10))]
        lines.append(line("QAK", f1=escape(tag), f2="OK" if groups or pointer else "NF"))
        lines += [each for group in groups for each in group]
        if pointer:
            lines.append(line("DSC", f1=pointer, f2="F"))
        return write(lines, part(to, 18) or self.charset)

    def push(self, names: Names, act: Act, appointment: Appointment, processing: str = "P") -> tuple[str, bytes]:
        """The message and its control id, which stays the same however often it is sent."""
        control = self.control()
        kind = f"SIU^{TRIGGERS.get(act.what, 'S14')}^SIU_S12"
        head = msh(names, stamp(act.at), kind, control, processing, self.charset)
        return control, write([head, *of_act(act, appointment)], self.charset)


def _person(user: str, name: str) -> str:
    given, _, family = name.rpartition(" ")
    return f"{escape(user)}^{escape(family)}^{escape(given)}"


def _sch(appointment: Appointment, reason: str, status: str, who: str) -> str:
    return line(
        "SCH",
        f1=f"{escape(appointment.placer)}^LAEGEBRO",
        f2=f"{appointment.filler}^GPSYS",
        f6=reason,
        f16=who,
        f20=who,
        f25=f"{status}^{status}^HL70278",
    )


def of_act(act: Act, appointment: Appointment) -> list[str]:
    """One SCH group about what was done."""
    who = _person(act.user or "gp", act.name or "Lægerne Torvet")
    reason = f"{act.what}^{WORDS[act.what]}^99LB"
    lines = [_sch(appointment, f"{reason}^{act.reason}^^99LBR" if act.reason else reason, act.status, who)]
    if act.text:
        lines.append(line("NTE", f1="1", f2="L", f3=escape(act.text, formatted=True), f4="REJECT^Begrundelse^99LB"))
    lines.append("RGS|1|U")
    if act.what == "ACCEPT":
        lines.append(line("AIP", f1="1", f2="U", f3=who, f4="GP^Praktiserende læge^L"))
    return lines


def of_standing(appointment: Appointment, last: Act | None) -> list[str]:
    """How it stands, with the caller's own notes given back, and what was done here last."""
    if last is not None and last.status == appointment.status:
        head, *rest = of_act(last, appointment)
    else:
        head = _sch(
            appointment, "VIDEO^Videokonsultation^99LB", appointment.status, _person("", appointment.who or "-")
        )
        rest = ["RGS|1|U"]
    notes = {**appointment.notes, "STATE": appointment.said}
    told = [
        line("NTE", f1=str(n), f2="P", f3=escape(text[at : at + 12_000], formatted=True), f4=f"{code}^^99LB")
        for n, (code, text) in enumerate(notes.items(), 1)
        for at in range(0, len(text), 12_000)
    ]
    return [head, *told, *rest]
