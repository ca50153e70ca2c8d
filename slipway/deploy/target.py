"""Where an operation goes: one environment of one project, in its account or in the local AWS."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import Any, Protocol

from slipway.errors import InputError
from slipway.layers import LAYERS, layers_of, stack_name
from slipway.progress import Reporter, Silent
from slipway.terraform.cli import Terraform
from slipway.terraform.local_target import SECRET, remove_override, write_override


class Environment(Protocol):
    """What deploying needs of `slipway.config.EnvironmentConfig`."""

    @property
    def account_id(self) -> str: ...

    @property
    def region(self) -> str: ...


@dataclass
class Target:
    """An environment's stacks below `outdir`, and how to reach its account.

    `url` is the local AWS, or None for AWS itself. `layers` are those that could be synthesized: before the first release none above
    shared.
    """

    name: str
    config: Environment
    root: Path
    outdir: Path
    url: str | None = None
    reporter: Reporter = field(default_factory=Silent)
    layers: tuple[str, ...] = LAYERS

    @property
    def stacks(self) -> list[str]:
        """Names of the synthesized stacks in the order they are applied."""
        names = [stack_name(self.name, layer) for layer in LAYERS if layer in self.layers]
        return [name for name in names if (self.folder(name) / "cdk.tf.json").is_file()]

    def folder(self, stack: str) -> Path:
        """The folder that holds the stack's `cdk.tf.json`."""
        return self.outdir / "stacks" / stack

    @property
    def scratch(self) -> Path:
        """Plans, logs and bootstrap state of this target; apart for each account and for the local AWS."""
        return self.root / ".slipway" / self.name / ("local" if self.url else self.config.account_id)

    @property
    def state_stack(self) -> str:
        """The stack that makes the state bucket."""
        return f"{self.name}-state"

    def select(self, stack: str | None) -> list[str]:
        """Names of all stacks, or of the one named by its whole name or its layer; InputError for an unknown one.

        A stack that could not be synthesized before the first release is among them.
        """
        unreleased = [stack_name(self.name, layer) for layer in layers_of(self.config) if layer not in self.layers]
        names = sorted({*self.stacks, *unreleased}, key=lambda name: LAYERS.index(name.rpartition("-")[2]))
        for name in names if stack is not None else []:
            if stack in (name, name.removeprefix(f"{self.name}-")):
                return [name]
        if stack is not None:
            raise InputError(f"{self.name} has no stack {stack}", fix=f"Use one of {', '.join(names)}.")
        return names

    def prepare(self) -> None:
        """Point the synthesized stacks at this target: with an override for the local AWS, without one for AWS."""
        for stack in self.stacks:
            if self.url:
                write_override(self.folder(stack), self.config, self.url)
            else:
                remove_override(self.folder(stack))

    def terraform(self, stack: str) -> Terraform:
        """Terraform on one stack, with this target's credentials."""
        return Terraform(self.folder(stack), self.root, self.scratch / "logs", self.reporter, self._variables)

    @property
    def _variables(self) -> Mapping[str, str]:
        if not self.url:
            return {"AWS_REGION": os.environ.get("AWS_REGION", self.config.region)}
        own = {"AWS_ACCESS_KEY_ID": self.config.account_id, "AWS_SECRET_ACCESS_KEY": SECRET, "AWS_REGION": self.config.region}
        return {**own, "AWS_SESSION_TOKEN": "", "AWS_PROFILE": "", "AWS_ENDPOINT_URL": "", "AWS_IGNORE_CONFIGURED_ENDPOINT_URLS": ""}

    def client(self, service: str) -> Any:
        """A boto3 client of that service in the environment's region."""
        from botocore.config import Config

        options: dict[str, Any] = {"config": Config(retries={"mode": "standard", "max_attempts": 4}, connect_timeout=10, read_timeout=60)}
        if self.url:
            options = {
                "config": options["config"].merge(Config(s3={"addressing_style": "path"})),
                "endpoint_url": self.url,
                "aws_access_key_id": self.config.account_id,
                "aws_secret_access_key": SECRET,
            }
        return self._session.client(service, region_name=self.config.region, **options)

    @cached_property
    def _session(self) -> Any:
        import boto3

        return boto3.Session()
