"""A care system that takes notes as HL7 v2.5.1 documents (MDM) over MLLP."""

from adapters.eoj.hl7v2.adapter import Adapter
from adapters.eoj.hl7v2.settings import Settings

__all__ = ["Adapter", "Settings"]
