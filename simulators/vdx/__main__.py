"""`python -m simulators.vdx`: one organisation's VDX as one process."""

from simulators.serving import Served, announce_and_run, arguments
from simulators.vdx.app import Vdx, vdx_app
from simulators.vdx.meetings import Meetings


def main() -> None:
    parser = arguments("vdx", "MedCom's VDX: the Video-API v2 and the rooms it opens")
    parser.add_argument("--client-secret", required=True, help="what the client proves itself with")
    parser.add_argument("--pool", type=int, default=1000, help="how many rooms are ready from the start")
    parser.add_argument("--pace", type=float, default=1.0, help="seconds that each step of provisioning takes")
    options = parser.parse_args()
    served = Served(options.listen, "vdx.localhost", options.public_url)
    announce_and_run(served, vdx_app(Vdx(served.url, options.client_secret, Meetings(options.pool, options.pace))))


if __name__ == "__main__":
    main()
