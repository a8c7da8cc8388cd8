"""Practices whose own system comes to us by FHIR R4 and fetches its queue."""

from adapters.gp_system.fhir_pull.adapter import PulledQueue as Adapter
from adapters.gp_system.fhir_pull.settings import Settings

__all__ = ["Adapter", "Settings"]
