"""nginx with ``config/deploy/several-machines/nginx.conf``: the same text with this run's addresses in it."""

from __future__ import annotations

import os
import re
import subprocess
from collections.abc import Mapping
from pathlib import Path

from gateway.settings import CONFIG
from simulators.demo.processes import Process
from tests.support.deployed import nginx

SHIPPED = CONFIG / "deploy" / "several-machines" / "nginx.conf"
NAMED = "laegebro.example.dk"
HOST = "gateway.localhost"
PROCESSES = tuple(f"{kind}-{number}" for kind in ("web", "live", "media") for number in (1, 2))  # behind it
# The keys of our own are read over plain HTTP by the simulated peers, which keep no list of authorities of their own.
KEYS = """
    server {
        listen 127.0.0.1:%d;
        location = /.well-known/jwks.json { proxy_pass http://web; proxy_set_header Host localhost; }
    }
}
"""


def certificate(folder: Path) -> tuple[Path, Path]:
    """One for the public name and all below it, and its key; made for this run."""
    chain, key = folder / "chain.pem", folder / "key.pem"
    names = f"subjectAltName=DNS:{HOST},DNS:*.{HOST}"
    make = ("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes")
    files = ("-keyout", str(key), "-out", str(chain))
    subject = ("-days", "2", "-subj", f"/CN={HOST}", "-addext", names)
    subprocess.run([*make, *subject, *files], check=True, capture_output=True)
    return chain, key


def rendered(folder: Path, ports: Mapping[str, int]) -> str:
    """``ports``: of https, http, inside and keys, and of each process by its name in the file."""
    text = SHIPPED.read_text(encoding="utf-8").replace(NAMED, HOST)
    text = re.sub(r"server ((?:web|live|media)-\d):\d+", lambda found: f"server 127.0.0.1:{ports[found[1]]}", text)
    listens = {"443": "https", "80": "http", "8080": "inside"}
    text = re.sub(r"listen (443|80|8080)\b", lambda found: f"listen 127.0.0.1:{ports[listens[found[1]]]}", text)
    places = {
        "/run/secrets/certificate_key": f"{folder}/key.pem",
        "/run/secrets/certificate;": f"{folder}/chain.pem;",
        "/tmp/nginx.pid": f"{folder}/nginx.pid",
        "/tmp/body": f"{folder}/body",
        "/tmp/proxy": f"{folder}/proxy",
        "/tmp/files": f"{folder}/files",
    }
    for place, here in places.items():
        text = text.replace(place, here)
    return text.rstrip().removesuffix("}") + KEYS % ports["keys"]


def front(folder: Path, ports: Mapping[str, int]) -> Process:
    """Not started yet."""
    file = folder / "nginx.conf"
    file.write_text(rendered(folder, ports), encoding="utf-8")
    as_we_are = "user root; " if os.geteuid() == 0 else ""  # nobody else may write into a test's folder
    command = [str(nginx()), "-c", str(file), "-g", f"{as_we_are}daemon off;"]
    return Process("nginx", command, {}, folder / "nginx.log", port=ports["https"])
