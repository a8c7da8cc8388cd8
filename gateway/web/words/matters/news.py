"""*Nyt i denne version*: what administrators should know of the newest changes, in the language of the page (AD23)."""

from __future__ import annotations

from collections.abc import Mapping

from flask_babel import gettext as _


def news_words() -> Mapping[str, str]:
    """Each by the first words of its line in the newest section of CHANGELOG.md, the newest first. A line of another
    section has no place here; one that concerns nobody who works with Lægebro needs none."""
    return {**_newest(), **_before()}


def _newest() -> Mapping[str, str]:
    return {
        "A region's nurse can start from a municipality's record": _(
            "En regions sygeplejerske kan starte fra en kommunes journal. Konsultationen er regionens, og notatet "
            "lægges i kommunens journal med begge navne."
        ),
        "Dates far away carry their year": _(
            "Datoer langt fra i dag vises med årstal, og dagen, en hemmelighed udløber, skrives som 31.05.2027."
        ),
        "*Hvem har haft adgang?* opens at once": _(
            "Hvem har haft adgang? åbner straks, også med 20.000 medarbejdere, og kan vises for ét arbejdssted."
        ),
    }


def _before() -> Mapping[str, str]:
    return {
        "A new connection is known at once": _(
            "En ny forbindelse virker med det samme. Før blev start og login afvist i op til to sekunder."
        ),
        "A call goes on when the network changes": _(
            "En samtale fortsætter efter to til tre sekunder, når netværket skifter, fx når en bærbar tages af docken."
        ),
        "An upgrade of Lægebro is announced beforehand": _(
            "En opgradering af Lægebro meldes ud på forhånd under Miljø og læses af alle, der arbejder her."
        ),
        "A media process that dies is replaced at once": _(
            "En medieproces, der dør, erstattes straks. Begge sider ser hinanden igen efter cirka et halvt sekund."
        ),
        "The doctor shows her screen or one window": _("Lægen kan dele sin skærm eller ét vindue i samtalen."),
        "A peer whose clock differs no longer keeps a connection from being put in force": _(
            "Går modpartens ur forkert, siger afprøvningen det, men forbindelsen kan sættes i kraft."
        ),
        "Every page of the console has its command": _(
            "Opslag i Afvist adgang, Sletning og Hvem har haft adgang? står nu i loggen. "
            "Alle konsollens sider findes også som kommando."
        ),
        "Pages for whoever reviews": _(
            "Nye sider til tilsyn: Afvist adgang, Sletning, Hændelse, Fortegnelse, og hvem der kunne se noget en dag."
        ),
        '"Kør kontraktprøven"': _(
            "Kontraktprøven køres fra en forbindelse til et testsystem, med fremdrift og en rapport til leverandøren."
        ),
        "A call is encrypted from page to page where every browser in it can": _(
            "Samtaler krypteres fra side til side, hvor alle browsere i samtalen kan. Detaljer på billedet siger det."
        ),
        "*Opsætning* in the console": _(
            "Opsætningen redigeres i konsollen: kladde, visning som sygeplejerske, gyldig fra en dag, historik."
        ),
        "*Stikprøve* in the console": _(
            "Hver måned trækkes en stikprøve af opslag om borgere. Den vurderes, underskrives og fås som PDF."
        ),
    }
