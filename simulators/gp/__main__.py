"""`python -m simulators.gp`: one practice system, serving one or more clinics, as one process; with `--gateway` it
fetches its queue from there, signs with a key of its own and shows the public half at `/.well-known/jwks.json`."""

from simulators import directory
from simulators.fhir.store import ResourceStore
from simulators.gp.app import GpSettings, gp_app
from simulators.gp.fetching import Fetcher
from simulators.serving import Served, announce_and_run, arguments
from simulators.signing import SigningKey


def main() -> None:
    parser = arguments("gp", "A practice system: FHIR R4 Tasks and Subscriptions, and its own queue screen")
    parser.add_argument("--clinics", metavar="REALM,…", help="which clinics of --users it serves (default: all)")
    parser.add_argument("--client-id", default="laegebro")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="the client's public keys (private_key_jwt)")
    parser.add_argument("--gateway", metavar="URL", help="fetch the queue there (…/fhir/r4), as --client-id")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="how often it fetches")
    parser.add_argument("--key-file", metavar="FILE", help="keeps the signing key over restarts")
    options = parser.parse_args()
    clinics = directory.load(options.users).clinics()
    if options.clinics:
        wanted = options.clinics.split(",")
        unknown = set(wanted) - {clinic.realm for clinic in clinics}
        if unknown:
            parser.error(f"--clinics: not in the users file: {', '.join(sorted(unknown))}")
        clinics = [clinic for clinic in clinics if clinic.realm in wanted]
    served = Served(options.listen, "gp.localhost", options.public_url)
    settings = GpSettings(tuple(clinics), options.client_id, options.client_jwks)
    if not options.gateway:
        announce_and_run(served, gp_app(served.url, settings))
        return
    key, store = SigningKey.kept_in(options.key_file), ResourceStore()
    Fetcher(options.gateway, options.client_id, key, store).keep_fetching(options.every)
    app = gp_app(served.url, settings, store, receives=False)
    app.add_url_rule("/.well-known/jwks.json", "jwks", key.public_jwks)
    announce_and_run(served, app)


if __name__ == "__main__":
    main()
