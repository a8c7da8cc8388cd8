"""The practices of an organisation's citizens: connected or not, and what they do with what they are asked (AD17)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from gateway.domain.errors import NotFound
from gateway.domain.identifiers import Ydernummer
from gateway.domain.practice import Practice, PracticeState, danish_day
from gateway.domain.uptake.course import Uptake, days_before, uptake_of
from gateway.store.people.organisations import Tenant
from gateway.wiring import Gateway

_CONTACT = ("implementation_name", "implementation_phone", "implementation_mail")


@dataclass(frozen=True, slots=True)
class PracticeLine:
    """``register`` None: the Yderregister holds no such practice. ``attended``: when somebody there last looked."""

    ydernummer: Ydernummer
    register: Practice | None
    state: PracticeState
    uptake: Uptake
    attended: datetime | None

    @property
    def name(self) -> str:
        return self.register.name if self.register else str(self.ydernummer)


def lines(gateway: Gateway, tenant: UUID, *, unconnected: bool = False) -> list[PracticeLine]:
    """Of the last ninety days; those that are not connected first, then the most wanted."""
    return _lines(gateway, _uptakes(gateway, tenant), unconnected)


def _lines(gateway: Gateway, uptakes: dict[Ydernummer, Uptake], unconnected: bool = False) -> list[PracticeLine]:
    numbers, now = list(uptakes), gateway.clock.now()
    states = gateway.practices.states(numbers, now)
    if unconnected:
        numbers = [each for each in numbers if not states[each].connected]
    names = gateway.providers.find_all(numbers, danish_day(now))
    looked = gateway.attended.last(numbers)
    found = [
        PracticeLine(
            each, names.get(each), states[each], uptakes[each], _latest(looked.get(each), uptakes[each].last_seen)
        )
        for each in numbers
    ]
    return sorted(found, key=lambda line: (line.state.connected, -line.uptake.wanted, line.name))


def line_of(gateway: Gateway, tenant: UUID, ydernummer: Ydernummer) -> PracticeLine:
    """``NotFound`` where it is none of the organisation's citizens'."""
    uptakes = _uptakes(gateway, tenant)
    if ydernummer not in uptakes:
        raise NotFound("practice")
    return _lines(gateway, {ydernummer: uptakes[ydernummer]})[0]


def _uptakes(gateway: Gateway, tenant: UUID) -> dict[Ydernummer, Uptake]:
    days, synthetic = days_before(danish_day(gateway.clock.now())), gateway.organisation(tenant).synthetic
    courses = gateway.courses.of_days(tenant, days, synthetic=synthetic)
    return {Ydernummer(digits): uptake for digits, uptake in uptake_of(courses).items()}


def _latest(*moments: datetime | None) -> datetime | None:
    return max((each for each in moments if each is not None), default=None)


_LETTER = (
    "{organisation} bruger Lægebro, når en medarbejder hos en borger har brug for at tale med borgerens egen læge på "
    "video. Nogle af vores borgere har jer som læge. Jeres klinik er ikke tilsluttet endnu, så vi må ringe.",
    "Medarbejderen skriver kort, hvad det drejer sig om, og stiller sig i kø hos jer. I ser, hvem borgeren er, hvad "
    "der spørges om, og hvem der venter, og I ringer op, når det passer jer. I kan også afvise eller skrive tilbage. "
    "Efter samtalen lægges et kort notat i vores journal; I kan skrive med på det.",
    "I skal bruge en computer med kamera og lyd og en almindelig browser. Der skal ikke installeres noget. I kan bruge "
    "Lægebros venteværelse, eller jeres lægesystem kan vise køen, hvis leverandøren har tilsluttet det. Hvornår I "
    "tager video, bestemmer I selv, og I kan ændre det hver dag.",
    "Vil I være med, så svar med jeres ydernummer ({ydernummer}) og navn og telefonnummer på den, vi må tale med.",
)


def invitation(line: PracticeLine, sender: Tenant) -> list[str]:
    """The letter's paragraphs, in Danish like the practice it goes to; last whom to call, as ``sender`` has set it
    up."""
    named = {"organisation": sender.name, "ydernummer": line.ydernummer}
    contact = [str(sender.settings[key]) for key in _CONTACT if sender.settings.get(key)]
    written = [each.format(**named) for each in _LETTER]
    return [*written, f"Kontakt: {', '.join(contact)}."] if contact else written
