"""Practices whose own system speaks HL7 v2.5.1 over MLLP: scheduling (SIU) and encounters (ADT)."""

from adapters.gp_system.hl7v2.adapter import Hl7GpSystem as Adapter
from adapters.gp_system.hl7v2.settings import Settings

__all__ = ["Adapter", "Settings"]
