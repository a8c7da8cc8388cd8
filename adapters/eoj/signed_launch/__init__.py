"""A launch posted by the EOJ's back end as a signed token (``POST /api/v1/launches``, ``application/jwt``).

The adapter is a launch channel only: the note goes back through the connection that ``write_back`` names.
"""

from adapters.eoj.signed_launch.adapter import SignedLaunch
from adapters.eoj.signed_launch.settings import Settings

Adapter = SignedLaunch

__all__ = ["Adapter", "Settings", "SignedLaunch"]
