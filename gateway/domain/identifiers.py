"""Danish identifiers as values that check and mask themselves (requirements.md P2.1–P3).

None of them raises with its own value in the text. A CPR is a date and a serial number: modulus 11 is never used,
since numbers without it have been issued from 1 October 2007 and every official test number fails it.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date

from gateway.domain.errors import InvalidField

CPR_SYSTEM = "urn:oid:1.2.208.176.1.2"
X_ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1.1"
D_ECPR_SYSTEM = "urn:oid:1.2.208.176.1.6.1.3"
YDERNUMMER_SYSTEM = "urn:oid:1.2.208.176.1.4"
SOR_SYSTEM = "urn:oid:1.2.208.176.1.1"
CVR_SYSTEM = "http://cvr.dk"

# MedCom's list of 13-02-2023 with hl7dk/dk-core TestPatienter: refused in production, required where synthetic.
OFFICIAL_TEST_CPRS = frozenset(
    [
        "0201609995",
        "0201609996",
        "0504909995",
        "0504909989",
        "0201919990",
        "0201919995",
        "0201919996",
        "0108589995",
        "0108629996",
        "0104909995",
        "0104909989",
        "1502779995",
        "1502799995",
        "1502829995",
        "0107729995",
        "0505159995",
        "0212159995",
        "0505209996",
        "0505239996",
        "3101229995",
        "1310169995",
        "1310169996",
        "1306249995",
        "1306249996",
        "2512489996",
        "2509479989",
        "3001749995",
    ]
)


@dataclass(frozen=True, slots=True)
class Cpr:
    """Civil registration number. Prints masked; ask for ``.digits`` to send it on."""

    digits: str = field(repr=False)

    system = CPR_SYSTEM

    @classmethod
    def parse(cls, text: str, path: str = "cpr") -> Cpr:
        """Accepts ``DDMMYYSSSS`` with or without hyphen or blank; refuses what is no date."""
        digits = re.sub(r"[\s-]", "", text)
        if not re.fullmatch(r"[0-9]{10}", digits):
            raise InvalidField(path, "not-ten-digits")
        cpr = cls(digits)
        try:
            _ = cpr.birth_date
        except ValueError as fault:
            raise InvalidField(path, "not-a-date") from fault
        return cpr

    @property
    def value(self) -> str:
        return self.digits

    @property
    def birth_date(self) -> date:
        """From the number alone; a register's birth date wins where one is known (requirements.md P3)."""
        day, month, year = int(self.digits[:2]), int(self.digits[2:4]), int(self.digits[4:6])
        return date(_century(int(self.digits[6]), year) + year, month, day)

    @property
    def is_official_test_number(self) -> bool:
        return self.digits in OFFICIAL_TEST_CPRS

    @property
    def masked(self) -> str:
        return f"{self.digits[:6]}-••••"

    def __str__(self) -> str:
        return "CPR ••••••••••"


def _century(seventh: int, year: int) -> int:
    """Century rule of the CPR office by the seventh digit."""
    if seventh <= 3:
        return 1900
    if seventh in (4, 9):
        return 2000 if year <= 36 else 1900
    return 2000 if year <= 57 else 1800


@dataclass(frozen=True, slots=True)
class ECpr:
    """Replacement number ``DDMMYYCAAS``. An X-eCPR (C = 1 or 7) is national; a D-eCPR (C = 0, 5 or 6) is unique
    only together with its ``system`` (the issuer)."""

    code: str = field(repr=False)
    system: str

    @classmethod
    def parse(cls, text: str, system: str = "", path: str = "ecpr") -> ECpr:
        code = re.sub(r"[\s-]", "", text).upper()
        if not re.fullmatch(r"[0-9]{6}[0-9][A-Z]{2}[0-9]", code):
            raise InvalidField(path, "not-a-replacement-number")
        _require_day_and_month(code, path)
        national = code[6] in "17"
        if national:
            return cls(code, X_ECPR_SYSTEM)
        if code[6] not in "056":
            raise InvalidField(path, "not-a-replacement-number")
        if not system.startswith((D_ECPR_SYSTEM, "http://", "https://")):  # older issuers name themselves: http://rn.dk
            raise InvalidField(path, "issuer-missing")
        return cls(code, system)

    @property
    def value(self) -> str:
        return self.code

    @property
    def is_official_test_number(self) -> bool:
        """Replacement numbers have no official test list; they are let through on both sides."""
        return False

    @property
    def masked(self) -> str:
        return f"{self.code[:6]}-••••"

    def __str__(self) -> str:
        return "eCPR ••••••••••"


def _require_day_and_month(code: str, path: str) -> None:
    if not (1 <= int(code[:2]) <= 31 and 1 <= int(code[2:4]) <= 12):
        raise InvalidField(path, "not-a-date")


CitizenId = Cpr | ECpr


