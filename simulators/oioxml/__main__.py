"""`python -m simulators.oioxml`: the VANS client and the care system behind it as one process."""

from pathlib import Path

from simulators.eoj import records
from simulators.oioxml.app import vans_app
from simulators.oioxml.record import LetterRecord
from simulators.serving import Served, announce_and_run, arguments


def main() -> None:
    parser = arguments("oioxml", "A VANS client with a care system behind it: XDIS91 letters, XCTL01-03 receipts")
    parser.add_argument("--receipts", required=True, metavar="FOLDER", type=Path, help="where receipts are put")
    parser.add_argument("--ean", default="5790000181872", help="the location number of the care system")
    parser.add_argument("--records", metavar="FILE", help="citizens and practices (TOML)")
    options = parser.parse_args()
    known = frozenset(each.cpr for each in records.load(options.records).record if each.cpr)
    options.receipts.mkdir(parents=True, exist_ok=True)
    record = LetterRecord(options.ean, known, options.receipts)
    announce_and_run(Served(options.listen, "vans.localhost", options.public_url), vans_app(record))


if __name__ == "__main__":
    main()
