"""Records of what was stopped: one SSM parameter for each endpoint, there as long as the endpoint is not back as it was."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, replace
from typing import Any, Literal

State = Literal["stopping", "stopped", "starting"]
LARGEST = 8192
"""Bytes of an advanced parameter (SSM quotas); up to 4096 it costs nothing."""


@dataclass(frozen=True)
class Record:
    """How an endpoint was when it was stopped.

    `state`: stopping (being deleted, or to be deleted when it is in service), stopped, starting (created again, its scaling not yet).
    `endpoint_config_name`, `tags`, `deployment_config`: the SageMaker endpoint's. `desired_count`: the Fargate service's.
    `scaling`: what Application Auto Scaling had for it (scaling.py). `at`: when, in UTC; `reason`: why.
    """

    state: State
    reason: str
    at: str
    endpoint_config_name: str = ""
    tags: list[dict[str, str]] = field(default_factory=list)
    deployment_config: dict[str, Any] | None = None
    desired_count: int = 0
    scaling: list[dict[str, Any]] = field(default_factory=list)

    def now(self, state: State) -> Record:
        """The same in another state."""
        return replace(self, state=state)


class Records:
    """The parameters below `prefix`, one for each endpoint's key. `client` is boto3's for SSM."""

    def __init__(self, client: Any, prefix: str, tags: Mapping[str, str]) -> None:
        self._client, self._prefix = client, prefix
        self._tags = [{"Key": key, "Value": value} for key, value in sorted(tags.items())]

    def get(self, key: str) -> Record | None:
        """The record of an endpoint that is stopped, or on its way there or back."""
        try:
            text = self._client.get_parameter(Name=self._name(key))["Parameter"]["Value"]
        except self._client.exceptions.ParameterNotFound:
            return None
        return Record(**json.loads(text))

    def put(self, key: str, record: Record) -> None:
        """Write it. A new parameter gets the environment's tags: SSM takes them with the first write only."""
        text = json.dumps(asdict(record), sort_keys=True, separators=(",", ":"))
        common = {"Name": self._name(key), "Value": text, "Type": "String", "Tier": "Intelligent-Tiering"}
        what = f"How the endpoint {key} was when it was stopped"
        try:
            self._client.put_parameter(**common, Description=what, Tags=self._tags)
        except self._client.exceptions.ParameterAlreadyExists:
            self._client.put_parameter(**common, Description=what, Overwrite=True)

    def delete(self, key: str) -> None:
        """Forget it; one that is not there is fine."""
        try:
            self._client.delete_parameter(Name=self._name(key))
        except self._client.exceptions.ParameterNotFound:
            return

    def _name(self, key: str) -> str:
        return f"{self._prefix}/{key}"
