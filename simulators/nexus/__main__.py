"""`python -m simulators.nexus`: one instance as one process."""

from simulators import directory
from simulators.eoj import records
from simulators.nexus.app import Nexus, nexus_app
from simulators.nexus.documents import Documents
from simulators.nexus.screens import mount_screens
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("nexus", "A care system with a hypermedia API like KMD Nexus'")
    parser.add_argument("--instance", default="fjordby")
    parser.add_argument("--client-secret", required=True, help="what the client proves itself with")
    parser.add_argument("--records", metavar="FILE", help="citizens and practices (TOML)")
    parser.add_argument("--hidden", default="1006", metavar="ID,…", help="citizens that the client may not look into")
    parser.add_argument("--gateway-url", metavar="URL", help="the product under test: with it there are record pages")
    parser.add_argument("--organisation", default="fjordby", help="who works there (a realm in --users)")
    options = parser.parse_args()
    organisation = directory.load(options.users).organisation(options.organisation)
    if organisation is None:
        parser.error(f"--organisation: no {options.organisation} in the users file")
    served = Served(options.listen, "nexus.localhost", options.public_url)
    citizens = records.load(options.records)
    documents = Documents(f"{served.url}/api/core/mobile/{options.instance}/v2/", citizens)
    hidden = frozenset(int(each) for each in options.hidden.split(",") if each)
    nexus = Nexus(documents, options.client_secret, hidden)
    app = nexus_app(nexus, options.instance)
    if options.gateway_url:
        mount_screens(app, served.url, options.gateway_url, organisation, citizens, nexus.shelf)
    announce_and_run(served, app)


if __name__ == "__main__":
    main()
