"""Faults of SOAP 1.1 services: the envelope's own codes, those of Den Gode Webservice 1.0.1, and a token service's."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from adapters.wire.meaning.lines import Line, Means, meaning, table

# SOAP 1.1 §4.4.1, without the prefix.
FAULTS: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "Client", "SOAP 1.1 §4.4.1: must not be resent without change"),
    (Means.ILL, "VersionMismatch", "SOAP 1.1 §4.4.1: not a SOAP 1.1 service"),
    (Means.ILL, "MustUnderstand", "SOAP 1.1 §4.4.1: the service does not know our headers"),
    (Means.AGAIN, "Server", "SOAP 1.1 §4.4.1: may succeed at a later point in time"),
)
# medcom:FaultCode below the fault; it says more than the fault's own code.
DGWS: Final[Mapping[str, Line]] = table(
    (Means.REFUSED, "syntax_error missing_required_header", "DGWS 1.0.1 fault codes: the message itself"),
    (Means.ILL, "security_level_failed invalid_username_password invalid_signature", "DGWS 1.0.1 fault codes: login"),
    (Means.ILL, "invalid_idcard invalid_certificate expired_idcard not_authorized", "DGWS 1.0.1 fault codes: login"),
    (Means.ILL, "illegal_HTTP_method nonrepudiation_not_supported", "DGWS 1.0.1 fault codes: what the service offers"),
    (Means.AGAIN, "processing_problem", "DGWS 1.0.1 fault codes: the service's own trouble"),
    (Means.ILL, "sosigw_no_valid_idcard_in_request sosigw_no_valid_idcard_in_cache", "SOSI-GW: our card"),
    (Means.ILL, "sosigw_missing_signinginfo_in_request sosigw_access_denied", "SOSI-GW: our card"),
    (Means.REFUSED, "sosigw_syntax_error_in_request", "SOSI-GW: the message itself"),
    (Means.AGAIN, "sosigw_awaiting_signing sosigw_internal_error sosigw_proxy_error", "SOSI-GW: its own trouble"),
)
# A token service names what it holds against our card.
TOKEN_SERVICE: Final[Mapping[str, Line]] = table(
    (Means.ILL, "InvalidRequest FailedAuthentication InvalidSecurityToken", "WS-Trust 2005/02 §11"),
    (Means.ILL, "AuthenticationBadElements BadRequest ExpiredData InvalidTimeRange", "WS-Trust 2005/02 §11"),
    (Means.ILL, "InvalidScope RenewNeeded UnableToRenew", "WS-Trust 2005/02 §11"),
    (Means.AGAIN, "RequestFailed", "WS-Trust 2005/02 §11: the request failed, without a reason"),
    (Means.ILL, "Client VersionMismatch MustUnderstand", "SOAP 1.1 §4.4.1, about our card"),
    (Means.AGAIN, "Server", "SOAP 1.1 §4.4.1"),
)


def means_of(fault: str, dgws: str) -> Means:
    """A DGWS code nobody has published settles nothing, whatever stands above it."""
    if dgws:
        return meaning(DGWS, [dgws]) or Means.AGAIN
    return meaning(FAULTS, [fault]) or Means.AGAIN


def token_means_of(fault: str) -> Means:
    return meaning(TOKEN_SERVICE, [fault]) or Means.AGAIN
