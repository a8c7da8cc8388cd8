"""Practices whose system speaks SOAP in the style of the national services: our published contract, both ways."""

from adapters.gp_system.soap.adapter import SoapGpSystem as Adapter
from adapters.gp_system.soap.settings import Settings

__all__ = ["Adapter", "Settings"]
