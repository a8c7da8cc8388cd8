"""The newcomer's walk in docs/architecture.md: exactly the files that each act enters, in the order it enters them."""

from __future__ import annotations

import json
import subprocess
import sys
from functools import cache

import pytest

from tests.architecture.source import ROOT
from tests.support.walk import GROUND, HEADINGS, named

PAGE = (ROOT / "docs" / "architecture.md").read_text(encoding="utf-8")
AGAIN = "python -m tests.support.walk docs/architecture.md"


@cache
def walked() -> dict[str, list[str]]:
    """The real acts, traced in a process that remembers nothing."""
    done = subprocess.run(
        [sys.executable, "-m", "tests.support.walk"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    found: dict[str, list[str]] = json.loads(done.stdout.splitlines()[-1])
    return found


@pytest.mark.parametrize("act", HEADINGS)
def test_the_page_names_every_file_the_act_enters_and_no_other(act: str) -> None:
    entered, page = walked()[act], named(PAGE)[act]
    assert (sorted(set(entered) - set(page)), sorted(set(page) - set(entered))) == ([], []), AGAIN
    assert page == entered, AGAIN


def test_the_ground_that_is_left_out_is_said_on_the_page() -> None:
    for place in GROUND:
        assert f"`{place.rstrip('/')}`" in PAGE


@pytest.mark.parametrize("act", HEADINGS)
def test_the_walk_goes_through_the_layers(act: str) -> None:
    """A trace that saw only a part would make a short page and still agree with it."""
    through = {
        "launch": ("gateway/web/arrival/", "adapters/eoj/", "gateway/services/", "gateway/domain/", "gateway/store/"),
        "accept": ("gateway/web/clinic/", "gateway/services/", "gateway/domain/", "gateway/store/consultation/"),
        "packet": ("video/packets/inbound.py", "video/packets/outbound.py"),
        "note": ("gateway/web/nurse/", "gateway/domain/note/", "workers/", "gateway/services/", "adapters/eoj/"),
        "register row": ("gateway/masterdata/", "gateway/store/register/"),
    }
    for layer in through[act]:
        assert any(file.startswith(layer) for file in named(PAGE)[act]), layer
