"""`python -m simulators.medcom`: a practice, or a municipality with its care system, reached over the MedCom net.

Prints the line every simulator prints about its HTTP port; messages go to `/messages` there.
"""

from functools import partial

from simulators.eoj import records
from simulators.medcom.app import medcom_app
from simulators.medcom.mailbox import Mailbox
from simulators.medcom.outbox import Outbox
from simulators.medcom.records import known, record_pages
from simulators.oauth.clients import ClientKeys
from simulators.serving import Served, announce_and_run, arguments
from simulators.signing import SigningKey


def main() -> None:
    parser = arguments("medcom", "Reached by MedCom messages only: access point and mailbox")
    parser.add_argument(
        "--push", metavar="URL", help="where acknowledgements and replies are brought (default: nowhere)"
    )
    parser.add_argument("--client-id", default="access-point", help="what it calls itself there")
    parser.add_argument("--client-jwks", metavar="FILE|URL", help="keys of who may bring messages (default: anybody)")
    parser.add_argument("--key-file", metavar="FILE", help="keeps the signing key over restarts")
    parser.add_argument(
        "--municipality", action="store_true", help="notes are taken into citizens' records; others' are refused"
    )
    parser.add_argument("--records", metavar="FILE", help="the municipality's citizens (default: simulators/eoj)")
    options = parser.parse_args()
    key = SigningKey.kept_in(options.key_file)
    outbox = Outbox(options.push, key, options.client_id)
    callers = ClientKeys(options.client_jwks) if options.client_jwks else None
    served = Served(options.listen, "medcom.localhost", options.public_url)
    if not options.municipality:
        announce_and_run(served, medcom_app(Mailbox(outbox.send), outbox, key, callers))
        return
    citizens = records.load(options.records)
    mailbox = Mailbox(outbox.send, partial(known, citizens))
    announce_and_run(served, medcom_app(mailbox, outbox, key, callers, record_pages(mailbox, citizens)))


if __name__ == "__main__":
    main()
