"""What one deployed load tester was told: the packaged settings, and what only Terraform knew, from its environment."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from modules.load_test.cases import LoadCase, parse
from modules.load_test.function.message import Limits


@dataclass(frozen=True)
class Settings:
    """`target`: the dimension's value. `method`, `auth` (aws_iam | api_key | open), `api_url` and `api_key_id` are those of an API;
    `api_url` is empty for an endpoint.
    """

    region: str
    environment: str
    target: str
    endpoint_name: str
    target_variant: str
    method: str
    auth: str
    limits: Limits
    max_concurrent_requests: int
    request_timeout_in_seconds: float
    api_url: str
    api_key_id: str


def load_settings(folder: Path, variables: Mapping[str, str] = os.environ) -> Settings:
    """`settings.json` in `folder`, and the function's environment variables."""
    packaged = json.loads((folder / "settings.json").read_bytes())
    limits = Limits(**packaged.pop("limits"))
    return Settings(
        **packaged,
        limits=limits,
        region=variables["AWS_REGION"],
        api_url=variables.get("API_URL", ""),
        api_key_id=variables.get("API_KEY_ID", ""),
    )


def load_cases(folder: Path) -> list[LoadCase]:
    """`cases.json` in `folder`."""
    return parse((folder / "cases.json").read_bytes())
