"""The words of MedCom's FHIR messages: profiles, code systems and codes, and what a refusal says in Danish."""

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

# Why a message of theirs is refused; those of MEDCOM_CODES are MedCom's own codes, the rest HL7's.
UNKNOWN_RECEIVER: Final = "MSG_Receiver_Identifier_UNKNOWN"
UNKNOWN_VALUE: Final = "MSG_VALUESET_VALUE_UNKNOWN"
WRONG_TYPE: Final = "MSG_Datatype_Wrong"
TOO_LONG: Final = "MSG_Element_To_Long"
NOT_TAKEN_HERE: Final = "MSG_RECEIVER_UNABLE_TO_RECEIVE_MSG_TYPE"
BROKEN: Final = "MSG_BAD_SYNTAX"
NOT_SHOWN: Final = "MSG_UNKNOWN_TYPE"
OTHER_CITIZEN: Final = "MSG_INVALID_ID"
MEDCOM_CODES: Final = frozenset((UNKNOWN_RECEIVER, UNKNOWN_VALUE, WRONG_TYPE, TOO_LONG, NOT_TAKEN_HERE))

SAID: Final = {
    UNKNOWN_RECEIVER: "Afsender eller modtager kendes ikke her.",
    UNKNOWN_VALUE: "En kode kendes ikke.",
    WRONG_TYPE: "Meddelelsen er ikke, som FHIR R4 kræver.",
    TOO_LONG: "Meddelelsen er for stor.",
    NOT_TAKEN_HERE: "Her modtages kun meddelelser om en konsultation, mens den er åben. Ring til os.",
    BROKEN: "Meddelelsen følger ikke profilen.",
    NOT_SHOWN: "Et bilag kan ikke vises her. Send det som PDF eller billede.",
    OTHER_CITIZEN: "Meddelelsen vedrører en anden borger end tråden. Den er ikke læst af nogen. Ring til os.",
    "MSG_DUPLICATE_ID": "Bundle.id er brugt før.",
}


def code_of(kind: str) -> str:
    """The code for a kind of fault (``adapters.wire.medcom.judging.Fault``)."""
    codes = {
        "structure": WRONG_TYPE,
        "type": WRONG_TYPE,
        "codes": UNKNOWN_VALUE,
        "length": TOO_LONG,
        "event": NOT_TAKEN_HERE,
        "attachment": NOT_SHOWN,
    }
    return codes.get(kind, BROKEN)
