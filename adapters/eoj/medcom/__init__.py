"""Care systems that are reached by MedCom messages only: a note is a CareCommunication, a later version a reply."""

from adapters.eoj.medcom.adapter import Adapter
from adapters.eoj.medcom.settings import Settings

__all__ = ["Adapter", "Settings"]
