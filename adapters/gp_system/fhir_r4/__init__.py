"""Practices whose own system offers FHIR R4 Tasks."""

from adapters.gp_system.fhir_r4.adapter import FhirGpSystem as Adapter
from adapters.gp_system.fhir_r4.settings import Settings
from adapters.gp_system.fhir_r4.subscription import Notification, parse_notification, read_notification

__all__ = ["Adapter", "Notification", "Settings", "parse_notification", "read_notification"]
