"""Practices that are reached by MedCom messages only: agreed consultations are announced by CareCommunication."""

from adapters.gp_system.medcom.adapter import MedcomGpSystem as Adapter
from adapters.gp_system.medcom.settings import Settings

__all__ = ["Adapter", "Settings"]
