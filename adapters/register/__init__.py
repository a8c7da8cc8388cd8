"""National look-ups. An adapter may also stand in a folder of its own on the path (docs/adding-a-system.md)."""

from pkgutil import extend_path

__path__ = extend_path(__path__, __name__)
