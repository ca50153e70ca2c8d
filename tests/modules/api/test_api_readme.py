"""The README's table of errors has every code that a caller can be given."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[3]
README = (ROOT / "modules" / "api" / "README.md").read_text(encoding="utf-8")
FAULTS = ROOT / "tests" / "localaws" / "api" / "test_faults.py"


def said(*files: Path) -> set[tuple[str, str]]:
    """Status and code wherever they stand side by side in the source."""
    text = "".join(file.read_text(encoding="utf-8") for file in files)
    return set(re.findall(r'\b([45]\d\d), "([A-Z][A-Z0-9_]+)"', text))


@pytest.mark.parametrize(
    ("files", "least"), [(sorted((ROOT / "modules" / "api" / "function").glob("*.py")), 15), ([FAULTS], 15)], ids=["function", "local path"]
)
def test_every_error_is_in_the_table(files: list[Path], least: int) -> None:
    rows = [line.split("|")[1:3] for line in README.splitlines() if re.match(r"\| [45]\d\d", line)]
    told = {(status, code) for statuses, codes in rows for status in re.findall(r"\d+", statuses) for code in re.findall(r"`(\w+)`", codes)}
    found = said(*files)
    assert len(found) >= least and found - told == set()
