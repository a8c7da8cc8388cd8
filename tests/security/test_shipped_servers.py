"""The configurations of other people's servers that we ship: what they speak, and where they let nobody through."""

from __future__ import annotations

import re
from ipaddress import ip_address
from pathlib import Path

import pytest

from tests.architecture.source import ROOT

DEPLOY = ROOT / "config" / "deploy"
SPECIAL = (
    "0.0.0.0", "10.1.2.3", "100.64.0.1", "127.0.0.1", "169.254.169.254", "172.16.0.1", "192.168.1.1", "224.0.0.1",
    "255.255.255.255", "8.8.8.8", "::1", "::", "fe80::1", "fd00::1", "ff02::1", "::ffff:127.0.0.1", "2001:db8::1",
)  # fmt: skip


def nginx() -> str:
    return (DEPLOY / "one-machine" / "nginx.conf").read_text(encoding="utf-8")


def test_the_shipped_proxy_speaks_present_tls_and_nothing_older() -> None:
    said = re.findall(r"ssl_protocols ([^;]+);", nginx())
    assert said and all(set(each.split()) == {"TLSv1.2", "TLSv1.3"} for each in said)


def test_the_shipped_proxy_offers_only_suites_with_forward_secrecy_and_authenticated_encryption() -> None:
    suites = [suite for each in re.findall(r"ssl_ciphers ([^;]+);", nginx()) for suite in each.split(":")]
    assert suites and all(re.fullmatch(r"ECDHE-(RSA|ECDSA)-\S*(GCM-SHA\d+|POLY1305)", suite) for suite in suites)


def relays() -> list[Path]:
    return sorted(DEPLOY.rglob("turnserver.conf"))


@pytest.mark.parametrize("address", SPECIAL)
def test_the_shipped_relay_leads_to_no_address_but_those_it_is_given(address: str) -> None:
    """coturn: what is denied and not named by ``allowed-peer-ip`` gets 403; the media processes are named at the
    start."""
    assert relays()
    for path in relays():
        text = path.read_text(encoding="utf-8")
        assert any(within(address, each) for each in re.findall(r"(?m)^denied-peer-ip=(\S+)", text)), path
        allowed = re.findall(r"(?m)^allowed-peer-ip=(\S+)", text)
        assert not [each for each in allowed if not each.startswith("{{")], path


def within(address: str, span: str) -> bool:
    first, _, last = span.partition("-")
    low, here, high = ip_address(first), ip_address(address), ip_address(last or first)
    return low.version == here.version and int(low) <= int(here) <= int(high)
