"""Who answers one request."""

from __future__ import annotations

import threading
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from slipway.localaws.hosting.errors import HostingFailed, Unavailable
from slipway.localaws.hosting.instance import Instance
from slipway.localaws.hosting.multimodel import loaded

if TYPE_CHECKING:
    from slipway.containers.client import Response
    from slipway.containers.launch import Running

TARGET_MODEL = "X-Amzn-SageMaker-Target-Model"
_INVOCATIONS = "/invocations"


class Target:
    """An instance of a variant. Chosen for a request it is leased: use it in a `with` block, so that the instance stays until the
    request has ended. A target that is only looked at becomes leased when its `with` block begins.
    """

    def __init__(self, instance: Instance, *, leased: bool) -> None:
        self._instance = instance
        self._leased = leased
        self._guard = threading.Lock()

    @property
    def variant(self) -> str:
        """The variant's name (header x-Amzn-Invoked-Production-Variant)."""
        return self._instance.plan.name

    @property
    def instance(self) -> str:
        """The instance's id, as in the name of its log stream."""
        return self._instance.id

    @property
    def serverless(self) -> bool:
        """Whether it may be cold; see `ensure_warm`."""
        return self._instance.plan.serverless

    @property
    def multi_model(self) -> bool:
        """Whether each request names a model."""
        return self._instance.plan.multi_model

    @property
    def spec(self) -> dict[str, Any]:
        """The variant as the endpoint configuration has it."""
        return self._instance.plan.spec

    @property
    def model(self) -> dict[str, Any]:
        """The variant's CreateModel request."""
        return self._instance.plan.model

    @property
    def environment(self) -> Mapping[str, str]:
        """Environment of the first container."""
        return self._instance.plan.containers[0].environment

    @property
    def container(self) -> Running:
        """The first container. Raises Unavailable when the instance is cold or has just died."""
        return self.containers[0]

    @property
    def containers(self) -> list[Running]:
        """All containers in the order of the pipeline. Raises Unavailable when there are none."""
        running = list(self._instance.containers)
        if not running:
            raise Unavailable(f"instance {self.instance} of variant {self.variant} does not run", temporary=True)
        return running

    def ensure_warm(self) -> float:
        """Start a cold serverless container. Returns the seconds that took, 0.0 when it was warm. Raises Unavailable."""
        try:
            return self._instance.warm() if self.serverless else 0.0
        except HostingFailed as failed:
            raise Unavailable(failed.reason, temporary=True) from None

    def invoke(
        self,
        body: bytes,
        headers: Mapping[str, str],
        *,
        target_model: str | None = None,
        hostname: str | None = None,
        timeout: float = 60.0,
    ) -> Response:
        """Send one request through the instance; the last container's answer, or the first one that is not 2xx.

        `target_model` names the model of a multi-model container, `hostname` the container of a pipeline in Direct mode.
        Raises ConnectionFailed when a container died, ModelNotLoaded, KeyError for an unknown `hostname`.
        """
        first, *others = self._containers_for(hostname)
        if target_model and self.multi_model:
            headers = {**headers, TARGET_MODEL: target_model}
            with loaded(self._instance, target_model) as name:
                answer = first.request("POST", f"/models/{name}/invoke", body, headers, timeout=timeout)
        else:
            answer = first.request("POST", _INVOCATIONS, body, headers, timeout=timeout)
        for container in others:
            if not 200 <= answer.status < 300:
                return answer
            passed = {**headers, "Content-Type": answer.headers.get("content-type", "application/octet-stream")}
            answer = container.request("POST", _INVOCATIONS, answer.body, passed, timeout=timeout)
        return answer

    def release(self) -> None:
        """The request has ended. A second call does nothing."""
        with self._guard:
            if self._leased:
                self._leased = False
                self._instance.release()

    def __enter__(self) -> Target:
        with self._guard:
            if not self._leased:
                self._leased = True
                self._instance.lease()
        return self

    def __exit__(self, *_: object) -> None:
        self.release()

    def _containers_for(self, hostname: str | None) -> list[Running]:
        if not hostname:
            return self.containers
        names = [container.name for container in self._instance.plan.containers]
        if hostname not in names:
            raise KeyError(hostname)
        return [self.containers[names.index(hostname)]]
