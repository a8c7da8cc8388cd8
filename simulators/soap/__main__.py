"""`python -m simulators.soap`: a practice system that serves the published SOAP contract, or fetches its queue
(`--gateway`), as one process."""

from pathlib import Path

from simulators.national.keys import Authority, KeyPair
from simulators.serving import Served, announce_and_run, arguments
from simulators.soap.app import practice_app
from simulators.soap.book import Book
from simulators.soap.fetching import Fetcher
from simulators.soap.service import PracticeService


def main() -> None:
    parser = arguments("soap", "A practice system: the published SOAP contract")
    parser.add_argument("--practices", default="034835", metavar="YDERNUMMER,…")
    parser.add_argument("--keys", metavar="FOLDER", help="write caller.*, their successors next.* and peer.pem there")
    parser.add_argument("--caller", metavar="CVR", default="99110007", help="the organisation of caller.pem")
    parser.add_argument("--gateway", metavar="URL", help="fetch the queue there (…/soap/consultations)")
    parser.add_argument("--issuer", default="GPSYS", help="the name its own cards are signed under")
    parser.add_argument("--own", metavar="CVR", default="99440007", help="the organisation in them (peer.pem)")
    parser.add_argument("--every", type=float, default=2.0, metavar="SECONDS", help="how often it fetches")
    options = parser.parse_args()
    authority, book = Authority(), Book()
    own = authority.issue("Lægesystem", options.own) if options.gateway else None
    if options.keys:
        _write_keys(Path(options.keys), "caller", authority.issue("Lægebro", options.caller), own)
        _write_keys(Path(options.keys), "next", authority.issue("Lægebro", options.caller), own)
    fetcher = Fetcher(options.gateway, own, options.issuer, book) if own else None
    if fetcher:
        fetcher.keep_fetching(options.every)
    service = PracticeService(authority, book, frozenset(options.practices.split(",")))
    announce_and_run(Served(options.listen, "gp.localhost", options.public_url), practice_app(service, fetcher))


def _write_keys(folder: Path, name: str, caller: KeyPair, own: KeyPair | None) -> None:
    """Before the line that says we listen, so whoever waits for it finds them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if own is not None:
        (folder / "peer.pem").write_text(own.certificate_pem())
    (folder / f"{name}.pem").write_text(caller.certificate_pem())
    private = folder / f"{name}.key"
    private.touch(mode=0o600)
    private.write_text(caller.key_pem())


if __name__ == "__main__":
    main()
