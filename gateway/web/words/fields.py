"""What is said beside a field that cannot be used: one sentence per (field, reason)."""

from __future__ import annotations

from collections.abc import Callable

from flask_babel import gettext as _

from gateway.domain.peers.contract_run import Obstacle
from gateway.web.words.contracts import obstacle_words

FIELD_WORDS: dict[tuple[str, str], Callable[[], str]] = {
    ("consent.answer", "required"): lambda: _("Vælg, hvem der har givet samtykke – eller at borgeren siger nej."),
    ("consent.representative", "required"): lambda: _("Vælg, hvem der har givet samtykke på borgerens vegne."),
    ("consent.representative_name", "required"): lambda: _("Skriv navnet på den, der har givet samtykke."),
    ("consent.reason", "required"): lambda: _("Skriv kort, hvorfor samtykke ikke kan indhentes."),
    ("consent.answer", "under-fifteen"): lambda: _(
        "Borgeren er under 15 år. Samtykket skal komme fra forældremyndighedens indehaver."
    ),
    ("consent.wording", "changed"): lambda: _("Ordlyden er ændret imens. Læs den, og vælg svaret igen."),
    ("called", "required"): lambda: _("Skriv, hvad vi kan kalde borgeren."),
    ("called", "too-long"): lambda: _("Navnet må højst være 40 tegn."),
    ("because", "required"): lambda: _("Vælg, hvorfor der ikke er et CPR-nummer."),
    ("reason", "too-short"): lambda: _("Skriv mindst 10 tegn om, hvad det drejer sig om."),
    ("reason", "too-long"): lambda: _("Teksten må højst være 1000 tegn."),
    ("reason", "unknown"): lambda: _("Vælg, hvorfor du forlader køen."),
    ("*", "looks-like-cpr"): lambda: _("Teksten ligner et CPR-nummer. Fjern det – det må ikke stå her."),
    ("still", "too-many"): lambda: _("Der er allerede fire billeder. Slet et, før du tager et nyt."),
    ("still", "too-long"): lambda: _("Billedet er for stort. Tag et nyt."),
    ("still", "not-jpeg"): lambda: _("Billedet kunne ikke læses. Tag et nyt."),
    ("still", "metadata"): lambda: _("Billedet bærer oplysninger om sted eller kamera og er ikke gemt."),
    ("still", "dimensions"): lambda: _("Billedet er for lille eller for stort. Tag et nyt."),
    ("phone", "not-eight-digits"): lambda: _("Skriv et telefonnummer med otte cifre."),
    ("role", "required"): lambda: _("Skriv din rolle."),
    ("workplace", "required"): lambda: _("Vælg dit arbejdssted."),
    ("workplace", "not-granted"): lambda: _(
        "Du er ikke knyttet til det arbejdssted. Vælg et andet, eller bed din organisations administrator om det."
    ),
    ("agreed_with", "required"): lambda: _("Skriv, hvem i klinikken du har aftalt det med."),
    ("agreed_at", "in-the-past"): lambda: _("Den aftalte tid er passeret. Skriv en ny, eller vælg ingen aftalt tid."),
    ("agreed_at", "required"): lambda: _("Klinikken vil have en aftale først. Skriv den aftalte tid, eller ring."),
    ("agreed_at", "closed-now"): lambda: _("Klinikken er lukket for video. Skriv den aftalte tid, eller ring."),
    ("agreed_at", "not-a-time"): lambda: _("Skriv den aftalte tid som dato og klokkeslæt."),
    ("*", "not-a-day"): lambda: _("Skriv datoen som dag, måned og år, fx 24.11.2026."),
    ("*", "not-a-clock"): lambda: _("Skriv klokkeslættet som fx 9.15."),
    ("ydernummer", "required"): lambda: _("Vælg borgerens læge."),
    ("ydernummer", "not-six-digits"): lambda: _("Tallet ser forkert ud. Har du skrevet alle seks cifre?"),
    ("ydernummer", "rehearsal"): lambda: _("Et øvekald går kun til øvelægen."),
    ("code", "not-six-digits"): lambda: _("Vælg en kode på seks cifre."),
    ("code", "too-simple"): lambda: _(
        "Koden er for let at gætte. Vælg seks cifre, der ikke er ens eller i rækkefølge."
    ),
    ("locked", "required"): lambda: _("Lås enheden først. Din organisation tillader ikke borgervisning uden lås."),
    ("pairing", "unknown"): lambda: _("Koden virker ikke længere. Vis en ny på den anden enhed."),
    ("basis", "required"): lambda: _("Vælg, hvorfor det er en anden læge."),
    ("clinician", "required"): lambda: _("Skriv lægens navn. Det skal stå i journalen."),
    ("proposed_at", "required"): lambda: _("Skriv den nye tid som dato og klokkeslæt."),
    ("proposed_at", "not-a-time"): lambda: _("Skriv den nye tid som dato og klokkeslæt."),
    ("proposed_at", "in-the-past"): lambda: _("Tiden er passeret. Foreslå en senere tid."),
    ("colleague", "required"): lambda: _("Skriv kollegaens navn."),
    ("text", "too-long"): lambda: _("Teksten må højst være 2000 tegn."),
    ("text", "employee-not-present"): lambda: _("Du var ikke med i samtalen og kan ikke skrive om den."),
    ("*", "not-ten-digits"): lambda: _("Et CPR-nummer har ti cifre. Kontrollér tallet."),
    ("*", "not-a-date"): lambda: _("De første seks cifre er ikke en dato. Kontrollér tallet."),
    ("*", "synthetic-mismatch"): lambda: _("Testnumre kan kun bruges i testmiljøet og rigtige numre kun uden for det."),
    ("cpr", "no-record"): lambda: _(
        "Vi finder ingen borger med det nummer. Kontrollér cifrene – eller vælg «uden CPR-nummer»."
    ),
    ("name", "required"): lambda: _("Skriv borgerens navn. Kommunens journal kan ikke spørges herfra."),
    ("valid_from", "past"): lambda: _("Dagen er forbi. Vælg i dag eller en senere dag."),
    ("valid_from", "too-late"): lambda: _("Højst et år frem."),
    ("number", "changed-meanwhile"): lambda: _("Kladden er ændret imens. Se den igennem først."),
    ("note", "say-why"): lambda: _("Skriv, hvad du har fundet. Skriv intet om borgeren."),
    ("seq", "unknown"): lambda: _("Linjen er ikke i stikprøven."),
    ("judgement", "required"): lambda: _("Vælg en vurdering."),
    ("reason", "say-why"): lambda: _("Skriv hvorfor. Det står i loggen; skriv intet om borgeren."),
    ("*", "no-number-here"): lambda: _("Det ligner et CPR-nummer. Det hører ikke til her; fjern det."),
    ("kind", "required"): lambda: _("Vælg, om det er et ønske eller en fejl."),
    ("text", "say-what"): lambda: _("Skriv, hvad du ønsker, eller hvad der er galt."),
    ("*", "longer-than-1000"): lambda: _("Teksten må højst være 1000 tegn."),
    ("status", "required"): lambda: _("Vælg, hvad der sker med det."),
    ("answer", "say-why-not"): lambda: _("Skriv hvorfor. Det er det eneste, afsenderen får at se."),
    ("words", "required"): lambda: _("Skriv det, du vil finde."),
    ("case", "case-number"): lambda: _("Skriv sagens nummer, ikke borgerens."),
    ("purpose", "required"): lambda: _("Vælg grunden til opslaget."),
    ("looked", "look-first"): lambda: _("Se efter hos modparten, og sæt kryds ved, at det ikke er der."),
    ("subject", "required"): lambda: _("Skriv medarbejderens id."),
    ("connections", "required"): lambda: _("Vælg mindst én forbindelse."),
    ("connections", "unknown"): lambda: _("En af forbindelserne er ikke jeres. Vælg igen."),
    ("connections", "overlaps"): lambda: _("En af forbindelserne har allerede planlagt vedligehold på den tid."),
    ("connections", "several-owners"): lambda: _("Planlæg fælles forbindelser for sig og jeres egne for sig."),
    ("day", "past"): lambda: _("Det er slut, før det er begyndt. Vælg en senere dag."),
    ("day", "announced-already"): lambda: _("En opgradering er meldt ud allerede. Træk den tilbage først."),
    ("ends", "too-long"): lambda: _("Højst et døgn ad gangen."),
    ("repeat", "unknown"): lambda: _("Vælg, hvordan det gentages."),
    ("message", "too-short"): lambda: _("Skriv til sygeplejerskerne, hvad der sker, og hvornår det er slut."),
    ("message", "too-long"): lambda: _("Teksten må højst være 300 tegn."),
    ("reason", "still-waiting"): lambda: _(
        "Noget venter på forbindelsen og ville aldrig blive sendt. Få det væk først."
    ),
    ("name", "connection-name"): lambda: _("Brug små bogstaver a–z, tal og bindestreg, mindst to tegn."),
    ("name", "taken"): lambda: _("Navnet er i brug. Vælg et andet."),
    ("adapter", "choose-one"): lambda: _("Vælg, hvilket system der skal forbindes."),
    ("group", "too-many"): lambda: _("Det er flere, end der må sendes på én gang. Vælg en mindre gruppe."),
    ("number", "try-first"): lambda: _("Kladden er ændret eller ikke afprøvet, som den står nu. Afprøv den først."),
    ("hands", "no-plain-address"): lambda: _("Skriv en adresse, der begynder med http, uden adgangskode og spørgsmål."),
    ("hands", "internal-address"): lambda: _("Adressen peger på et internt net."),
    **{
        ("connection", str(why)): lambda why=why: obstacle_words()[why]  # type: ignore[misc]
        for why in Obstacle
    },
    ("group", "choose-one"): lambda: _("Vælg en af grupperne på listen."),
    ("*", "required"): lambda: _("Feltet skal udfyldes."),
    ("*", "unknown-key"): lambda: _("Det felt findes ikke her. Kontrollér stavemåden."),
    ("*", "repeated-key"): lambda: _("Feltet står der mere end én gang."),
    ("*", "too-long"): lambda: _("Teksten er for lang."),
}