def parse_citizen_id(text: str, system: str = "", path: str = "identifier") -> CitizenId:
    """A CPR or a replacement number, told apart by its letters."""
    if re.search(r"[A-Za-z]", text):
        return ECpr.parse(text, system, path)
    return Cpr.parse(text, path)


@dataclass(frozen=True, slots=True, order=True)
class Ydernummer:
    """Provider number of a practice: text, six digits, leading zeros matter."""

    digits: str

    @classmethod
    def parse(cls, text: str, path: str = "ydernummer") -> Ydernummer:
        digits = text.strip()
        if not re.fullmatch(r"[0-9]{1,6}", digits) or int(digits) == 0:
            raise InvalidField(path, "not-six-digits")
        return cls(digits.zfill(6))

    @property
    def looks_mistyped(self) -> bool:
        """Weights 6..1, sum ≡ 0 mod 11: measured on the published test files, undocumented; so it only warns."""
        return sum(int(d) * w for d, w in zip(self.digits, range(6, 0, -1), strict=True)) % 11 != 0

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class Cvr:
    """Company number of an organisation: eight digits, modulus 11 with weights 2,7,6,5,4,3,2,1."""

    digits: str

    @classmethod
    def parse(cls, text: str, path: str = "cvr") -> Cvr:
        digits = text.strip()
        if not re.fullmatch(r"[0-9]{8}", digits):
            raise InvalidField(path, "not-eight-digits")
        if sum(int(d) * w for d, w in zip(digits, (2, 7, 6, 5, 4, 3, 2, 1), strict=True)) % 11:
            raise InvalidField(path, "check-digit")
        return cls(digits)

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class Gln:
    """Global location number: thirteen digits, modulus 10."""

    digits: str

    @classmethod
    def parse(cls, text: str, path: str = "gln") -> Gln:
        digits = text.strip()
        if not re.fullmatch(r"[0-9]{13}", digits):
            raise InvalidField(path, "not-thirteen-digits")
        if sum(int(d) * (3 if i % 2 else 1) for i, d in enumerate(digits)) % 10:
            raise InvalidField(path, "check-digit")
        return cls(digits)

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class SorId:
    """Identifier in the health organisation register: eleven digits or more."""

    digits: str

    @classmethod
    def parse(cls, text: str, path: str = "sor") -> SorId:
        digits = text.strip().removeprefix('="').removesuffix('"')
        if not re.fullmatch(r"[0-9]{11,18}", digits):
            raise InvalidField(path, "not-a-sor-id")
        return cls(digits)

    def __str__(self) -> str:
        return self.digits


@dataclass(frozen=True, slots=True)
class Kommunekode:
    """Municipality code: four digits, the first one zero."""

    digits: str

    @classmethod
    def parse(cls, text: str, path: str = "kommunekode") -> Kommunekode:
        digits = text.strip().zfill(4)
        if not re.fullmatch(r"0[0-9]{3}", digits):
            raise InvalidField(path, "not-a-kommunekode")
        return cls(digits)

    def __str__(self) -> str:
        return self.digits


def require_no_number(path: str, text: str) -> None:
    """``InvalidField`` on ``path`` where the text holds a citizen's number (requirements.md U16)."""
    if contains_citizen_number(text):
        raise InvalidField(path, "looks-like-cpr")


def contains_citizen_number(text: str) -> bool:
    """True where free text holds ten digits that form a valid date, however they are written or pasted: together, with
    blanks, hyphens, dots or line breaks between, in full width (requirements.md U16). The pages' own
    ``shared/number.js`` says the same; ``tests/fixtures/citizen_numbers.json`` holds both to it."""
    folded = "".join(c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf")
    return any(_is_number("".join(match.groups())) for form in (_IN_ONE, _IN_PAIRS) for match in form.finditer(folded))


_GAP = r"[\W_]{0,3}"  # whatever is neither letter nor digit
_IN_ONE = re.compile(rf"(?<![0-9])(?=([0-9]{{2}}){_GAP}([0-9]{{2}}){_GAP}([0-9]{{2}}){_GAP}([0-9]{{4}})(?![0-9]))")
_DAY = r"([0-9]{2})[\W_]?([0-9]{2})[\W_]?([0-9]{2})"  # in pairs, five and no more: four are a telephone number
# After a day: "24.11.26 10.30" is when, not who. "24.11.26 1030" may be who (docs/security.md).
_CLOCK = r"\s(?:[01][0-9]|2[0-3])[.:][0-5][0-9]"
_PAIRS = rf"{_DAY}(?!{_CLOCK})[\W_]([0-9]{{2}})[\W_]([0-9]{{2}})(?![0-9])(?![\W_][0-9])"
_IN_PAIRS = re.compile(rf"(?<![0-9])(?<![0-9][\W_])(?={_PAIRS})")


def _is_number(digits: str) -> bool:
    try:
        Cpr.parse(digits)
    except InvalidField:
        return False
    return True
