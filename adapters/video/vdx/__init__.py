"""MedCom's VDX over its Video-API v2: one meeting for each call, opened at its accept and removed after it."""

from adapters.video.vdx.adapter import Adapter
from adapters.video.vdx.settings import Settings

__all__ = ["Adapter", "Settings"]
