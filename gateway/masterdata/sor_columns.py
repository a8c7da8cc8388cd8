"""What the columns of SOR's CSV exports are called: SOR2's nightly file, and the older Danish export beside it.

The published description names the files and the ``="…"`` around a SOR id (sor-filer.sundhedsdata.dk,
SOR2-CSV-dokumentation). Seen in programs that read ``SorEntity_daily.csv``: SorId, SorType (IE, SI, OE), EntityName,
EntityTypeName, HealthInstitutionSorId, FirstFromDate, FromDate, ToDate, EanLocationCodeRegionName and some hundred
more; semicolons, UTF-8. The names about a location number follow that file's way of writing a group of columns
(``EanLocationCode`` before the field's name in the XML schema) and have not been seen: a name that is not there is an
empty field, and a required one that is not there refuses the file by name. The Danish names are those of the older
export, as the public SOR search repeats them.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

COLUMNS: Mapping[str, Sequence[str]] = {
    "sor_id": ("SorId", "SorIdentifier", "SORkode"),
    "kind": ("SorType",),
    "name": ("EntityName", "Enhedsnavn"),
    "parent": ("ParentSorId", "ParentSorIdentifier", "ParentSORkode"),
    "institution": ("HealthInstitutionSorId",),
    "owner": ("InstitutionOwnerSorId",),
    "ydernummer": ("ProviderId", "ProviderIdentifier", "Ydernummer"),
    "gln": ("EanLocationCode", "LocationCode", "Lokationsnummer"),
    "inherited": ("EanLocationCodeInheritedIndicator", "EanLocationCodeInherited", "Nedarvningsstatus"),
    "inactive": ("EanLocationCodeNonActiveIndicator", "NonActiveIndicator", "Lokationsnummerstatus"),
    "internal": ("EanLocationCodeOnlyInternalIndicator", "OnlyInternalIndicator"),
    "supplier": ("EanLocationCodeSystemSupplier", "SystemSupplier", "Systemleverandør"),
    "system_type": ("EanLocationCodeSystemType", "SystemType", "EDBsystem"),
    "communication": ("EanLocationCodeCommunicationSupplier", "CommunicationSupplier", "Netoperatør"),
    "institution_type": ("EntityTypeCode", "EntityTypeId", "InstitutionType", "EntityTypeName", "Enhedstype"),
    "speciality": ("PrioritizedEntitySpeciality1Code", "SpecialityCode"),
    "since": ("FromDate", "Gældende_fra_dato"),
    "to": ("ToDate", "Ophørt_dato"),
}

_KINDS = {
    "ie": "owner",
    "io": "owner",
    "institutionsejer": "owner",
    "si": "institution",
    "hi": "institution",
    "sundhedsinstitution": "institution",
}
_INACTIVE = ("true", "1", "ja", "j", "yes", "inaktiv", "lukket", "nedlagt", "ophoert")
_INHERITED = ("true", "1", "ja", "j", "yes", "nedarvet")
_LETTERS = str.maketrans({"æ": "ae", "ø": "oe", "å": "aa", " ": "", "_": "", "-": "", "\ufeff": "", '"': ""})


def plain(name: str) -> str:
    """One spelling for a name: SOR-kode, SORkode and "Sor kode" are one column, and so are ø and oe."""
    return name.strip().casefold().translate(_LETTERS)


def places(header: Sequence[str]) -> dict[str, int]:
    """Our name → the column's number, the first known name winning; what is not there is left out."""
    where = {plain(name): number for number, name in reversed(list(enumerate(header)))}
    found = {ours: next((where[plain(n)] for n in names if plain(n) in where), None) for ours, names in COLUMNS.items()}
    return {ours: number for ours, number in found.items() if number is not None}


def is_header(line: str) -> bool:
    """Whether a file that begins so is an export of SOR's units."""
    there = places([name for part in line.split(";") for name in part.split(",")])
    return {"sor_id", "kind"} <= there.keys()


def kind_of(text: str) -> str:
    """owner | institution | unit; whatever is neither of the first two stands below them."""
    return _KINDS.get(plain(text), "unit")


def is_inherited(text: str) -> bool:
    return plain(text) in _INHERITED


def is_inactive(text: str) -> bool:
    return plain(text) in _INACTIVE
