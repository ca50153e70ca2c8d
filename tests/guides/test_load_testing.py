"""The guide to load testing names what exists."""

from __future__ import annotations

import re
import shlex
from pathlib import Path

import pytest

from slipway.load.signing import API_KEY, TOKEN
from slipway.load.tally import OUTCOMES
from tests.cli.conftest import slipway  # noqa: F401 - the fixture
from tests.cli.support import Slipway
from tests.conftest import ROOT

GUIDE = ROOT / "docs" / "guides" / "load-testing.md"


def test_options_outcomes_and_variables_exist(slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:  # noqa: F811
    monkeypatch.setenv("COLUMNS", "200")
    text = GUIDE.read_text()
    known = slipway("load", "run", "--help").out + slipway("load", "compare", "--help").out
    named = set(re.findall(r"(?<![\w-])--[a-z][a-z0-9-]+", text))
    assert len(named) > 20 and [option for option in sorted(named) if option not in known] == []
    assert " + ".join(OUTCOMES) in text and API_KEY in text and TOKEN in text


def test_commands_name_files_that_exist() -> None:
    commands = [shlex.split(line[2:]) for line in GUIDE.read_text().splitlines() if line.startswith("$ ")]
    cases = {words[words.index("--cases") + 1] for words in commands if "--cases" in words}
    assert len(commands) == 6 and cases and all((ROOT / Path(name)).is_file() for name in cases)
