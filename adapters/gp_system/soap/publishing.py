"""The contract as a practice's developer fetches it from us: the packaged files, pointing at the address they came
from."""

from __future__ import annotations

import re
from functools import cache

from adapters.gp_system.soap.peer import CONTRACT

_ADDRESS = re.compile(r'location="https://gateway\.example/[^"]*"')
_BESIDE = re.compile(r'schemaLocation="([a-z0-9.-]+\.xsd)"', re.IGNORECASE)


@cache
def published(name: str, address: str) -> bytes | None:
    """``name`` is "wsdl", or the file name of a schema beside it; None where there is no such file."""
    files = {"wsdl": CONTRACT} | {path.name: path for path in CONTRACT.parent.glob("*.xsd")}
    if name not in files:
        return None
    text = files[name].read_text(encoding="utf-8")
    text = _BESIDE.sub(lambda found: f'schemaLocation="{address}?xsd={found[1]}"', text)
    return _ADDRESS.sub(f'location="{address}"', text).encode()
