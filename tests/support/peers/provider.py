"""The identity simulator as the provider of Fjordby's login, on a socket."""

from __future__ import annotations

import threading
from typing import Any

from werkzeug.serving import make_server

from simulators import directory
from simulators.demo.processes import free_port
from simulators.identity.app import identity_app
from simulators.identity.realm import Realm
from simulators.oauth.clients import Client, Clients
from tests.support.peers.adapter_peers import GATEWAY


class Provider:
    """With its realm, whose key signs whatever is asked."""

    def __init__(self, logout_uri: str) -> None:
        port = free_port()
        self.address = f"http://127.0.0.1:{port}"
        client = Client("laegebro", (f"{self.address}/*", f"{GATEWAY}/*"))
        app = identity_app(self.address, directory.load(None), Clients(client), logout_uri)
        self._broker: Any = app.view_functions["discovery"].__self__  # type: ignore[attr-defined]
        self.realm: Realm = self._broker._realms["fjordby"]
        self._server = make_server("127.0.0.1", port, app, threaded=True)
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    @property
    def stanza(self) -> dict[str, str]:
        """Settings of a connection to it."""
        return {
            "issuer": self.realm.issuer,
            "client_id": "laegebro",
            "right": "laegebro-start",
            "subject_claim": "employee_id",
        }

    def logins(self) -> list[Any]:
        return list(self._broker._sessions["fjordby"]._sessions.values())

    def said(self, sid: str = "s-1", **changes: Any) -> str:
        """A logout token about Mette; ``changes`` replace claims, None takes one away."""
        user = self.realm.organisation.user("mette")
        assert user is not None
        return self.realm.logout_token(user, "laegebro", sid, **changes)

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()
