"""What the audit trail's codes say to the citizen they are about: past tense, plain Danish, after who did it.

``DONE`` names an act by the code under which the trail keeps it; a test finds every code in the source and refuses one
without words.
"""

from __future__ import annotations

import re
from collections.abc import Mapping

_SEEN: Mapping[str, str] = {
    "citizen-search": "slog dig op ved dit CPR-nummer",
    "citizen-search-limited": "slog dig op ved dit CPR-nummer og blev standset, fordi der var slået for mange op",
    "clinic-call": "så siden til samtalen om dig i klinikken",
    "clinic-discussed": "så, at samtalen nu handlede om dig",
    "clinic-entries": "hentede klinikkens liste over kald, hvor du stod",
    "clinic-entry": "hentede kaldet om dig",
    "clinic-identifier": "fik vist hele dit CPR-nummer",
    "clinic-list": "så klinikkens liste over kald, hvor du stod",
    "clinic-pane": "så kaldet om dig i klinikkens venteværelse",
    "clinic-today": "så klinikkens liste over dagens afsluttede kald, hvor du stod",
    "fhir-task": "hentede kaldet om dig til klinikkens journalsystem",
    "fhir-task-search": "hentede en liste over kald, hvor du stod, til klinikkens journalsystem",
    "incident list": "så dig på en liste over borgere, hvis konsultation en fejl kan have ramt",
    "join": "gik ind i samtalen om dig",
    "launch-asked": "så, at der allerede var en konsultation om dig i gang",
    "list": "så sin egen liste over konsultationer, hvor du stod",
    "messages find-citizen": "fandt de beskeder, der er sendt om dig, ved dit CPR-nummer",
    "messages timeline": "så forløbet af konsultationen om dig: tider og beskeder, ikke indhold",
    "still": "så et billede, der er taget af dig til journalen",
    "page-call": "så siden til samtalen om dig",
    "page-closed": "så siden til den afsluttede konsultation om dig",
    "page-deciding": "så siden, hvor det afgøres, hvad der skal ske efter et kald om dig",
    "page-note": "så siden med notatet om dig",
    "page-phone": "så siden til en samtale om dig på telefon",
    "page-queue": "så siden til det kald om dig, der ventede",
    "page-ring": "så siden til det kald om dig, der blev ringet op",
    "page-second-launch": "så siden om, at der allerede var en konsultation om dig i gang",
    "page-start": "så siden, hvor en konsultation om dig gøres klar",
    "practice-attachment": "åbnede en fil, som klinikken har sendt om dig",
    "practice-letters": "så, hvad klinikken har skrevet om dig",
    "remarks": "så de korte beskeder mellem klinikken og medarbejderen om dig",
    "replaced-record": "så, at en anden journal blev åbnet i stedet for din",
    "show": "så forløbet af konsultationen om dig: tider og beskeder, ikke indhold",
    "soap-queue": "hentede kaldet om dig til klinikkens journalsystem",
    "workplace-list": "så arbejdsstedets liste over konsultationer, hvor du stod",
    "audit export": "dannede denne liste over, hvem der har set oplysninger om dig",
}
_BY_EMPLOYEE: Mapping[str, str] = {
    "add-to-round": "føjede dig til en gennemgang af flere borgere",
    "address-to": "sendte kaldet om dig til en bestemt kollega",
    "agree-time": "tog imod en foreslået tid til samtalen om dig",
    "allow-stills": "noterede, at du sagde ja til billeder til journalen",
    "leave-stills-out": "slettede billeder af dig, som journalen ikke tog imod",
    "remove-still": "slettede et billede af dig",
    "send-stills-again": "sendte billeder af dig til journalen igen",
    "take-still": "tog et billede af dig til journalen",
    "withdraw-stills": "noterede, at du fortrød billederne, som derefter blev slettet",
    "answer": "deltog i samtalen om dig",
    "approve-note": "godkendte notatet om dig til journalen",
    "be-here": "meldte, at du var ved skærmen",
    "begin-round": "begyndte en gennemgang af flere borgere, hvor du var med",
    "break-off": "afbrød samtalen om dig",
    "choose-practice": "valgte, hvilken læge der skulle spørges om dig",
    "leave-pictures-out": "lod et notat om dig stå uden et billede, som journalen ikke tog imod",
    "close-by-hand": "noterede, at notatet om dig blev skrevet i journalen i hånden",
    "confirm": "bekræftede, at konsultationen var om dig",
    "correct-reason": "rettede teksten om, hvad samtalen om dig drejede sig om",
    "finish-as-citizen": "sluttede samtalen om dig",
    "finish-round": "afsluttede en gennemgang af flere borgere, hvor du var med",
    "give-up": "afsluttede konsultationen om dig uden samtale",
    "hand-over": "gav dig enheden med samtalen",
    "hang-up": "lagde på i samtalen om dig",
    "hold-by-phone": "noterede, at samtalen om dig blev holdt på telefon",
    "keep-writing": "ventede med at sende notatet om dig",
    "launch": "begyndte en konsultation om dig",
    "leave-unstarted": "lukkede konsultationen om dig, før den var begyndt",
    "name-afterwards": "skrev lægens navn i notatet om dig",
    "new-number": "slog dit nye CPR-nummer op",
    "phone-unreached": "noterede, at ingen svarede på telefonen om dig",
    "place": "stillede et kald om dig i kø hos lægen",
    "place-again": "stillede et kald om dig i kø hos en anden læge",
    "place-agreed": "stillede et kald om dig i kø til en aftalt tid",
    "propose-time": "foreslog en anden tid til samtalen om dig",
    "put-in-record": "noterede, at notatet om dig er sat i journalen",
    "read-reply": "noterede, at kommunens svar om dig er læst",
    "rehearse": "begyndte et øvekald, hvor dit navn stod som den opdigtede borger",
    "refuse": "noterede, at du sagde nej til samtalen",
    "remark": "skrev en kort besked om dig til den anden side",
    "report-device": "noterede, om kamera og mikrofon virkede til samtalen om dig",
    "settle-discussed": "noterede, hvad der skulle ske med dig efter gennemgangen",
    "start-another": "begyndte endnu en konsultation om dig",
    "step-away": "meldte sig væk fra skærmen, mens kaldet om dig ventede",
    "take-out": "tog dig ud af en gennemgang af flere borgere",
    "take-over": "overtog konsultationen om dig fra en kollega",
    "take-over-standing": "overtog en konsultation om dig, der allerede var i gang",
    "talk-about": "begyndte at tale om dig i en gennemgang af flere borgere",
    "withdraw": "trak kaldet om dig tilbage",
    "withdraw-consent": "noterede, at du trak dit samtykke tilbage",
    "without-number": "begyndte en konsultation om dig uden CPR-nummer",
    "write-by-hand": "noterede, at notatet om dig skrives i journalen i hånden",
    "wrong-citizen": "noterede, at konsultationen om dig var om den forkerte borger, og slettede teksten",
}
_BY_CLINIC: Mapping[str, str] = {
    "accept": "tog kaldet om dig",
    "add-clinic-text": "skrev til notatet om dig fra klinikken",
    "invite-guest": "lavede et link til en gæst i samtalen om dig",
    "admit-guest": "lukkede en gæst ind i samtalen om dig",
    "send-guest-out": "afviste en gæst i samtalen om dig",
    "lock-room": "låste samtalen om dig for flere, eller låste den op",
    "ask-still": "bad om et billede af dig til journalen",
    "call-employee": "bad om medarbejderen til samtalen om dig",
    "extend": "bad om to minutter mere, før samtalen om dig",
    "fhir-task-update": "ændrede kaldet om dig fra klinikkens journalsystem",
    "message-about-another-citizen": "sendte en besked, der handlede om en anden end dig, og som blev afvist",
    "move-forward": "flyttede kaldet om dig frem i køen",
    "name-clinician": "skrev, hvem der talte med dig",
    "put-back": "lagde kaldet om dig tilbage på sin plads i køen",
    "reject": "afviste kaldet om dig",
    "reject-all": "afviste alle kald, der ventede, også det om dig",
    "ring-instead": "meldte, at klinikken ringer i stedet for at tale på video om dig",
    "see": "meldte, at kaldet om dig er set",
    "show-identifier": "fik vist hele dit CPR-nummer",
    "show-replacement": "så, hvilken læge der kan spørges om dig i stedet",
    "take-back-rejection": "tog afvisningen af kaldet om dig tilbage",
    "transfer": "gav kaldet om dig videre til en anden klinik",
}
DONE: Mapping[str, str] = {**_SEEN, **_BY_EMPLOYEE, **_BY_CLINIC}


def in_words(what: str) -> str:
    """Empty for a code that has none: a row that says something about a citizen has one."""
    return DONE.get(what, "")


_ABOUT_HER = {"dig": "borgeren", "du": "borgeren", "dit": "borgerens", "din": "borgerens"}
_TO_HER = re.compile(r"\b(dig|du|dit|din)\b")


def of_the_citizen(words: str) -> str:
    """What is said to the citizen, as it is said of her to somebody else."""
    return _TO_HER.sub(lambda found: _ABOUT_HER[found[1]], words)
