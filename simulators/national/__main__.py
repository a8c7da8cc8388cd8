"""`python -m simulators.national`: the STS and Det Gode CPR-opslag as one process."""

from datetime import timedelta
from pathlib import Path

from simulators.national.app import Keys, National, national_app
from simulators.national.keys import KeyPair
from simulators.national.persons import load_persons
from simulators.national.services import Terms
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("national", "The national STS and Det Gode CPR-opslag; official test numbers only")
    parser.add_argument("--persons", metavar="FILE", help="the civil registration (TOML)")
    parser.add_argument("--whitelist", action="append", default=[], metavar="CVR", help="may be repeated; none: all")
    parser.add_argument("--card-seconds", type=int, default=86_400, help="life of a card; five minutes are back-dated")
    parser.add_argument("--sha1", action="store_true", help="sign cards with rsa-sha1, as the national STS does")
    parser.add_argument("--keys", metavar="FOLDER", help="write sts.pem, caller.pem and caller.key there")
    parser.add_argument("--caller", metavar="CVR", default="99110007", help="the organisation of caller.pem")
    options = parser.parse_args()
    keys = Keys.generated()
    if options.keys:
        write_keys(Path(options.keys), keys.sts, keys.authority.issue("Kommunens system", options.caller))
    terms = Terms(
        lifetime=timedelta(seconds=options.card_seconds), sha1=options.sha1, whitelist=frozenset(options.whitelist)
    )
    served = Served(options.listen, "nsp.localhost", options.public_url)
    announce_and_run(served, national_app(National(keys, load_persons(options.persons), terms)))


def write_keys(folder: Path, sts: KeyPair, caller: KeyPair) -> None:
    """Before the line that says we listen, so whoever waits for it finds them."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    (folder / "sts.pem").write_text(sts.certificate_pem())
    (folder / "caller.pem").write_text(caller.certificate_pem())
    private = folder / "caller.key"
    private.touch(mode=0o600)
    private.write_text(caller.key_pem())


if __name__ == "__main__":
    main()
