"""Enrolled clinics without an integrated system: they work in our own waiting room."""

from adapters.gp_system.browser.adapter import BrowserWaitingRoom as Adapter
from adapters.gp_system.browser.settings import Settings

__all__ = ["Adapter", "Settings"]
