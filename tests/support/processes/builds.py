"""Web processes of two builds: this release's, and the same package with other scripts and styles."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

from gateway.settings import CONFIG, Settings
from simulators.demo.processes import Process
from tests.support.processes.relaying import environment_of

ROOT = CONFIG.parent


def another_build(folder: Path) -> Path:
    """The folder that holds the other package; each of its scripts and styles says so in its first line."""
    into = folder / "another"
    shutil.copytree(ROOT / "gateway", into / "gateway")
    (into / "config").symlink_to(CONFIG)
    for file in (into / "gateway/web/static").rglob("*"):
        if file.suffix in (".js", ".css"):
            file.write_text("/* another build */\n" + file.read_text(encoding="utf-8"), encoding="utf-8")
    return into


def web_process(name: str, package: Path, port: int, settings: Settings, folder: Path) -> Process:
    """gunicorn with our settings and the application of the ``gateway`` that lies in ``package``; not started yet."""
    command = [sys.executable, "-m", "gunicorn", "--config", "python:gateway.web.gunicorn_settings"]
    told = {"LAEGEBRO_WEB_WORKERS": "1", "LAEGEBRO_WEB_THREADS": "8", "LAEGEBRO_WEB_LISTEN": f"127.0.0.1:{port}"}
    environment = environment_of(settings) | told | {"PYTHONPATH": os.pathsep.join((str(package), str(ROOT)))}
    environment["PYTHONSAFEPATH"] = "1"  # the folder it is started in says nothing
    return Process(name, [*command, "gateway.web.wsgi:app"], environment, folder / f"{name}.log", port=port)
