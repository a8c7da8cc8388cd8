"""`python -m simulators.gp`: one practice system, serving one or more clinics, as one process."""

from simulators import directory
from simulators.gp.app import GpSettings, gp_app
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("gp", "A practice system: FHIR R4 Tasks and Subscriptions, and its own queue screen")
    parser.add_argument("--clinics", metavar="REALM,…", help="which clinics of --users it serves (default: all)")
    parser.add_argument("--client-id", default="laegebro")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="the client's public keys (private_key_jwt)")
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
    announce_and_run(served, gp_app(served.url, settings))


if __name__ == "__main__":
    main()
