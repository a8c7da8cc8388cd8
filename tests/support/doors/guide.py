"""What docs/adding-a-system.md shows, as files that are built and run."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

GUIDE = Path(__file__).parents[3] / "docs" / "adding-a-system.md"


def block(name: str) -> str:
    """The code below the comment of that name."""
    found = re.search(rf"<!-- {name}:.*?-->\n```python\n(.*?)```", GUIDE.read_text(encoding="utf-8"), re.DOTALL)
    assert found is not None, f"the guide shows a block «{name}»"
    return found.group(1)


@contextmanager
def documented_folder(folder: Path) -> Iterator[Path]:
    """A folder of its own, as somebody keeps an adapter who does not change this repository: processes started from
    here find it by its name."""
    place = folder / "adapters" / "gp_system" / "koboks"
    place.mkdir(parents=True)
    (place / "__init__.py").write_text(block("adapter"), encoding="utf-8")
    (place / "door.py").write_text(block("door"), encoding="utf-8")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(folder), prepend=os.pathsep)
        yield place
