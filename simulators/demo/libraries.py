"""Libraries that the processes of a run have in common, imported once by the server that they are forked from."""

from __future__ import annotations

import gc
from importlib import import_module

LIBRARIES = (
    "aiohttp.web",
    "celery.app",
    "flask",
    "fhirpathpy",
    "joserfc.jwt",
    "limits",
    "lxml.etree",
    "pydantic",
    "redis.asyncio",
    "sqlalchemy.orm",
    "structlog",
    "zeep",
)

for library in LIBRARIES:
    import_module(library)
gc.collect()
gc.freeze()  # a collection in a child would write to, and so copy, what is shared
