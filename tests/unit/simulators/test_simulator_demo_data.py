"""The demo's people, practices and register fit together and hold only numbers that may be used."""

from pathlib import Path

from simulators import directory
from simulators.eoj import records
from simulators.registers.yderregister import PRACTICES, register_file

# requirements.md P3 and the published FHIR test patients: the official test numbers.
OFFICIAL = frozenset(
    {
        "0201609995",
        "0201609996",
        "0504909995",
        "0504909989",
        "0505159995",
        "1502779995",
        "0108629996",
        "0104909995",
        "3001749995",
        "2512489996",
        "2509479989",
        "0104909989",
        "0201919995",
        "0201919996",
        "1310169996",
    }
)
FILE = Path(directory.__file__).parent / "registers" / "yderregister-demo.xml"


def weighted(digits: str, weights: tuple[int, ...]) -> int:
    return sum(int(digit) * weight for digit, weight in zip(digits, weights, strict=True)) % 11


def test_every_number_of_a_citizen_is_an_official_test_number() -> None:
    numbers = [each.cpr for each in records.load().record if each.cpr]
    assert set(numbers) <= OFFICIAL and len(numbers) == len(set(numbers))


def test_every_ydernummer_and_cvr_passes_its_check() -> None:
    assert all(weighted(each.ydernummer, (6, 5, 4, 3, 2, 1)) == 0 for each in PRACTICES)
    organisations = directory.load().organisations
    assert all(weighted(each.cvr, (2, 7, 6, 5, 4, 3, 2, 1)) == 0 for each in organisations)


def test_what_the_care_system_and_the_clinics_name_stands_in_the_register() -> None:
    listed = {each.ydernummer for each in PRACTICES}
    assert {each.ydernummer for each in records.load().practice} <= listed
    assert {number for clinic in directory.load().clinics() for number in clinic.ydernumre} <= listed


def test_the_demo_has_every_case_a_launch_can_meet() -> None:
    known = records.load().record
    assert [each.reference for each in known if not each.identifiers()] == ["r-1008"]
    assert any(each.x_ecpr for each in known) and any(each.protected for each in known)
    assert any(each.cpr and not each.ydernummer for each in known)
    closed = {each.ydernummer for each in PRACTICES if each.until}
    connected = {number for clinic in directory.load().clinics() for number in clinic.ydernumre}
    assert any(each.ydernummer in closed for each in known)
    assert any(each.ydernummer and each.ydernummer not in closed | connected for each in known)


def test_the_register_file_is_what_its_writer_writes() -> None:
    raw = FILE.read_bytes()
    assert raw.startswith(b"\xef\xbb\xbf<?xml")
    assert raw.decode("utf-8-sig") == register_file(PRACTICES, "20261101", "20261101074606065186")


def test_the_register_counts_itself() -> None:
    text = register_file(PRACTICES, "20261101", "20261101074606065186")
    assert f'AntPost="{text.count("<Yder ") + text.count("<Person "):08d}"' in text
    assert len(PRACTICES) >= 12 and {each.speciality for each in PRACTICES} >= {"80", "62", "82"}


def test_both_municipalities_have_two_who_may_start_one_who_may_not_and_an_administrator() -> None:
    for realm in ("fjordby", "skovby"):
        organisation = directory.load().organisation(realm)
        assert organisation is not None
        employees = [
            user for user in organisation.users if user.roles in ((), ("laegebro-start",), [], ["laegebro-start"])
        ]
        assert sorted(bool(user.roles) for user in employees) == [False, True, True]
        others = [set(user.roles) for user in organisation.users if user not in employees]
        assert any("laegebro-integration" in roles for roles in others)
        assert not any("laegebro-start" in roles for roles in others), "who looks after systems starts nothing"
