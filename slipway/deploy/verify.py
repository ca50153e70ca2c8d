"""After an apply: the endpoint runs, and runs what was planned.

SageMaker can roll an update back while Terraform reports success (terraform-provider-aws issue 48997).
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator
from functools import partial
from typing import Any

from slipway.deploy.live import resolve
from slipway.deploy.target import Target
from slipway.errors import SlipwayError

_LIMIT_SECONDS = 45 * 60
_PAUSE_SECONDS = 10
_LOCAL_PAUSE_SECONDS = 1
_FINAL = ("InService", "Failed", "OutOfService", "UpdateRollbackFailed")


def verify_endpoints(target: Target, stack: str, *, limit: float = _LIMIT_SECONDS, pause: float | None = None) -> None:
    """Each endpoint of the stack is InService on its planned configuration, within `limit` seconds; asked again each `pause` seconds.

    SlipwayError with SageMaker's FailureReason when one failed, was rolled back or did not settle.
    """
    planned = dict(_planned(target, stack))
    pause = pause or (_LOCAL_PAUSE_SECONDS if target.url else _PAUSE_SECONDS)
    if not planned:
        return
    sagemaker = target.client("sagemaker")
    target.reporter.step(stack, "verify")
    problems = []
    for name, config in planned.items():
        endpoint = _settled(target, stack, partial(sagemaker.describe_endpoint, EndpointName=name), limit=limit, pause=pause)
        problems += _problems(endpoint, config)
    if problems:
        raise SlipwayError(
            "; ".join(problems), fix="Read the endpoint's log group, correct the model or the configuration, and deploy again."
        )
    target.reporter.info(stack, f"{len(planned)} endpoint{'s' if len(planned) > 1 else ''} in service as planned")


def _planned(target: Target, stack: str) -> Iterator[tuple[str, str]]:
    """Endpoint name and configuration name, where the document holds them as literals."""
    document = json.loads((target.folder(stack) / "cdk.tf.json").read_text(encoding="utf-8"))
    for endpoint in document.get("resource", {}).get("aws_sagemaker_endpoint", {}).values():
        name, config = resolve(document, endpoint.get("name", "")), resolve(document, endpoint.get("endpoint_config_name", ""))
        if name and "${" not in name + config:
            yield name, config


def _settled(target: Target, stack: str, describe: Callable[[], dict[str, Any]], *, limit: float, pause: float) -> dict[str, Any]:
    """The endpoint once it is in a final status, or as it is when the time is over."""
    ends = time.monotonic() + limit
    while True:
        endpoint = describe()
        if endpoint["EndpointStatus"] in _FINAL or time.monotonic() >= ends:
            target.reporter.waiting(stack, "")
            return endpoint
        target.reporter.waiting(stack, f"endpoint {endpoint['EndpointName']}: {endpoint['EndpointStatus']}")
        time.sleep(pause)


def _problems(endpoint: dict[str, Any], config: str) -> list[str]:
    name, status, actual = endpoint["EndpointName"], endpoint["EndpointStatus"], endpoint["EndpointConfigName"]
    reason = f": {endpoint['FailureReason']}" if endpoint.get("FailureReason") else ""
    if status != "InService":
        return [f"endpoint {name} is {status}{reason}"]
    if actual != config:
        return [f"endpoint {name} serves {actual} instead of {config}: SageMaker rolled the update back{reason}"]
    return []
