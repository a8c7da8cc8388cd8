"""All processes of one run, in the order they need each other; each can be killed and started again alone."""

from __future__ import annotations

import json
import os
import subprocess
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from simulators.demo.broker import redis_command
from simulators.demo.processes import Process, end_together, free_port, python
from simulators.demo.setup import REGISTER, connections_toml, national_look_up, secrets_for_a_run

if TYPE_CHECKING:
    import httpx

ONE_BY_ONE = """
import json, sys
from gateway.cli import main
several, code = [json.loads(each) for each in sys.argv[1:]], 0
for each in several:
    sys.argv[1:] = each
    try:
        main()
    except SystemExit as end:
        code = end.code or 0
    if code:
        break
raise SystemExit(code)
"""
OURS = ("web", "live", "media", "relay", "worker", "redis")


class Stack:
    """``with Stack() as stack:`` runs everything; ``stack["worker"].kill()`` and ``.start()`` act on one process.

    ``environment`` overrules what the processes are given; ``simulator_arguments`` are flags of one simulator, by its
    name; not ``synthetic`` means organisations whose citizens may not be official test persons; ``national`` adds the
    national look-up.
    """

    forked = False  # whether the Python processes share what they have in common (``forking``)

    def __init__(
        self,
        folder: Path | None = None,
        *,
        database_url: str | None = None,
        environment: Mapping[str, str] | None = None,
        simulator_arguments: Mapping[str, Sequence[str]] | None = None,
        synthetic: bool = True,
        national: bool = False,
    ) -> None:
        self._temporary = tempfile.TemporaryDirectory(prefix="laegebro-") if folder is None else None
        self.folder = folder or Path(self._temporary.name if self._temporary else ".")
        self.folder.mkdir(parents=True, exist_ok=True)
        self._ports = {name: free_port() for name in ("web", "live", "media", "redis")}
        self.gateway_url = f"http://gateway.localhost:{self._ports['web']}"
        self.live_url = f"http://gateway.localhost:{self._ports['live']}"
        self.media_url = f"http://gateway.localhost:{self._ports['media']}"
        self.signal_url = f"ws://127.0.0.1:{self._ports['media']}/signal"  # for clients whose resolver knows no names
        self._simulator_arguments = dict(simulator_arguments or {})
        self._synthetic = synthetic
        self._keys = self.folder / "national" if national else None
        self.environment = self._environment(database_url, environment or {})
        self.processes: dict[str, Process] = {}
        self._starting: list[Process] | None = None

    def __getitem__(self, name: str) -> Process:
        return self.processes[name]

    def __enter__(self) -> Stack:
        try:
            self.start()
        except BaseException:
            self.stop()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()

    def waiting(self, _what: str) -> AbstractContextManager[None]:
        """Entered while something is waited for; says nothing here."""
        return nullcontext()

    def start(self) -> None:
        """Redis and the simulators while the database is made, then the connections, then our own processes."""
        with self._side_by_side():
            if "REDIS_URL" not in os.environ:
                self._run("redis", redis_command(self._ports["redis"], self.folder), port=self._ports["redis"])
            self._start_simulators()
            self._make_database()
        self.provision()
        with self._side_by_side():
            self._start_ours()

    def _start_simulators(self) -> None:
        jwks = ("--client-jwks", f"{self.gateway_url}/.well-known/jwks.json")
        to_gateway = ("--gateway-url", self.gateway_url)
        identity = ("--redirect-uri", f"{self.gateway_url}/login/callback")
        self._simulator("identity", *to_gateway, *identity)
        self._simulator("eoj", *to_gateway, *jwks)
        self._simulator("gp", *jwks)
        if self._keys is not None:
            self._simulator("national", "--keys", str(self._keys))

    def _start_ours(self) -> None:
        web = (
            "-m",
            "gunicorn",
            "--bind",
            f"127.0.0.1:{self._ports['web']}",
            "--threads",
            "32",
            "--timeout",
            "120",
            "--no-control-socket",
        )
        self._run("web", python(*web, "gateway.web.wsgi:app"), port=self._ports["web"])
        self._run("live", python("-m", "gateway.live"), port=self._ports["live"])
        self._run("media", python("-m", "video"), port=self._ports["media"])
        self._run("worker", python("-m", "workers"))
        self._run("relay", python("-m", "workers.relay"))

    def _make_database(self) -> None:
        """Schema and practices, through the same commands an operator uses."""
        with self.waiting("the database: its schema and the register of practices"):
            self.commands(("upgrade",), ("providers", "import", str(REGISTER)))

    def provision(self) -> None:
        """The connections, through the same command; the simulators' addresses are known by now."""
        file = self.folder / "connections.toml"
        addresses = (self.gateway_url, self["eoj"].address, self["gp"].address, self["identity"].address)
        told = connections_toml(*addresses, synthetic=self._synthetic)
        if self._keys is not None:
            told += national_look_up(self["national"].address, self._keys)
        file.write_text(told, encoding="utf-8")
        with self.waiting("the connections of the organisations"):
            self.commands(("connections", "apply", str(file)), *self.afterwards())

    def afterwards(self) -> Sequence[Sequence[str]]:
        """More commands of the gateway, before its processes start."""
        return ()

    def command(self, *arguments: str) -> str:
        """Run ``laegebro …`` to its end; its output."""
        return self.commands(arguments)

    def commands(self, *several: Sequence[str]) -> str:
        """``laegebro …`` several times in one process, which spares all but one start; ends at the first fault."""
        call = python("-c", ONE_BY_ONE, *(json.dumps(arguments) for arguments in several))
        done = subprocess.run(call, env=self.environment, capture_output=True, text=True, timeout=120, check=False)
        if done.returncode:
            raise RuntimeError(f"laegebro {[each[0] for each in several]}: {done.stdout}{done.stderr}")
        return done.stdout

    def client(self) -> httpx.Client:
        """An HTTP client that finds ``*.localhost`` on this machine."""
        from simulators import wire  # loads httpx, which only a test of a run needs

        return wire.client(20)

    def stop(self) -> None:
        """End every process of this run: our own together, then what they speak to."""
        peers = {"redis", *(name for name, process in self.processes.items() if process.announces)}
        for ours in (True, False):
            end_together(process for name, process in self.processes.items() if (name not in peers) is ours)
        if self._temporary is not None:
            self._temporary.cleanup()

    def _simulator(self, name: str, *arguments: str) -> None:
        flags = (*arguments, *self._simulator_arguments.get(name, ()))
        self._run(name, python("-m", f"simulators.{name}", "--listen", "127.0.0.1:0", *flags), announces=True)

    def _run(self, name: str, command: list[str], *, port: int | None = None, announces: bool = False) -> None:
        log_file = self.folder / f"{name}.log"
        process = Process(name, command, self.environment, log_file, port=port, announces=announces, forked=self.forked)
        self.processes[name] = process
        process.launch()
        if self._starting is None:
            process.wait_until_up()
        else:
            self._starting.append(process)

    @contextmanager
    def _side_by_side(self) -> Iterator[None]:
        """What is run within starts together; at the end all of it is up."""
        self._starting = []
        try:
            yield
            for process in self._starting:
                with self.waiting(process.name):
                    process.wait_until_up()
        finally:
            self._starting = None

    def _environment(self, database_url: str | None, more: Mapping[str, str]) -> dict[str, str]:
        own_redis = f"redis://127.0.0.1:{self._ports['redis']}/0"
        made = secrets_for_a_run()
        database = database_url or os.environ.get("DATABASE_URL") or f"sqlite:///{self.folder}/laegebro.sqlite"
        return {
            **{k: v for k, v in os.environ.items() if not k.startswith("LAEGEBRO_")},
            **made,
            "PYTHONUNBUFFERED": "1",
            "LAEGEBRO_ENVIRONMENT": "demo",
            "LAEGEBRO_PUBLIC_URL": self.gateway_url,
            "LAEGEBRO_LIVE_URL": self.live_url,
            "LAEGEBRO_MEDIA_URL": self.media_url,
            "LAEGEBRO_DATABASE_URL": database,
            "LAEGEBRO_REDIS_URL": os.environ.get("REDIS_URL", own_redis),
            "LAEGEBRO_LIVE_LISTEN": f"127.0.0.1:{self._ports['live']}",
            "LAEGEBRO_MEDIA_HOST": "127.0.0.1",
            "LAEGEBRO_MEDIA_PORT": str(self._ports["media"]),
            "LAEGEBRO_MEDIA_TICKET_SECRET": made["LAEGEBRO_SECRET_MEDIA"],
            "LAEGEBRO_MEDIA_STATE_URL": f"http://127.0.0.1:{self._ports['web']}/internal/rooms",
            "LAEGEBRO_MEDIA_ALLOWED_ORIGINS": self.gateway_url,
            **more,
        }
