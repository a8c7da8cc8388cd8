"""`python -m simulators.eoj`: one organisation's care system as one process."""

from simulators import directory
from simulators.eoj import records
from simulators.eoj.app import EojSettings, eoj_app
from simulators.eoj.fhir_rules import NOTE_KINDS
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("eoj", "A care system: record pages, SMART authorization server, FHIR R4 endpoint")
    parser.add_argument("--gateway-url", required=True, help="the base address of the product under test")
    parser.add_argument("--organisation", default="fjordby", help="whose care system this is (a realm in --users)")
    parser.add_argument("--records", metavar="FILE", help="citizens and practices (TOML)")
    parser.add_argument("--client-id", default="laegebro")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="the client's public keys (private_key_jwt)")
    parser.add_argument("--redirect-uri", action="append", default=[], help="more allowed addresses")
    parser.add_argument("--key-file", metavar="FILE", help="keep the signing key here over restarts")
    parser.add_argument(
        "--ignore-preconditions",
        action="store_true",
        help="a server that overlooks If-None-Match and If-None-Exist: what is created twice stands there twice",
    )
    parser.add_argument(
        "--notes-as",
        action="append",
        choices=NOTE_KINDS,
        help="which resource a note is taken as, in the CapabilityStatement and in fact; repeated for several",
    )
    options = parser.parse_args()
    organisation = directory.load(options.users).organisation(options.organisation)
    if organisation is None:
        parser.error(f"--organisation: no {options.organisation} in the users file")
    settings = EojSettings(
        options.gateway_url,
        organisation,
        records.load(options.records),
        options.client_id,
        options.client_jwks,
        tuple(options.redirect_uri),
        options.key_file,
        heeds_preconditions=not options.ignore_preconditions,
        note_kinds=tuple(options.notes_as or NOTE_KINDS[:1]),
    )
    served = Served(options.listen, "eoj.localhost", options.public_url)
    announce_and_run(served, eoj_app(served.url, settings))


if __name__ == "__main__":
    main()
