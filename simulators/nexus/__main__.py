"""`python -m simulators.nexus`: one instance as one process."""

from simulators.eoj import records
from simulators.nexus.app import Nexus, nexus_app
from simulators.nexus.documents import Documents
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("nexus", "A care system with a hypermedia API like KMD Nexus'")
    parser.add_argument("--instance", default="fjordby")
    parser.add_argument("--client-secret", required=True, help="what the client proves itself with")
    parser.add_argument("--records", metavar="FILE", help="citizens and practices (TOML)")
    parser.add_argument("--hidden", default="1006", metavar="ID,…", help="citizens that the client may not look into")
    options = parser.parse_args()
    served = Served(options.listen, "nexus.localhost", options.public_url)
    documents = Documents(f"{served.url}/api/core/mobile/{options.instance}/v2/", records.load(options.records))
    hidden = frozenset(int(each) for each in options.hidden.split(",") if each)
    announce_and_run(served, nexus_app(Nexus(documents, options.client_secret, hidden), options.instance))


if __name__ == "__main__":
    main()
