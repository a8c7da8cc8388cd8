"""What the authorize and token endpoints of every simulator have in common."""

from collections.abc import Mapping
from urllib.parse import urlencode

from flask import Response, jsonify, redirect
from werkzeug.wrappers import Response as AnyResponse

from simulators.oauth.clients import Client, Clients
from simulators.oauth.refusal import OAuthRefused

NO_STORE = {"Cache-Control": "no-store", "Pragma": "no-cache"}


def checked_client(query: Mapping[str, str], clients: Clients) -> Client:
    """The client of an authorize request. Raises before any redirect: an unknown address is never redirected to."""
    client = clients.known(query.get("client_id", ""))
    if not client.may_redirect_to(query.get("redirect_uri", "")):
        raise OAuthRefused("invalid_request", "this redirect_uri is not registered")
    return client


def fault_in(query: Mapping[str, str]) -> OAuthRefused | None:
    """What is wrong with an authorize request, told to the client by redirect (RFC 6749 §4.1.2.1, RFC 7636 §4.4.1)."""
    if query.get("response_type") != "code":
        return OAuthRefused("unsupported_response_type", "only code")
    if query.get("code_challenge_method") != "S256" or len(query.get("code_challenge", "")) != 43:
        return OAuthRefused("invalid_request", "PKCE with S256 is required")
    if not query.get("state"):
        return OAuthRefused("invalid_request", "state is required")
    return None


def back_to_client(query: Mapping[str, str], answer: Mapping[str, str]) -> AnyResponse:
    """Redirect with the answer and the state the client gave."""
    uri = query["redirect_uri"]
    words = {**answer, "state": query["state"]} if query.get("state") else dict(answer)
    return redirect(f"{uri}{'&' if '?' in uri else '?'}{urlencode(words)}", 303)


def refusal_to_client(query: Mapping[str, str], refusal: OAuthRefused) -> AnyResponse:
    return back_to_client(query, {"error": refusal.code, "error_description": refusal.description})


def token_answer(body: dict[str, object]) -> Response:
    response = jsonify(body)
    response.headers.update(NO_STORE)
    return response


def refusal_answer(refusal: OAuthRefused) -> Response:
    response = jsonify({"error": refusal.code, "error_description": refusal.description})
    response.status_code = refusal.status
    response.headers.update(NO_STORE)
    return response
