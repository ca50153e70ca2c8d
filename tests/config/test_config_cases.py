"""Each file in `cases/` is an environment that is wrong; its first lines say how, word for word."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.support import project

CASES = sorted((Path(__file__).parent / "cases").glob("*.yaml"))
MARK = "# error: "


def expected(text: str) -> list[str]:
    lines = [line.removeprefix(MARK) for line in text.splitlines() if line.startswith(MARK)]
    return [line if line.startswith("environments/") else f"environments/case.yaml:{line}" for line in lines]


@pytest.mark.parametrize("case", CASES, ids=lambda path: path.stem)
def test_case(case: Path, tmp_path: Path) -> None:
    text = case.read_text()
    root = project(tmp_path, case=text)
    with pytest.raises(ConfigErrors) as raised:
        load_environment("case", root)
    assert [str(problem) for problem in raised.value.problems] == expected(text)
    assert expected(text)
    assert raised.value.exit_code == 2
    assert raised.value.message.splitlines()[1:] == expected(text)


def test_there_are_cases() -> None:
    assert len(CASES) >= 50
