"""Sends a synthesized stack to the local AWS through a Terraform override file; `cdk.tf.json` stays as it is."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Protocol

from slipway.errors import InputError, SlipwayError

OVERRIDE = "local_override.tf.json"
PROFILE = "local_aws_config"
"""A shared configuration file of AWS's SDKs beside the override, which names it. It has the URL of the local AWS for all services.

The provider's own block `endpoints` costs each of its starts 2 s of CPU (5.100: validation of one set of 300 attributes).
"""
VARIABLE = "SLIPWAY_LOCAL"
SECRET = "local"  # noqa: S105
_BACKEND_SERVICES = ("s3", "dynamodb", "sts", "iam")


class HasAccount(Protocol):
    """What the override needs of an environment."""

    @property
    def account_id(self) -> str:
        """Twelve digits; the local AWS takes the access key id for the account."""


def local_url(root: Path) -> str:
    """URL of the local AWS: `SLIPWAY_LOCAL`, or what `slipway local up` wrote. SlipwayError when there is none."""
    if named := os.environ.get(VARIABLE):
        if not re.fullmatch(r"https?://[A-Za-z0-9.:\[\]-]+/?", named):
            raise InputError(f"{VARIABLE}={named}: not a URL", fix="set it to what `slipway local up` prints, or unset it")
        return named.rstrip("/")
    record = root / ".slipway" / "local" / "server.json"
    try:
        return str(json.loads(record.read_text(encoding="utf-8"))["url"]).rstrip("/")
    except (OSError, ValueError, KeyError) as error:
        raise SlipwayError("the local AWS is not running", fix=f"Run `slipway local up`, or set {VARIABLE} to its URL.") from error


def write_override(stack_dir: Path, config: HasAccount, url: str) -> Path:
    """Write `local_override.tf.json` beside the `cdk.tf.json` in `stack_dir`, made from what that document holds.

    With it goes `local_aws_config`; Terraform looks for it in the folder where it runs, which is `stack_dir`.
    """
    (stack_dir / PROFILE).write_text(f"[default]\nendpoint_url = {url}\n", encoding="utf-8")
    document = json.loads((stack_dir / "cdk.tf.json").read_text(encoding="utf-8"))
    target = stack_dir / OVERRIDE
    target.write_text(json.dumps(override(document, config.account_id, url), indent=2, sort_keys=True) + "\n", encoding="utf-8")
    return target


def remove_override(stack_dir: Path) -> None:
    """Let the stack go to the real account again."""
    for name in (OVERRIDE, PROFILE):
        (stack_dir / name).unlink(missing_ok=True)


def override(document: Mapping[str, Any], account_id: str, url: str) -> dict[str, Any]:
    """The override document: every AWS provider block, the whole S3 backend, every remote state that is read."""
    result: dict[str, Any] = {}
    providers = document.get("provider", {}).get("aws")
    if providers:
        result["provider"] = {"aws": [_provider(block, account_id) for block in _as_list(providers)]}
    backend = document.get("terraform", {}).get("backend", {}).get("s3")
    if backend is not None:
        result["terraform"] = {"backend": {"s3": _backend(backend, account_id, url)}}
    states = document.get("data", {}).get("terraform_remote_state", {})
    if states:
        result["data"] = {"terraform_remote_state": {name: _remote_state(block, account_id, url) for name, block in states.items()}}
    return result


def _provider(block: Mapping[str, Any], account_id: str) -> dict[str, Any]:
    alias = {"alias": block["alias"]} if "alias" in block else {}
    return {
        **alias,
        "access_key": account_id,
        "secret_key": SECRET,
        "max_retries": 3,
        "profile": "default",
        "s3_use_path_style": True,
        "shared_config_files": [PROFILE],
        "skip_credentials_validation": True,
        "skip_metadata_api_check": "true",
        "skip_region_validation": True,
    }


def _backend(block: Mapping[str, Any], account_id: str, url: str) -> dict[str, Any]:
    """An override replaces a backend block as a whole, so it repeats what the document says."""
    return {
        **block,
        "access_key": account_id,
        "secret_key": SECRET,
        "endpoints": {service: url for service in _BACKEND_SERVICES},
        "max_retries": 3,
        "skip_credentials_validation": True,
        "skip_metadata_api_check": True,
        "skip_region_validation": True,
        "use_path_style": True,
    }


def _remote_state(block: Any, account_id: str, url: str) -> dict[str, Any]:
    inner = _as_list(block)[0]
    return {"config": _backend(inner["config"], account_id, url)}


def _as_list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def local_credentials(account_id: str) -> dict[str, str]:
    """Environment variables for tools that know no override file."""
    return {"AWS_ACCESS_KEY_ID": account_id, "AWS_SECRET_ACCESS_KEY": SECRET}
