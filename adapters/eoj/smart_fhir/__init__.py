"""A care system that speaks SMART App Launch 2.x and FHIR R4: launch, citizen search, write-back of notes."""

from adapters.eoj.smart_fhir.adapter import Adapter
from adapters.eoj.smart_fhir.settings import Settings

__all__ = ["Adapter", "Settings"]
