"""Names under .localhost lead to this machine while the peer still sees the name."""

from flask import Flask, Response, request

from simulators import wire
from tests.support.doors.vendor import running


def make(_url: str) -> Flask:
    app = Flask("echo")

    def echo() -> Response:
        response = Response(request.host)
        response.set_cookie("word", "kept")
        return response

    app.add_url_rule("/", view_func=echo)
    return app


def test_the_name_is_kept_and_cookies_belong_to_it() -> None:
    with running("anything.localhost", make) as url, wire.client() as http:
        answer = http.get(url)
        assert answer.text == url.removeprefix("http://")
        assert http.cookies.get("word", domain="anything.localhost") == "kept"
