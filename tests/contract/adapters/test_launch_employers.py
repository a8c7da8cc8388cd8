"""D13: an employee of another organisation starts from a record in which it has its place, as that organisation's own.
Over every adapter with a launch, found by discovery; the care system names her organisation by its CVR number."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest

from adapters.contract import launch_promises as promises
from adapters.contract.launch_promises import Flaw, LaunchBench
from adapters.discovery import adapter_names, find_adapter
from adapters.wire.claims import employer_of
from gateway.certify.ways import bench_module
from gateway.domain.errors import LaunchRefused

LAUNCHING = [name for name in adapter_names("eoj") if promises.launches(find_adapter("eoj", name).adapter)]
OWNER, REGION = UUID("0192f000-0000-7000-8000-00000000c0de"), UUID("0192f000-0000-7000-8000-00000000c1de")
REGIONS_CVR = "99220007"  # whom the benches' launches for another organisation name
KNOWN = {REGIONS_CVR: REGION}


@pytest.mark.parametrize("name", LAUNCHING)
def test_an_employee_of_another_organisation_that_is_known_starts_as_its_own(
    name: str, tmp_path_factory: pytest.TempPathFactory
) -> None:
    whole: Any = bench_module(name, "eoj").bench(tmp_path_factory.mktemp(name))
    with whole as bench:
        launches: LaunchBench = bench.launches
        with pytest.raises(LaunchRefused):
            launches.press(Flaw.OTHER_MUNICIPALITY)()
        _adapter_of(launches).settings.employers.update(KNOWN)
        theirs, own = launches.press(Flaw.OTHER_MUNICIPALITY)(), launches.press()()
    assert (theirs.tenant, own.tenant) == (REGION, OWNER)
    assert (theirs.record_ref, theirs.connection) == (own.record_ref, own.connection)


def _adapter_of(launches: Any) -> Any:
    return launches._adapter if hasattr(launches, "_adapter") else launches.adapter


@pytest.mark.parametrize(
    ("said", "cvr", "employer"),
    [
        (None, "99110007", OWNER),
        ("", "99110007", OWNER),
        ("99110007", "99110007", OWNER),
        (REGIONS_CVR, "99110007", REGION),
        (REGIONS_CVR, "", REGION),
        ("99330003", "", OWNER),
        ("99330003", "99110007", None),
        (99220007, "99110007", None),
        ([REGIONS_CVR], "99110007", None),
    ],
)
def test_whose_employee_it_is(said: object, cvr: str, employer: UUID | None) -> None:
    if employer is not None:
        assert employer_of(said, OWNER, cvr, KNOWN) == employer
        return
    with pytest.raises(LaunchRefused):
        employer_of(said, OWNER, cvr, KNOWN)
