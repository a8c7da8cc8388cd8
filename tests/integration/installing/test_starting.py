"""A process that cannot work does not start: every fault of its part stands in a line of its own, and no traceback."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import pytest

from gateway.domain.errors import ConfigFault
from gateway.starting import require_sound, secrets_of
from gateway.wiring import Gateway
from tests.support.clinic_world import settings_in
from tests.support.processes.relaying import environment_of

# Of every gateway process; the media process has none of these.
SHARED = {"data_key", "index_key", "media_secret", "client_key", "alarm_webhook_key"}
PROCESSES: Mapping[str, tuple[str, set[str]]] = {
    "web": ("import gateway.web.wsgi", set()),
    "live": (
        "from gateway.live.__main__ import main; main()",
        {"LAEGEBRO_LIVE_LISTEN", "LAEGEBRO_METRICS_LISTEN"},
    ),
    "worker": ("from workers.app import main; main()", {"LAEGEBRO_METRICS_LISTEN"}),
    "relay": ("from workers.relay import main; main()", {"LAEGEBRO_METRICS_LISTEN"}),
    "mllp": (
        "from workers.mllp import main; main()",
        {
            "LAEGEBRO_MLLP_ADAPTER",
            "LAEGEBRO_MLLP_CERTIFICATE, LAEGEBRO_MLLP_KEY, LAEGEBRO_MLLP_CLIENT_CA",
            "LAEGEBRO_METRICS_LISTEN",
        },
    ),
}


def spoilt(folder: Path) -> dict[str, str]:
    """The environment of processes in which every secret and every address of their own is wrong."""
    settings = settings_in(folder, f"sqlite:///{folder}/none.db", "redis://127.0.0.1:1/0")
    (folder / "short").write_text("short", encoding="utf-8")
    (folder / "junk.pem").write_text("-----BEGIN CERTIFICATE-----\n-----END CERTIFICATE-----\n", encoding="utf-8")
    junk = str(folder / "junk.pem")
    return environment_of(settings) | {
        "LAEGEBRO_DATA_KEY": f"file:{folder}/short",
        "LAEGEBRO_INDEX_KEY": f"file:{folder}/nowhere",
        "LAEGEBRO_MEDIA_SECRET": f"file:{folder}/short",
        "LAEGEBRO_CLIENT_KEY": f"file:{junk}",
        "LAEGEBRO_ALARM_WEBHOOK_KEY": "written-out-by-mistake",
        "LAEGEBRO_LIVE_LISTEN": "127.0.0.1:many",
        "LAEGEBRO_METRICS_LISTEN": "9464x",
        "LAEGEBRO_MLLP_ADAPTER": "fax",
        "LAEGEBRO_MLLP_LISTEN": "127.0.0.1:0",
        "LAEGEBRO_MLLP_CERTIFICATE": junk,
        "LAEGEBRO_MLLP_KEY": junk,
        "LAEGEBRO_MLLP_CLIENT_CA": junk,
    }


def start(code: str, environment: Mapping[str, str]) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-c", code]
    return subprocess.run(command, env=dict(environment), capture_output=True, text=True, timeout=120, check=False)


@pytest.mark.parametrize("process", PROCESSES)
def test_every_fault_is_said_at_once_in_plain_lines(process: str, tmp_path: Path) -> None:
    code, own = PROCESSES[process]
    done = start(code, spoilt(tmp_path))
    assert done.returncode == 3, done.stderr
    assert "Traceback" not in done.stderr and "written-out" not in done.stderr
    assert {line.partition(": ")[0] for line in done.stderr.splitlines()} == SHARED | own


def test_a_process_without_a_schema_says_what_to_run(tmp_path: Path) -> None:
    settings = settings_in(tmp_path, f"sqlite:///{tmp_path}/none.db", "redis://127.0.0.1:1/0")
    done = start(PROCESSES["relay"][0], environment_of(settings))
    assert done.returncode == 3 and "laegebro upgrade" in done.stderr and "Traceback" not in done.stderr


def test_sound_secrets_are_no_fault(tmp_path: Path) -> None:
    sound = settings_in(tmp_path, f"sqlite:///{tmp_path}/none.db", "redis://127.0.0.1:1/0")
    require_sound(*secrets_of(Gateway(sound)))
    former = sound.model_copy(update={"former_data_keys": {"0": "env:NOT_SET_HERE"}})
    with pytest.raises(ConfigFault, match=r"former_data_keys\.0: env:NOT_SET_HERE"):
        require_sound(*secrets_of(Gateway(former)))


def test_the_media_process_says_that_its_port_is_taken() -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        environment = {
            **{name: value for name, value in os.environ.items() if not name.startswith("LAEGEBRO_")},
            "LAEGEBRO_MEDIA_TICKET_SECRET": "x" * 32,
            "LAEGEBRO_MEDIA_ADDRESSES": "127.0.0.1",
            "LAEGEBRO_MEDIA_PORT": str(taken.getsockname()[1]),
        }
        done = start("import sys; from video.__main__ import main; sys.exit(main())", environment)
    assert done.returncode == 2 and "Traceback" not in done.stderr
    assert done.stderr.splitlines()[-1].startswith(
        "LAEGEBRO_MEDIA_HOST, LAEGEBRO_MEDIA_PORT: cannot listen on 127.0.0.1:"
    )
