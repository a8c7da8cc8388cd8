"""`python -m simulators.identity`: the identity providers as one process."""

import os

from simulators import directory
from simulators.identity.app import identity_app
from simulators.oauth.clients import Client, ClientKeys, Clients
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("identity", "OpenID Connect providers, one realm per organisation")
    parser.add_argument("--gateway-url", help="allows redirects to any address below it")
    parser.add_argument("--client-id", default="laegebro", help="the registered client")
    parser.add_argument("--redirect-uri", action="append", default=[], help="an exact address; may be repeated")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="the client's public keys (private_key_jwt)")
    parser.add_argument("--logout-uri", default="", help="where the client is told of logouts (back-channel)")
    options = parser.parse_args()
    redirects = list(options.redirect_uri)
    if options.gateway_url:
        redirects.append(f"{options.gateway_url.rstrip('/')}/*")
    client = Client(
        options.client_id,
        tuple(redirects),
        ClientKeys(options.client_jwks) if options.client_jwks else None,
        # A secret is never an argument: arguments are visible to every process.
        os.environ.get("SIMULATOR_CLIENT_SECRET"),
    )
    served = Served(options.listen, "idp.localhost", options.public_url)
    announce_and_run(
        served, identity_app(served.url, directory.load(options.users), Clients(client), options.logout_uri)
    )


if __name__ == "__main__":
    main()
