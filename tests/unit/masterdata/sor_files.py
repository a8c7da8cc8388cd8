"""SOR files as text, shaped like the published ones, with invented units."""

from __future__ import annotations

NAMESPACE = "urn:oio:sundhedsstyrelsen:organisation:1.0.0"
GLN = "5790000141227"


def status(since: str = "1999-03-25", to: str = "") -> str:
    ended = f"<ToDate>{to}</ToDate>" if to else ""
    return f"<SorStatus><FromDate>{since}</FromDate>{ended}<UpdatedAt>2009-03-31</UpdatedAt></SorStatus>"


def location(code: str = GLN, inactive: str = "false", internal: str = "false", supplier: str = "641000055002") -> str:
    return (
        f"<EanLocationCodeEntity><EanLocationCode>{code}</EanLocationCode>"
        f"<OnlyInternalIndicator>{internal}</OnlyInternalIndicator><NonActiveIndicator>{inactive}</NonActiveIndicator>"
        f"<SystemSupplier>{supplier}</SystemSupplier><SystemType>1611000045003</SystemType>"
        f"<CommunicationSupplier>41000035001</CommunicationSupplier>{status('2001-01-01')}</EanLocationCodeEntity>"
    )


INHERITED = (
    "<OptionalEanLocationCode><EntityInheritedIndicator>true</EntityInheritedIndicator></OptionalEanLocationCode>"
)
OWN_NONE = (
    "<OptionalEanLocationCode><EntityInheritedIndicator>false</EntityInheritedIndicator></OptionalEanLocationCode>"
)
INHERITED_ADDRESS = (
    "<OptionalPostalAddress><EntityInheritedIndicator>true</EntityInheritedIndicator></OptionalPostalAddress>"
)


def own(code: str, **told: str) -> str:
    return (
        "<OptionalEanLocationCode><EntityInheritedIndicator>false</EntityInheritedIndicator>"
        f"{location(code, **told)}</OptionalEanLocationCode>"
    )


def unit(
    sor_id: str,
    name: str,
    number: str = "",
    where: str = INHERITED,
    inner: str = "",
    since: str = "1999-03-25",
    to: str = "",
) -> str:
    provider = f"<ProviderIdentifier>{number}</ProviderIdentifier>" if number else ""
    return (
        f"<OrganizationalUnitEntity><OrganizationalUnit><SorIdentifier>{sor_id}</SorIdentifier>"
        f"<EntityName>{name}</EntityName>{provider}{where}{INHERITED_ADDRESS}"
        "<ClinicalSpecialityCollection><ClinicalSpeciality><SpecialityCode>408443003</SpecialityCode>"
        f"</ClinicalSpeciality></ClinicalSpecialityCollection>{status(since, to)}"
        f"</OrganizationalUnit>{inner}</OrganizationalUnitEntity>"
    )


def institution(sor_id: str, name: str, units: str = "", where: str = INHERITED) -> str:
    return (
        f"<HealthInstitutionEntity><HealthInstitution><SorIdentifier>{sor_id}</SorIdentifier>"
        f"<EntityName>{name}</EntityName><InstitutionType>394761003</InstitutionType>{where}{status()}"
        f"</HealthInstitution>{units}</HealthInstitutionEntity>"
    )


def owner(sor_id: str, name: str, within: str = "", where: str = "") -> str:
    return (
        f"<InstitutionOwnerEntity><InstitutionOwner><SorIdentifier>{sor_id}</SorIdentifier>"
        f"<EntityName>{name}</EntityName>{where}{status()}</InstitutionOwner>{within}</InstitutionOwnerEntity>"
    )


def tree(body: str, day: str = "2026-11-01", namespace: str = NAMESPACE) -> bytes:
    return (
        f'<?xml version="1.0" encoding="UTF-8"?><SorTree xmlns="{namespace}">'
        f"<CreatedAtTime>{day}T01:00:00+01:00</CreatedAtTime><SnapshotDate>{day}</SnapshotDate>{body}</SorTree>"
    ).encode()


def practice(
    number: str = "019062", where: str = INHERITED, owned: str | None = None, name: str = "Lægerne Havnen"
) -> str:
    """An owner, an institution and a unit; the location number is the owner's unless ``where`` says otherwise."""
    held = location() if owned is None else owned
    tail = number.zfill(6)
    inner = institution(f"84{tail}000016", name, unit(f"85{tail}000016", name, number, where))
    return owner(f"83{tail}000016", name, inner, held)


def csv_file(*rows: dict[str, str], delimiter: str = ";") -> bytes:
    names = list(dict.fromkeys(name for row in rows for name in row))
    lines = [delimiter.join(names)]
    lines += [
        delimiter.join(f'"{row.get(name, "")}"' if '"' not in row.get(name, "") else row[name] for name in names)
        for row in rows
    ]
    return ("\ufeff" + "\r\n".join(lines) + "\r\n").encode()


def csv_row(
    sor_id: str, kind: str, parent: str = "", number: str = "", code: str = "", inherited: str = "false", **more: str
) -> dict[str, str]:
    quoted = '"=""' + sor_id + '"""'
    above = '"=""' + parent + '"""' if parent else ""
    return {
        "SorId": quoted,
        "SorType": kind,
        "EntityName": "Lægerne Havnen",
        "ParentSorId": above,
        "ProviderId": number,
        "EanLocationCode": code,
        "EanLocationCodeInheritedIndicator": inherited,
        "FromDate": "1999-03-25",
        "ToDate": "",
    } | more
