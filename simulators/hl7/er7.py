"""Just enough ER7 for this system: lines to fields and back, escapes and charsets. Its own, so that it can disagree."""

import re

CHARSETS = {"": "utf-8", "UNICODE UTF-8": "utf-8", "8859/1": "iso-8859-1"}
PLAIN = {"F": "|", "S": "^", "R": "~", "T": "&", "E": "\\", ".br": "\n"}
Line = list[str]


class Unreadable(Exception):
    """No HL7, or in a charset it does not declare."""


def read(frame: bytes) -> list[Line]:
    """Lines of fields; in MSH, too, the list index is the field's number."""
    declared = frame.split(b"\r", 1)[0].split(b"|")
    charset = declared[17].decode("ascii", "replace") if len(declared) > 17 else ""
    try:
        text = frame.decode(CHARSETS[charset])
    except (KeyError, UnicodeDecodeError):
        raise Unreadable from None
    lines = [line.split("|") for line in text.split("\r") if line]
    if not lines or lines[0][:2] != ["MSH", "^~\\&"] or len(lines[0]) < 12:
        raise Unreadable
    lines[0].insert(1, "|")
    return lines


def part(line: Line, field: int, component: int = 1) -> str:
    whole = line[field] if field < len(line) else ""
    parts = whole.split("~")[0].split("^")
    return unescape(parts[component - 1]) if component <= len(parts) else ""


def find(lines: list[Line], name: str) -> Line:
    return next((line for line in lines if line[0] == name), [name])


def unescape(text: str) -> str:
    def meant(match: re.Match[str]) -> str:
        code = match.group(1)
        if code.startswith("X"):
            return bytes.fromhex(code[1:]).decode("latin-1")
        return PLAIN.get(code, match.group(0))

    return re.sub(r"\\([^\\]*)\\", meant, text)


def escape(text: str, formatted: bool = False) -> str:
    text = text.replace("\\", "\\E\\")
    for code, plain in (("F", "|"), ("S", "^"), ("R", "~"), ("T", "&")):
        text = text.replace(plain, f"\\{code}\\")
    text = text.replace("\t", "\\X09\\").replace("\r", "\\X0D\\")
    return text.replace("\n", "\\.br\\" if formatted else "\\X0A\\")


def line(name: str, **fields: str) -> str:
    """``line("SCH", f1="…", f25="…")``."""
    numbered = {int(key[1:]): value for key, value in fields.items()}
    last = max((number for number, value in numbered.items() if value), default=0)
    return "|".join([name, *(numbered.get(number, "") for number in range(1, last + 1))])


def msh(names: tuple[str, str, str, str], at: str, kind: str, control: str, processing: str, charset: str) -> str:
    return "|".join(
        ["MSH", "^~\\&", *names, at, "", kind, control, processing, "2.5.1", "", "", "NE", "AL", "DNK", charset]
    )


def write(lines: list[str], charset: str) -> bytes:
    return ("\r".join(lines) + "\r").encode(CHARSETS[charset])
