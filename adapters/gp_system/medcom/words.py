"""The words of MedCom's FHIR messages: profiles, code systems and codes, and what we say in Danish."""

from __future__ import annotations

from typing import Final

ROOT: Final = "http://medcomfhir.dk/ig"
CARE: Final = f"{ROOT}/carecommunication/StructureDefinition/medcom-careCommunication"
CORE: Final = f"{ROOT}/core/StructureDefinition/medcom-core"
MESSAGING: Final = f"{ROOT}/messaging/StructureDefinition/medcom-messaging"
ACKNOWLEDGEMENT: Final = f"{ROOT}/acknowledgement/StructureDefinition/medcom-messaging-acknowledgement"
OUTCOME: Final = f"{ROOT}/acknowledgement/StructureDefinition/medcom-acknowledgement-operationoutcome"
CODES: Final = f"{ROOT}/terminology/CodeSystem/medcom"
DEFINITION: Final = f"{ROOT}/messagedefinitions/MessageDefinition/MedCom"
CARE_DEFINITION: Final = f"{DEFINITION}CareCommunicationMessageDefinition"
CARE_VERSION: Final = "5.0"

CARE_EVENT: Final = "care-communication-message"
ACK_EVENT: Final = "acknowledgement-message"
ERROR_CODES: Final = f"{CODES}-acknowledgement-error-codes"
OPERATION_OUTCOME: Final = "http://hl7.org/fhir/ValueSet/operation-outcome"  # as MedCom's value set names it
GLN: Final = "https://www.gs1.org/gln"
SOR: Final = "urn:oid:1.2.208.176.1.1"
SOR_ENDPOINT: Final = "https://sor2.sum.dsdn.dk/#id="

# Why a message of theirs is refused; the first four are MedCom's own codes, the rest HL7's.
UNKNOWN_RECEIVER: Final = "MSG_Receiver_Identifier_UNKNOWN"
UNKNOWN_CODE: Final = "MSG_CodeSystem_VALUE_UNKNOWN"
WRONG_TYPE: Final = "MSG_Datatype_Wrong"
NOT_TAKEN_HERE: Final = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
MEDCOM_CODES: Final = frozenset((UNKNOWN_RECEIVER, UNKNOWN_CODE, WRONG_TYPE, NOT_TAKEN_HERE))

SAID: Final = {
    UNKNOWN_RECEIVER: "Afsender eller modtager kendes ikke her.",
    UNKNOWN_CODE: "En kode kendes ikke.",
    WRONG_TYPE: "Meddelelsen følger ikke profilen.",
    NOT_TAKEN_HERE: "Her modtages kun svar på vores egne meddelelser, mens konsultationen er åben. Ring til os.",
    "MSG_DUPLICATE_ID": "Bundle.id er brugt før.",
}

TOPIC: Final = "Aftalt videokonsultation"
ABOUT: Final = "Henvendelsen vedrører:\n"
ENTRANCE: Final = "\n\nVenteværelset: "
ANNOUNCED: Final = "Aftalt videokonsultation {when}, nr. {number}."
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
