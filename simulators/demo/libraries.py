"""Libraries that the processes of a run have in common, imported once by the server that they are forked from."""

from __future__ import annotations

import gc
from importlib import import_module

LIBRARIES = (
    "aiohttp.web",
    "celery.app.amqp",
    "celery.bin.celery",
    "celery.concurrency.thread",
    "celery.worker.worker",
    "cryptography.hazmat.backends.openssl.backend",
    "flask",
    "fhirpathpy",
    "joserfc.jwt",
    "kombu.transport.redis",
    "limits",
    "lxml.etree",
    "pydantic",
    "redis.asyncio",
    "sqlalchemy.orm",
    "structlog",
    "zeep",
)

FHIR = (  # elements that a Task, a Patient and a note are made of: each is a model that is built when it is imported
    "attachment", "codeableconcept", "coding", "contactpoint", "extension", "humanname", "identifier", "meta", "period",
    "reference",
)  # fmt: skip

for library in (*LIBRARIES, *(f"fhir.resources.R4B.{element}" for element in FHIR)):
    import_module(library)
gc.collect()
gc.freeze()  # a collection in a child would write to, and so copy, what is shared
