"""Our own certificate shown to a peer as the connection opens (TLS client authentication, RFC 8446 §4.4.2)."""

from __future__ import annotations

import ssl
import tempfile
from collections.abc import Callable

from adapters.wire.transport import system_context
from gateway.domain.errors import ConfigFault

Secrets = Callable[[str], str]


def showing(certificate: str | None, key: str | None, secrets: Secrets) -> ssl.SSLContext | None:
    """``certificate`` (with those between it and its root) and ``key``: references to PEM; None where neither is set.
    ``ConfigFault`` where they cannot be used together."""
    if certificate is None or key is None:
        return None
    context = system_context()
    try:
        with tempfile.NamedTemporaryFile("w", suffix=".pem") as file:  # readable by us alone; OpenSSL reads files only
            file.write(f"{secrets(key).strip()}\n{secrets(certificate).strip()}\n")
            file.flush()
            context.load_cert_chain(file.name, password=lambda: b"")
    except (ssl.SSLError, OSError):
        raise ConfigFault("tls_certificate, tls_key: must be PEM without a password, and of one another") from None
    return context
