"""What stands in a note's message where our row holds nothing that may be told."""

from __future__ import annotations

from typing import Final

NOBODY: Final = "Lægebro"
ROLE: Final = "Medarbejder"
PROTECTED: Final = "Navnebeskyttet"
UNNAMED: Final = "Ukendt"
