"""What the rest of the local AWS uses of hosting: which container answers a request, and how many there are.

with live(account, region, name).choose() as target:
    response = target.invoke(body, headers)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.sagemaker.models import sagemaker_backends

from slipway.localaws.hosting import registry, scale
from slipway.localaws.hosting.errors import ModelNotLoaded, Unavailable
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.registry import begin, hold, shutdown
from slipway.localaws.hosting.target import Target
from slipway.localaws.lock import LOCK

__all__ = ["LiveEndpoint", "ModelNotLoaded", "Target", "Unavailable", "VariantState", "begin", "endpoints", "hold", "live", "shutdown"]

ANSWERING = ("InService", "Updating", "SystemUpdating", "RollingBack", "UpdateRollbackFailed")
"""States in which SageMaker routes requests to an endpoint."""


@dataclass(frozen=True)
class VariantState:
    """A production variant: instances wanted and there, the variant as its endpoint configuration has it, and its
    ServerlessConfig as it is now (empty for a variant on instances).
    """

    name: str
    desired: int
    current: int
    spec: dict[str, Any]
    serverless: dict[str, Any]


class LiveEndpoint:
    """One endpoint as of now. Cheap: made for each request."""

    def __init__(self, account: str, region: str, endpoint: Any) -> None:
        self.account = account
        self.region = region
        self.name: str = endpoint.endpoint_name
        self.arn: str = endpoint.arn
        self._endpoint = endpoint

    @property
    def status(self) -> str:
        """SageMaker's EndpointStatus."""
        return str(self._endpoint.endpoint_status)

    @property
    def exists(self) -> bool:
        """False when it has been deleted meanwhile, even if there is another one of its name."""
        with LOCK:
            return sagemaker_backends[self.account][self.region].endpoints.get(self.name) is self._endpoint

    @property
    def failure_reason(self) -> str:
        """SageMaker's FailureReason, empty when all is well."""
        return str(getattr(self._endpoint, "failure_reason", None) or "")

    @property
    def config_name(self) -> str:
        """The configuration that is live; during an update still the old one."""
        return str(self._endpoint.endpoint_config_name)

    @property
    def config(self) -> dict[str, Any]:
        """The CreateEndpointConfig request of the live configuration."""
        request: dict[str, Any] = self._endpoint.request
        return request

    def choose(self, variant: str | None = None) -> Target:
        """Who answers the next request: a variant by weight or the named one, then one of its instances.

        The target is leased: use it in a `with` block. Raises KeyError for a variant that does not exist, Unavailable when
        nothing runs.
        """
        return self._hosted().choose(variant)

    def shadows(self) -> list[tuple[Target, float]]:
        """A leased target of each shadow variant, and the part of the requests it gets a copy of (0 to 1)."""
        return self._hosted().shadows()

    def instances(self, variant: str) -> list[Target]:
        """A target for each container that runs for the variant; none is leased. KeyError: no such variant."""
        return self._hosted().instances(variant)

    def variants(self) -> list[VariantState]:
        """All production variants, simulated ones too."""
        specs = {spec["VariantName"]: spec for spec in self.config["ProductionVariants"]}
        with LOCK:
            return [
                VariantState(
                    item["VariantName"],
                    item.get("DesiredInstanceCount", 0),
                    item.get("CurrentInstanceCount", 0),
                    specs[item["VariantName"]],
                    dict(item.get("CurrentServerlessConfig") or {}),
                )
                for item in self._endpoint.production_variants
                if item["VariantName"] in specs
            ]

    def set_desired(self, variant: str, count: int) -> None:
        """Change the number of instances, as Application Auto Scaling does it. Unavailable during an update; KeyError: no such variant."""
        scale.set_desired(self._endpoint, variant, count)

    def _hosted(self) -> Hosted:
        hosted: Hosted | None = getattr(self._endpoint, "hosted", None)
        if hosted is None:
            raise Unavailable(_why_simulated(self._endpoint), simulated=True)
        if self.status not in ANSWERING:
            why = self.failure_reason if self.status == "Failed" else ""
            raise Unavailable(f"endpoint {self.name} is {self.status}: {why or 'nothing answers'}")
        return hosted


def live(account: str, region: str, name: str) -> LiveEndpoint | None:
    """The endpoint, or None when there is none of this name."""
    with LOCK:
        endpoint = sagemaker_backends[account][region].endpoints.get(name)
    return LiveEndpoint(account, region, endpoint) if endpoint else None


def endpoints() -> list[tuple[str, str, LiveEndpoint]]:
    """Every endpoint with containers: account, region, endpoint."""
    return [
        (hosted.account, hosted.region, LiveEndpoint(hosted.account, hosted.region, hosted.endpoint)) for hosted in registry.all_hosted()
    ]


def _why_simulated(endpoint: Any) -> str:
    reason = getattr(endpoint, "simulated_because", "") or "the local AWS runs no containers for it"
    return f"endpoint {endpoint.endpoint_name} exists, but nothing answers: {reason}"
