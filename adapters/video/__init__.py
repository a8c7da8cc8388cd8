"""Keepers of rooms for calls. An adapter may also stand in a folder of its own on the path."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
