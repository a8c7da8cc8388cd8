"""A page whose network lets no UDP out reaches the call through coturn, started from the file that is shipped."""

from __future__ import annotations

import asyncio
import json
import secrets
import shutil
import signal
import socket
import ssl
import subprocess
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from aioice import ice, stun
from playwright.async_api import async_playwright

from bench.media.calls import ROOT, free_port
from tests.integration.video.test_media_browser import ARGUMENTS, open_page, sees, site

__all__ = ["site"]

TURNSERVER = shutil.which("turnserver")
ADDRESSES = ice.get_host_addresses(use_ipv4=True, use_ipv6=False)
pytestmark = [
    pytest.mark.browser,
    pytest.mark.timeout(240),
    pytest.mark.skipif(TURNSERVER is None, reason="coturn is not installed"),
    pytest.mark.skipif(not ADDRESSES, reason="coturn relays to no loopback address, and there is no other here"),
]


@pytest.fixture
def certificate(tmp_path: Path) -> Iterator[tuple[Path, Path]]:
    certificate, key = tmp_path / "fullchain.pem", tmp_path / "privkey.pem"
    subprocess.run(
        [
            *("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"),
            *("-days", "2", "-subj", "/CN=turn.example", "-keyout", str(key), "-out", str(certificate)),
        ],
        check=True,
        capture_output=True,
    )
    yield certificate, key


@asynccontextmanager
async def coturn(secret: str, certificate: tuple[Path, Path]) -> AsyncIterator[tuple[str, int, int]]:
    """(address, plain port, TLS port) of the shipped configuration on free ports."""
    assert TURNSERVER is not None
    address, port, tls_port = ADDRESSES[0], free_port(), free_port()
    process = await asyncio.create_subprocess_exec(
        *(TURNSERVER, "-c", str(ROOT / "config/deploy/turnserver.conf"), f"--static-auth-secret={secret}"),
        *(f"--listening-ip={address}", f"--relay-ip={address}", f"--allowed-peer-ip={address}"),
        *(f"--listening-port={port}", f"--tls-listening-port={tls_port}"),
        *(f"--cert={certificate[0]}", f"--pkey={certificate[1]}", f"--pidfile={certificate[0].parent / 'pid'}"),
        f"--userdb={certificate[0].parent / 'turndb'}",
        stdout=asyncio.subprocess.DEVNULL,
    )
    for _ in range(600):
        with socket.socket() as probe:
            if probe.connect_ex((address, tls_port)) == 0:
                break
        await asyncio.sleep(0.1)
    try:
        yield address, port, tls_port
    finally:
        process.send_signal(signal.SIGTERM)
        await process.wait()


@pytest.mark.parametrize("way", ["udp", "tcp", "tls"])
async def test_a_page_that_may_only_use_the_relay_sees_and_is_seen(
    way: str, site: dict[str, Any], certificate: tuple[Path, Path]
) -> None:
    secret, media = secrets.token_hex(16), site["media"]
    async with coturn(secret, certificate) as (address, port, tls_port), async_playwright() as playwright:
        relay = {"tls": f"turns:{address}:{tls_port}?transport=tcp"}.get(way, f"turn:{address}:{port}?transport={way}")
        media.environment |= {
            "LAEGEBRO_MEDIA_ADDRESSES": address,
            "LAEGEBRO_MEDIA_ICE_SERVERS": json.dumps([{"urls": [relay]}]),
            "LAEGEBRO_MEDIA_TURN_SECRET": secret,
        }
        await media.stop()
        await media.start()
        flags = [*ARGUMENTS, "--ignore-certificate-errors"]  # the relay's certificate is made for this test
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        closed = await open_page(browser, site["address"], "home&relay=yes")
        free = await open_page(browser, site["address"], "clinic")
        for page in (closed, free):
            await page.evaluate("begin()")
        await asyncio.gather(*(sees(page) for page in (closed, free)))
        assert [await page.evaluate("relayed()") for page in (closed, free)] == [way, ""]
        await browser.close()


async def test_the_check_measures_the_way_in_both_directions_and_tries_each_relay(
    site: dict[str, Any], certificate: tuple[Path, Path]
) -> None:
    secret, media = secrets.token_hex(16), site["media"]
    async with coturn(secret, certificate) as (address, port, tls_port), async_playwright() as playwright:
        closed = free_port()  # nobody relays there
        ways = [f"turn:{address}:{port}", f"turn:{address}:{closed}?transport=tcp", f"turns:{address}:{tls_port}"]
        media.environment |= {
            "LAEGEBRO_MEDIA_ICE_SERVERS": json.dumps([{"urls": ways}]),
            "LAEGEBRO_MEDIA_TURN_SECRET": secret,
        }
        await media.stop()
        await media.start()
        flags = [*ARGUMENTS, "--ignore-certificate-errors"]
        browser = await playwright.chromium.launch(executable_path="/usr/bin/chromium", args=flags)
        path = await (await open_page(browser, site["address"], "clinic")).evaluate("measured()")
        print(path)
        assert path["relays"] == {"udp": True, "tcp": False, "tls": True}
        assert path["media"] and path["up"] > 50_000 and path["down"] > 50_000 and path["loss"] < 0.5
        await browser.close()


async def test_the_relay_answers_on_its_tls_port_and_refuses_a_wrong_password(
    certificate: tuple[Path, Path],
) -> None:
    async with coturn("right" * 4, certificate) as (address, _, tls_port):
        trust = ssl.create_default_context(cafile=str(certificate[0]))
        reader, writer = await asyncio.open_connection(address, tls_port, ssl=trust, server_hostname="turn.example")
        request = stun.Message(message_method=stun.Method.ALLOCATE, message_class=stun.Class.REQUEST)
        request.attributes["REQUESTED-TRANSPORT"] = 0x11000000
        writer.write(bytes(request))
        head = await reader.readexactly(20)
        answer = stun.parse_message(head + await reader.readexactly(int.from_bytes(head[2:4], "big")))
        assert answer.attributes["ERROR-CODE"][0] == 401 and answer.attributes["REALM"] == "laegebro"
        writer.close()
