"""Imports point one way, and the cheap path stays cheap."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOURCES = [path for folder in ("modules", "slipway", "policies") for path in sorted((ROOT / folder).rglob("*.py"))]


def imports(path: Path) -> set[str]:
    """Every module that a file names in an import statement, wherever it stands, but for those of type checking."""
    tree = ast.parse(path.read_text())
    guarded = {
        id(inner)
        for node in ast.walk(tree)
        if isinstance(node, ast.If) and ast.unparse(node.test) == "TYPE_CHECKING"
        for inner in ast.walk(node)
    }
    found = set()
    for node in ast.walk(tree):
        if id(node) in guarded:
            continue
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module)
    return found


def starts(names: set[str], *prefixes: str) -> set[str]:
    return {name for name in names if any(name == p or name.startswith(f"{p}.") for p in prefixes)}


@pytest.mark.parametrize("path", SOURCES, ids=lambda p: str(p.relative_to(ROOT)))
def test_only_the_seam_names_the_toolkit(path: Path) -> None:
    if path not in (ROOT / "modules" / "_shared" / "provider.py", ROOT / "modules" / "_shared" / "kernel.py"):
        assert not starts(imports(path), "cdktf", "cdktn", "cdktf_cdktf_provider_aws", "cdktn_provider_aws", "jsii")


@pytest.mark.parametrize("path", [p for p in SOURCES if p.is_relative_to(ROOT / "modules")], ids=lambda p: str(p.relative_to(ROOT)))
def test_a_module_knows_neither_its_siblings_nor_slipway(path: Path) -> None:
    module = path.relative_to(ROOT / "modules").parts[0]
    own = starts(imports(path), f"modules.{module}", "modules._shared")
    assert starts(imports(path), "modules", "slipway") == own


@pytest.mark.parametrize("path", [p for p in SOURCES if p.is_relative_to(ROOT / "slipway")], ids=lambda p: str(p.relative_to(ROOT)))
def test_only_stacks_name_constructs_and_only_the_cli_prints(path: Path) -> None:
    relative = path.relative_to(ROOT / "slipway")
    if relative.parts[0] != "stacks":
        assert not {name for name in imports(path) if name.startswith("modules.") and name.endswith(".construct")}
    if relative.parts[0] != "cli" and path.name != "__main__.py":
        calls = [
            n for n in ast.walk(ast.parse(path.read_text())) if isinstance(n, ast.Call) and ast.unparse(n.func) in ("print", "typer.echo")
        ]
        assert not calls, f"{relative} prints"


@pytest.mark.parametrize("module", ["slipway.config.load", "slipway.config.environment", "slipway.config.release", "slipway.cli.app"])
def test_the_cheap_path_loads_nothing_heavy(module: str) -> None:
    code = (
        f"import {module}, sys; sys.exit(' '.join(m for m in ('cdktf', 'jsii', 'constructs', 'boto3', 'checkov') if m in sys.modules) or 0)"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("arguments", [["validate"], ["schema", "--check"], ["list"], ["--help"]], ids=" ".join)
def test_cheap_commands_start_no_node(arguments: list[str], tmp_path: Path) -> None:
    trap = tmp_path / "node"
    trap.write_text('#!/bin/sh\ntouch "$(dirname "$0")/started"\nexit 1\n')
    trap.chmod(0o755)
    environment = {"PATH": f"{tmp_path}:/usr/bin:/bin", "JSII_NODE": str(trap), "HOME": str(tmp_path)}
    done = subprocess.run([sys.executable, "-m", "slipway", *arguments], cwd=ROOT, env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert not (tmp_path / "started").exists()
