"""What a practice is told in Danish about an agreed consultation."""

from __future__ import annotations

from typing import Final

TOPIC: Final = "Aftalt videokonsultation"
REMARKS: Final = "Besked fra medarbejderen:"
ABOUT: Final = "Henvendelsen vedrører:\n"
ENTRANCE: Final = "\n\nVenteværelset: "
ANNOUNCED: Final = "Aftalt videokonsultation {when}, nr. {number}."
AGREED: Final = "Aftalt med {who}."
FORMS: Final = {
    "assisted": "Borgeren og medarbejderen taler med lægen.",
    "citizen-alone": "Borgeren taler alene med lægen. Medarbejderen er ikke med.",
    "relative-present": "Borgeren og en pårørende taler med lægen. Medarbejderen er ikke med.",
    "employee-only": "Kun medarbejderen taler med lægen. Borgeren er ikke med.",
}
CORRECTED: Final = "Rettelse. Teksten om den aftalte videokonsultation {when}, nr. {number}, lyder nu:"
CANCELLED: Final = {
    "withdrawn": "Aflyst: den aftalte videokonsultation {when}, nr. {number}, er trukket tilbage.",
    "expired": "Aflyst: den aftalte videokonsultation {when}, nr. {number}, blev ikke til noget.",
    "transferred": "Aflyst: den aftalte videokonsultation {when}, nr. {number}, er sendt til en anden praksis.",
    "rejected": "Aflyst: den aftalte videokonsultation {when}, nr. {number}, er afvist i venteværelset.",
}
WRONG_CITIZEN: Final = (
    "Aflyst: meddelelsen om en aftalt videokonsultation {when}, nr. {number}, vedrørte en forkert "
    "borger. Se bort fra den, og slet den."
)
