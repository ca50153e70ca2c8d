"""Clients as people install them, each in an environment of its own that is built once below .tools."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from slipway.containers.environment import python_for
from tests.localaws.runtime.conftest import image, lab

__all__ = ["image", "lab"]

ROOT = Path(__file__).resolve().parents[3]


@pytest.fixture
def run(url: str, tmp_path: Path) -> Callable[..., str]:
    """`run("awscli", "-m", "awscli", ...)`: the output of a command of a client's own Python, as account 111111111111."""

    def call(client: str, *arguments: str) -> str:
        python = python_for(Path(__file__).parent / f"{client}.txt", ROOT / ".tools")
        environment: dict[str, Any] = {
            **os.environ,
            "AWS_ACCESS_KEY_ID": "1" * 12,
            "AWS_SECRET_ACCESS_KEY": "local",
            "AWS_DEFAULT_REGION": "eu-west-1",
            "AWS_ENDPOINT_URL": url,
            "AWS_MAX_ATTEMPTS": "1",
            "HOME": str(tmp_path),
            "NO_PROXY": "127.0.0.1",
        }
        done = subprocess.run([str(python), *arguments], capture_output=True, text=True, env=environment, timeout=120, cwd=tmp_path)
        assert done.returncode == 0, done.stderr[-2000:]
        return done.stdout

    return call
