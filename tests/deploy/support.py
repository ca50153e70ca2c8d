"""Small stacks of Terraform's built-in `terraform_data`: real Terraform, real S3 backend, no provider to load."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.deploy.store import Store
from slipway.deploy.target import Target

ACCOUNT = "111111111111"
BUCKET, TABLE, REGION = "demo-state", "demo-lock", "eu-west-1"


@dataclass
class Recorder:
    """A reporter that remembers its lines."""

    lines: list[str] = field(default_factory=list)

    def step(self, scope: str, text: str) -> None:
        self.lines.append(f"{scope} {text}")

    def info(self, scope: str, text: str) -> None:
        self.lines.append(f"{scope} {text}")

    def waiting(self, scope: str, text: str) -> None:
        if text:
            self.lines.append(f"{scope} waiting {text}")


@dataclass(frozen=True)
class Config:
    account_id: str = ACCOUNT
    region: str = REGION


def document(stack: str, lock: str = "both", **resources: dict[str, Any]) -> dict[str, Any]:
    """A stack with `terraform_data` resources and the environment's S3 backend."""
    backend: dict[str, Any] = {"bucket": BUCKET, "key": f"{stack}.tfstate", "region": REGION, "encrypt": True}
    if lock in ("both", "s3"):
        backend["use_lockfile"] = True
    if lock in ("both", "dynamodb"):
        backend["dynamodb_table"] = TABLE
    return {"terraform": {"backend": {"s3": backend}}, "resource": {"terraform_data": resources}}


def slow(seconds: float, marker: Path, **more: Any) -> dict[str, Any]:
    """A resource whose creation takes a while and leaves a line behind: created twice shows as two lines."""
    return {**more, "provisioner": [{"local-exec": {"command": f"echo made >> {marker}; sleep {seconds}"}}]}


def rewrite(target: Target, stack: str, lock: str = "both", **resources: Any) -> None:
    """The stack's next configuration."""
    (target.folder(stack) / "cdk.tf.json").write_text(json.dumps(document(stack, lock, **resources)))


def boto(url: str, service: str) -> Any:
    import boto3

    options: dict[str, Any] = {"aws_access_key_id": ACCOUNT, "aws_secret_access_key": "x", "region_name": REGION}
    return boto3.client(service, endpoint_url=url, **options)  # type: ignore[call-overload]


def empty(url: str) -> None:
    import urllib.request

    urllib.request.urlopen(urllib.request.Request(f"{url}/_slipway/reset", method="POST"), timeout=10).close()


def store(target: Target, stack: str = "dev-shared") -> Store:
    return Store(target, stack)


def serial(target: Target, stack: str = "dev-shared") -> int:
    return int(json.loads(store(target, stack).read(f"{stack}.tfstate") or b"{}")["serial"])
