"""What Application Auto Scaling changes the capacity of: endpoint variants and ECS services."""

from __future__ import annotations

from typing import Protocol

from slipway.localaws import inside
from slipway.localaws.hosting.live import LiveEndpoint, Unavailable, live

INSTANCES, CONCURRENCY = "sagemaker:variant:DesiredInstanceCount", "sagemaker:variant:DesiredProvisionedConcurrency"
"""The scalable dimensions of an endpoint's variant."""
SERVICE = "ecs:service:DesiredCount"
"""The scalable dimension of a service: its number of tasks."""
DIMENSIONS = {INSTANCES: "desired instance count", CONCURRENCY: "desired provisioned concurrency", SERVICE: "desired count"}
"""Every dimension that is evaluated, and how activities call it."""


class Busy(Exception):
    """The change is not possible now; the next evaluation tries again, as AWS does."""


class Scaled(Protocol):
    """Something that scales."""

    def desired(self) -> int | None:
        """The capacity that it should have; None when it has none in this dimension."""

    def current(self) -> int | None:
        """The capacity that it has."""

    def settled(self) -> bool:
        """Whether no change is under way."""

    def failure(self) -> str:
        """Why it does not have the capacity that it should have."""

    def scale(self, capacity: int) -> None:
        """Change the capacity. Raises Busy."""


class Variant:
    """A variant of an endpoint."""

    def __init__(self, endpoint: LiveEndpoint, name: str, dimension: str) -> None:
        self._endpoint, self._name, self._dimension = endpoint, name, dimension

    def desired(self) -> int | None:
        """Instances wanted, or provisioned concurrency."""
        return self._capacity("desired")

    def current(self) -> int | None:
        """Instances in service, or provisioned concurrency."""
        return self._capacity("current")

    def settled(self) -> bool:
        """Whether the endpoint is in service or has failed."""
        return self._endpoint.status in ("InService", "Failed")

    def failure(self) -> str:
        """SageMaker's FailureReason."""
        return self._endpoint.failure_reason or "the endpoint did not take the change"

    def scale(self, capacity: int) -> None:
        """Change the number of instances, or the provisioned concurrency."""
        try:
            if self._dimension == INSTANCES:
                self._endpoint.set_desired(self._name, capacity)
                return
            now = next(state.serverless for state in self._endpoint.variants() if state.name == self._name)
            wanted = {"MaxConcurrency": now["MaxConcurrency"], "ProvisionedConcurrency": capacity}
            change = {"VariantName": self._name, "ServerlessUpdateConfig": wanted}
            request = {"EndpointName": self._endpoint.name, "DesiredWeightsAndCapacities": [change]}
            inside.sagemaker(self._endpoint.account, self._endpoint.region, "UpdateEndpointWeightsAndCapacities", request)
        except (Unavailable, KeyError, inside.Refused) as reason:
            raise Busy(str(reason)) from None

    def _capacity(self, which: str) -> int | None:
        state = next((state for state in self._endpoint.variants() if state.name == self._name), None)
        if state is None:
            return None
        if self._dimension == INSTANCES:
            return int(getattr(state, which))
        given: int | None = state.serverless.get("ProvisionedConcurrency")
        return given


def find(account: str, region: str, resource: str, dimension: str) -> Scaled | None:
    """What a scalable target's resource id names; None when it does not exist."""
    parts = resource.split("/")
    if dimension == SERVICE:
        from slipway.localaws.ecs import live as services

        service = services.find(account, region, parts[1], parts[2])
        return service.capacity if service is not None else None
    endpoint = live(account, region, parts[1])
    return Variant(endpoint, parts[3], dimension) if endpoint is not None else None
