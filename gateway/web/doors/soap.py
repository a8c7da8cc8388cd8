"""The door for practices whose system speaks SOAP: they fetch their queue, take calls and lay them back, so that no
port of theirs need be open. No cookies: a signed system card says who calls."""

from __future__ import annotations

from flask import Blueprint, Response, request
from flask.typing import ResponseReturnValue
from werkzeug.exceptions import NotFound

from adapters.gp_system.soap.publishing import published
from adapters.gp_system.soap.words import NAMESPACE
from adapters.wire.dgws.door import LARGEST, DgwsRefused, faulted
from gateway.logs import log
from gateway.web.doors.soap_desk import SoapDesk
from gateway.web.guards import current_gateway, open_to

PATH = "/soap/consultations"
XML = "text/xml; charset=utf-8"
blueprint = Blueprint("soap", __name__)


@blueprint.post(PATH)
@open_to("peer")
def call() -> ResponseReturnValue:
    """A refusal is a fault under 500, whoever was at fault (SOAP 1.1 §6.2); ``faultcode`` says who."""
    request.max_content_length = LARGEST
    try:
        return Response(SoapDesk(current_gateway()).answer(request.get_data()), 200, content_type=XML)
    except DgwsRefused as refusal:
        log(__name__).warning("soap-refused", code=refusal.code or refusal.own or refusal.side)
        return Response(faulted(refusal, NAMESPACE), 500, content_type=XML)


@blueprint.get(PATH)
@open_to("peer")
def contract() -> ResponseReturnValue:
    """``?wsdl`` and ``?xsd=NAME``: the published files, with our own address in them."""
    name = "wsdl" if "wsdl" in request.args else request.args.get("xsd", "")
    found = published(name, current_gateway().settings.public_url + PATH)
    if found is None:
        raise NotFound
    return Response(found, 200, content_type=XML)
