"""Structured logs for every process: one JSON line per event, with anything like an identity number removed.

The redaction is the last line of defence, not the rule: the rule is that no code logs a citizen's data.
"""

from __future__ import annotations

import json
import logging
import os
import re
import sys
from collections.abc import MutableMapping
from datetime import UTC, datetime
from typing import Any

import structlog

# Ten digits with or without a separator, and the lettered replacement numbers (X-/D-eCPR: DDMMYYCAAG).
_IDENTITY = re.compile(r"\b\d{6}[-\s]?(?:\d{4}|\d[A-Z]{2}\d)\b")
_REDACTED = "[redacted]"


def redact(text: str) -> str:
    """Replace everything shaped like a Danish identity number."""
    return _IDENTITY.sub(_REDACTED, text)


def _redact_event(_logger: Any, _name: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    return {key: redact(value) if isinstance(value, str) else value for key, value in event.items()}


class JsonFormatter(logging.Formatter):
    """Our own lines are JSON already; a library's becomes one of the same shape, its traceback within."""

    def __init__(self, process: str) -> None:
        super().__init__("%(message)s")
        self._process = process

    def format(self, record: logging.LogRecord) -> str:
        said = record.getMessage()
        if said.startswith("{"):
            return redact(said)
        line = {
            "process": self._process,
            "logger": record.name,
            "event": said,
            "level": record.levelname.lower(),
            "timestamp": datetime.fromtimestamp(record.created, UTC).isoformat().replace("+00:00", "Z"),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return redact(json.dumps(line, ensure_ascii=False))


def as_dictionary(process: str) -> dict[str, Any]:
    """The same lines for a server that sets up logging itself, before ``configure`` is called (``logging.config``)."""
    to_ours = {"handlers": [], "propagate": True, "level": "INFO"}
    # Gunicorn writes a line for each request wherever it is given such a dictionary, ``accesslog`` or not; its line
    # holds the address as it was asked, one-time codes of launches and logins in it.
    silent = {"handlers": [], "propagate": False, "level": "CRITICAL"}
    return {
        "version": 1,
        "disable_existing_loggers": False,
        "formatters": {"json": {"()": JsonFormatter, "process": process}},
        "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "json"}},
        "root": {"level": "INFO", "handlers": ["stderr"]},
        "loggers": {"gunicorn.error": to_ours, "gunicorn.access": silent},
    }


def configure(process: str, level: str = "") -> None:
    """Send this process's logs, and those of its libraries, to stderr as JSON lines marked with ``process``.

    Without ``level`` the environment's ``LAEGEBRO_LOG_LEVEL`` decides, else INFO. DEBUG too holds nothing private.
    """
    level = level or os.environ.get("LAEGEBRO_LOG_LEVEL", "INFO").upper()
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(JsonFormatter(process))
    logging.basicConfig(level=level, handlers=[handler], force=True)
    logging.captureWarnings(True)
    logging._srcfile = None  # no line names its place in the source: none is looked for
    structlog.configure(
        processors=[
            structlog.contextvars.merge_contextvars,
            structlog.stdlib.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            structlog.processors.format_exc_info,
            _redact_event,
            structlog.processors.JSONRenderer(ensure_ascii=False),
        ],
        wrapper_class=structlog.make_filtering_bound_logger(logging.getLevelName(level)),
        logger_factory=structlog.stdlib.LoggerFactory(),
        cache_logger_on_first_use=True,
    )
    structlog.contextvars.bind_contextvars(process=process)


def log(name: str) -> Any:
    """A structured logger; keyword arguments become fields of the line."""
    return structlog.get_logger(name)
