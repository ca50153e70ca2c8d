"""Files stay small, functions short, constructors a table of contents."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("modules", "slipway", "policies", "bench", "examples") for path in sorted((ROOT / folder).rglob("*.py"))]
FILE, FUNCTION, CONSTRUCTOR = 250, 40, 25


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_budget(path: Path) -> None:
    text = path.read_text()
    assert text.count("\n") <= FILE
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            lines = node.end_lineno - node.lineno + 1
            limit = CONSTRUCTOR if node.name == "__init__" and path.name == "construct.py" else FUNCTION
            assert lines <= limit, f"{node.name} has {lines} lines, at most {limit}"


@pytest.mark.parametrize("path", [p for p in SOURCES if p.name == "__init__.py"], ids=lambda p: str(p.relative_to(ROOT)))
def test_packages_hold_a_docstring_only(path: Path) -> None:
    if path.is_relative_to(ROOT / "policies"):
        return  # checkov imports the package of its custom checks
    body = ast.parse(path.read_text()).body
    assert len(body) == 1 and ast.get_docstring(ast.parse(path.read_text()))


def test_every_module_is_complete() -> None:
    for module in sorted(p for p in (ROOT / "modules").iterdir() if p.is_dir() and not p.name.startswith("_")):
        files = {path.name for path in module.iterdir()}
        assert {"__init__.py", "spec.py", "construct.py", "example.py", "README.md"} <= files, module.name
        assert (ROOT / "tests" / "modules" / module.name).is_dir(), f"no tests for {module.name}"
