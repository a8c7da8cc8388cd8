"""What a fault's code means and what to do, for whoever looks after a connection; no person in any.

The same codes as ``laegebro deliveries`` tells (gateway/cli/causes.py).
"""

from __future__ import annotations

import re
from collections.abc import Callable

from flask_babel import gettext as _

Words = Callable[[], str]
CAUSES: tuple[tuple[str, Words], ...] = (
    (r"paused", lambda: _("Forbindelsen er pauset; det går af sig selv, når den genoptages.")),
    (r"not-tried-yet", lambda: _("Der er ikke gjort noget forsøg endnu.")),
    (r"unavailable: connecting", lambda: _("Ingen svarede på modpartens adresse; intet er sket dér.")),
    (r"unavailable: sending",
     lambda: _("Linjen brød, mens vi sendte. Det kan være kommet frem; modparten spørges først.")),
    (r"unavailable: awaiting the answer",
     lambda: _("Sendt uden svar. Det kan være kommet frem; modparten spørges først.")),
    (r"awaits-acknowledgement", lambda: _("Sendt; modpartens kvittering kommer som en meddelelse for sig.")),
    (r"not-readable-yet", lambda: _("Modparten har taget imod; det kan endnu ikke læses tilbage fra journalen.")),
    (r"too-many-forms",
     lambda: _("Borgeren har flere skemaer af slagsen, end der kan ses igennem; se efter i journalen.")),
    (r"not-there-yet", lambda: _("Det kan være kommet frem, men modparten viser det ikke; der spørges igen.")),
    (r"unknown-and-cannot-probe",
     lambda: _("Det kan være kommet frem, og modparten kan ikke spørges. Se efter dér først.")),
    (r"synthetic-mismatch",
     lambda: _("Den ene er en prøve, den anden er rigtig: opdigtede borgere og rigtige systemer mødes ikke. Intet er "
               "sendt.")),
    (r"poison", lambda: _("Vores egne forsøg gik ned. Se i arbejdernes log efter dette id, og prøv så igen.")),
    (r"record-locked|lock-error|http-423",
     lambda: _("Journalen er låst af nogen hos modparten; det går, når den frigives.")),
    (r"other-record",
     lambda: _("Modparten har vores nøgle i en anden borgers journal. Send ikke igen: find ud af hvordan.")),
    (r"merged-record",
     lambda: _("Journalen er lagt sammen med en anden hos modparten; at det er samme person, kan ikke vises. Intet "
               "er sendt.")),
    (r"changed-meanwhile|conflict|http-409.*",
     lambda: _("En anden ændrede det samtidig hos modparten; det læses igen, og vi prøver igen.")),
    (r"ill: no-resource-for-notes",
     lambda: _("Modparten siger ikke, at den tager imod notater i nogen form. Spørg leverandøren, eller sæt note_as.")),
    (r"no-stills",
     lambda: _("Forbindelsen tager ikke længere billeder, og notatet har nogle. Intet er sendt: sæt takes_pictures.")),
    (r"picture-too-large",
     lambda: _("Notatet står i journalen. Modparten tog ikke et billede: det er for stort. Lad notatet stå "
               "uden, eller prøv nu, når grænsen er hævet dér.")),
    (r"picture-kind",
     lambda: _("Notatet står i journalen. Modparten tog ikke et billede: den tager ikke den slags. Lad notatet stå "
               "uden, eller prøv nu, når det er rettet dér.")),
    (r"picture-forbidden",
     lambda: _("Notatet står i journalen. Modparten tog ikke et billede: vi må ikke lægge billeder dér. Bed om "
               "rettigheden og prøv nu, eller lad notatet stå uden.")),
    (r"picture-refused",
     lambda: _("Notatet står i journalen. Modparten tog ikke et billede og sagde ikke hvorfor. Spørg og prøv nu, "
               "eller lad notatet stå uden.")),
    (r"several-records", lambda: _("Modparten har flere journaler på borgeren; de skal samles dér.")),
    (r"former-not-found-yet",
     lambda: _("Modparten viser ikke den tidligere udgave endnu; rettelsen venter på den, så der ikke står to.")),
    (r"no-access",
     lambda: _("Borgeren findes hos modparten, men vores bruger har ikke adgang til journalen. Bed om rettigheden.")),
    (r"unknown-citizen",
     lambda: _("Ingen har det nummer hos modparten. Notatet skrives i hånden.")),
    (r"no-acknowledgement",
     lambda: _("Sendt tre gange uden kvittering. Se efter hos modparten, før der sendes igen.")),
    (r"fatal-error(?:: (.*))?",
     lambda: _("Modparten har afvist meddelelsen ({0}) og ikke taget imod. Send igen, når grunden er rettet dér.")),
    (r"draft-record",
     lambda: _("Borgeren er kun en kladde hos modparten. Aktivér borgeren dér, og prøv igen.")),
    (r"other-citizen",
     lambda: _("Nummer og journal hører til to forskellige borgere hos modparten. Intet er sendt.")),
    (r"no-such-(form|field|choice|action|view|placement)",
     lambda: _("Det skema eller felt, som forbindelsen nævner, findes ikke hos modparten ({0}). Ret forbindelsen.")),
    (r"text-too-long",
     lambda: _("Notatet er længere, end modpartens felt kan holde; intet er skåret fra. Skriv det i hånden.")),
    (r"cannot: citizen-without-number",
     lambda: _("Modparten kan kun finde borgeren på et nummer. Notatet skrives i hånden.")),
    (r"cannot: letter-character",
     lambda: _("Notatet har et tegn, som brevets tegnsæt (ISO-8859-1) ikke har; intet er skåret fra. Skriv det i "
               "hånden.")),
    (r"cannot: letter-(?:line|field)-too-long",
     lambda: _("En linje eller et felt i notatet er længere, end brevet kan holde; intet er skåret fra. Skriv det i "
               "hånden.")),
    (r"XCTL01: ukendt_lokationsnummer",
     lambda: _("Nettet kender ikke modtagerens lokationsnummer. Ret det i forbindelsen.")),
    (r"XCTL01: (.*)", lambda: _("Nettet afviste brevet ({0}); det nåede aldrig modtageren.")),
    (r"XCTL02: (.*)",
     lambda: _("Modtageren afviste brevet ({0}). Spørg hvorfor, og prøv igen, eller skriv notatet i hånden.")),
    (r"ill: receipts-folder",
     lambda: _("Mappen til kvitteringer kan ikke skrives i. Ret den, eller ret receipts i forbindelsen.")),
    (r"retract|void", lambda: _("Notatet er trukket tilbage efter et forsøg; arbejdsstedet ser til journalen.")),
    (r"by-hand", lambda: _("Et menneske har skrevet det hos modparten.")),
    (r"connection-not-active", lambda: _("Forbindelsen er ikke aktiv; intet er sendt.")),
    (r"cannot-be-built-here", lambda: _("Forbindelsens opsætning eller hemmelighed kan ikke bruges på denne maskine.")),
    (r"cannot: (.*)", lambda: _("Modpartens system har ikke den funktion: {0}.")),
    (r"(?:ill: )?http-401.*", lambda: _("Modparten godkender ikke vores login. Forny det i forbindelsen.")),
    (r"(?:ill: )?http-403.*", lambda: _("Modparten kender os, men giver os ikke lov. Bed om rettigheden.")),
    (r"(?:ill: )?http-404.*", lambda: _("Der er intet på den adresse, vi kalder. Kontrollér forbindelsens adresse.")),
    (r"http-429.*", lambda: _("Modparten bad os vente; vi kommer igen, når den sagde.")),
    (r"(?:ill: )?http-(3\d\d).*",
     lambda: _("Modparten viste os til en anden adresse ({0}). Kontrollér forbindelsens adresse.")),
    (r"http-(4\d\d).*",
     lambda: _("Modparten afviste (HTTP {0}) uden at nævne en regel; vi spørger og prøver i syv dage.")),
    (r"invalid-answer",
     lambda: _("Modparten svarede noget, der ikke hører til dens protokol. Den spørges, og vi prøver igen.")),
    (r"http-(5\d\d).*", lambda: _("Modparten fejlede hos sig selv (HTTP {0}). Vi prøver igen.")),
    (r"ill: (.*)", lambda: _("Vores login eller adressen er forkert dér ({0}). Ret forbindelsen.")),
    (r"lost", lambda: _("Processen bag forsøget forsvandt. Modparten spørges, før der sendes igen.")),
)  # fmt: skip


def cause_words(code: str) -> str:
    """A sentence; "" for no code, and a code nobody has words for is given as the peer's own."""
    if not code:
        return ""
    for pattern, words in CAUSES:
        found = re.fullmatch(pattern, code)
        if found is not None:
            return words().format(*(group or "" for group in found.groups()))
    return str(_("Modpartens egen kode: %(code)s.", code=code))
