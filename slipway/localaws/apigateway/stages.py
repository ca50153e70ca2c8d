"""The stage that answers a request: its deployment or its canary's, its settings, its limits."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from slipway.localaws.apigateway import address
from slipway.localaws.apigateway.address import Address
from slipway.localaws.apigateway.snapshot import Snapshot, take
from slipway.localaws.lock import LOCK

chance: Callable[[], float] = random.random
"""A number from 0 to 1; a request is a canary's when it is below the canary's share. Tests replace it."""


@dataclass(frozen=True)
class Stage:
    """A stage as one request sees it. `api` and `stage` are moto's objects, which limits hang on."""

    account: str
    region: str
    backend: Any
    api: Any
    stage: Any
    snapshot: Snapshot
    variables: Mapping[str, str]
    canary: bool

    @property
    def name(self) -> str:
        """The stage's name, as in the address."""
        return str(self.stage.name)

    @property
    def log_name(self) -> str:
        """What groups and metrics call it: a canary has its own."""
        return f"{self.name}/Canary" if self.canary else self.name

    @property
    def access_log(self) -> Mapping[str, str]:
        """`destinationArn` and `format`; empty when there is no access log."""
        return self.stage.access_log_settings or {}

    def settings(self, path: str, method: str) -> Mapping[str, Any]:
        """Method settings: those of the stage, overridden by those of the method."""
        return {**self.stage.method_settings.get("*/*", {}), **self.own_settings(path, method)}

    def own_settings(self, path: str, method: str) -> Mapping[str, Any]:
        """Settings of this method alone. Terraform writes its path without the slash that comes first."""
        encoded = path.replace("/", "~1")
        known: Mapping[str, Mapping[str, Any]] = self.stage.method_settings
        return known.get(f"{encoded}/{method}") or known.get(f"{encoded.removeprefix('~1')}/{method}") or {}

    def source_arn(self, method: str, path: str) -> str:
        """What resource policies of functions call this request."""
        return f"arn:aws:execute-api:{self.region}:{self.account}:{self.api.id}/{self.name}/{method}{path}"


def find(place: Address) -> Stage | None:
    """The stage of an address; None when API, stage or deployment do not exist, or the API's own name is turned off."""
    with LOCK:
        found = address.find(place.api)
        if found is None:
            return None
        account, region, backend, api = found
        stage = api.stages.get(place.stage)
        if stage is None or (api.disableExecuteApiEndpoint and not place.domain):
            return None
        canary = getattr(stage, "slipway_canary", None) or {}
        chosen = bool(canary) and chance() * 100 < float(canary.get("percentTraffic", 0.0))
        deployment = api.deployments.get((canary.get("deploymentId") if chosen else None) or stage.deployment_id)
        if deployment is None:
            return None
        variables = {**(stage.variables or {}), **((canary.get("stageVariableOverrides") or {}) if chosen else {})}
        snapshot = getattr(deployment, "slipway_snapshot", None) or take(api)
        return Stage(account, region, backend, api, stage, snapshot, variables, chosen)
