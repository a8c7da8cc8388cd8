"""KMD Nexus over its hypermedia API: a citizen by number, and one form per citizen's note, corrected in place."""

from adapters.eoj.nexus.adapter import Adapter
from adapters.eoj.nexus.settings import Settings

__all__ = ["Adapter", "Settings"]
