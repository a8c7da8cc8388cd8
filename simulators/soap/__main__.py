"""`python -m simulators.soap`: a practice system that serves the published SOAP contract, as one process."""

from pathlib import Path

from simulators.national.keys import Authority
from simulators.serving import Served, announce_and_run, arguments
from simulators.soap.app import practice_app
from simulators.soap.book import Book
from simulators.soap.service import PracticeService


def main() -> None:
    parser = arguments("soap", "A practice system: the published SOAP contract")
    parser.add_argument("--practices", default="034835", metavar="YDERNUMMER,…")
    parser.add_argument("--keys", metavar="FOLDER", help="write caller.pem and caller.key there")
    parser.add_argument("--caller", metavar="CVR", default="99110007", help="the organisation of caller.pem")
    options = parser.parse_args()
    authority = Authority()
    if options.keys:
        _write_caller(Path(options.keys), authority, options.caller)
    service = PracticeService(authority, Book(), frozenset(options.practices.split(",")))
    announce_and_run(Served(options.listen, "gp.localhost", options.public_url), practice_app(service))


def _write_caller(folder: Path, authority: Authority, cvr: str) -> None:
    """Before the line that says we listen, so whoever waits for it finds them."""
    caller = authority.issue("Lægebro", cvr)
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "caller.pem").write_text(caller.certificate_pem())
    private = folder / "caller.key"
    private.touch(mode=0o600)
    private.write_text(caller.key_pem())


if __name__ == "__main__":
    main()
