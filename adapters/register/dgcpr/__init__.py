"""Det Gode CPR-opslag, the national look-up: whose patient is this citizen today?"""

from adapters.register.dgcpr.adapter import CprLookup
from adapters.register.dgcpr.settings import Settings

Adapter = CprLookup

__all__ = ["Adapter", "CprLookup", "Settings"]
