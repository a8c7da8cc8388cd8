"""`python -m simulators.medcom`: a practice reached over the MedCom net, as one process.

Prints the line every simulator prints about its HTTP port; messages go to `/messages` there.
"""

from simulators.medcom.app import medcom_app
from simulators.medcom.mailbox import Mailbox
from simulators.medcom.outbox import Outbox
from simulators.oauth.clients import ClientKeys
from simulators.serving import Served, announce_and_run, arguments
from simulators.signing import SigningKey


def main() -> None:
    parser = arguments("medcom", "A practice reached by MedCom messages only: access point and mailbox")
    parser.add_argument(
        "--push", metavar="URL", help="where acknowledgements and replies are brought (default: nowhere)"
    )
    parser.add_argument("--client-id", default="access-point", help="what it calls itself there")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="keys of who may bring messages (default: anybody)")
    parser.add_argument("--key-file", metavar="FILE", help="keeps the signing key over restarts")
    options = parser.parse_args()
    key = SigningKey.kept_in(options.key_file)
    outbox = Outbox(options.push, key, options.client_id)
    callers = ClientKeys(options.client_jwks) if options.client_jwks else None
    served = Served(options.listen, "medcom.localhost", options.public_url)
    announce_and_run(served, medcom_app(Mailbox(outbox.send), outbox, key, callers))


if __name__ == "__main__":
    main()
