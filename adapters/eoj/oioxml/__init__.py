"""A municipality on the old net: notes as XDIS91 letters through a VANS client, settled by their receipts."""

from adapters.eoj.oioxml.adapter import Adapter
from adapters.eoj.oioxml.settings import Settings

__all__ = ["Adapter", "Settings"]
