"""An XML schema from our own disk, by which a message is judged before a word of it is used."""

from __future__ import annotations

import threading
from pathlib import Path

from lxml import etree


class Schema:
    """Thread-safe: a schema keeps the faults of its last document, so one document is judged at a time."""

    def __init__(self, path: Path) -> None:
        parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
        self._schema = etree.XMLSchema(etree.parse(str(path), parser))
        self._lock = threading.Lock()

    def accepts(self, element: etree._Element) -> bool:
        """Whether the element alone, as a document of its own, is what the schema says."""
        with self._lock:
            return self._schema.validate(element)
