"""What a transform job runs with: the request's own values, then the container's /execution-parameters, then SageMaker's defaults."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from slipway.containers.running import Running

MOST_MEGABYTES = 100
"""MaxPayloadInMB, and its product with MaxConcurrentTransforms (API: CreateTransformJob)."""
_WORDS: Mapping[str, Literal["SingleRecord", "MultiRecord"]] = {"SINGLE_RECORD": "SingleRecord", "MULTI_RECORD": "MultiRecord"}


@dataclass(frozen=True)
class Settings:
    """`concurrent`: requests at a time per instance. `megabytes`: 0 for no limit. `timeout` in seconds. `retries` beside the first try."""

    concurrent: int = 1
    megabytes: int = 6
    strategy: Literal["SingleRecord", "MultiRecord"] = "MultiRecord"
    timeout: int = 600
    retries: int = 3


def environment(request: Mapping[str, Any]) -> dict[str, str]:
    """SageMaker's variables of a batch container: of what the request leaves open nothing is said (developer guide, "How SageMaker
    AI Runs Your Inference Image" for batch transform).
    """
    found = {"SAGEMAKER_BATCH": "true"}
    if "MaxPayloadInMB" in request:
        found["SAGEMAKER_MAX_PAYLOAD_IN_MB"] = str(request["MaxPayloadInMB"])
    if "BatchStrategy" in request:
        found["SAGEMAKER_BATCH_STRATEGY"] = {"SingleRecord": "SINGLE_RECORD"}.get(request["BatchStrategy"], "MULTI_RECORD")
    if request.get("MaxConcurrentTransforms"):
        found["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] = str(request["MaxConcurrentTransforms"])
    return {**found, **request.get("Environment", {})}


def settings(request: Mapping[str, Any], container: Running) -> Settings:
    """The settings of a job whose first container is up. The container is asked when the request leaves something open."""
    open_ones = not request.get("MaxConcurrentTransforms") or "MaxPayloadInMB" not in request or "BatchStrategy" not in request
    advised = _advised(container) if open_ones else {}
    client = request.get("ModelClientConfig") or {}
    return Settings(
        concurrent=int(request.get("MaxConcurrentTransforms") or advised.get("MaxConcurrentTransforms") or 1),
        megabytes=int(request.get("MaxPayloadInMB", advised.get("MaxPayloadInMB", Settings.megabytes))),
        strategy=request.get("BatchStrategy") or _WORDS.get(str(advised.get("BatchStrategy", "")), Settings.strategy),
        timeout=int(client.get("InvocationsTimeoutInSeconds", Settings.timeout)),
        retries=int(client.get("InvocationsMaxRetries", Settings.retries)),
    )


def _advised(container: Running) -> dict[str, Any]:
    """The answer of GET /execution-parameters; nothing from a container that has no such page."""
    from slipway.containers.client import ConnectionFailed

    try:
        answer = container.request("GET", "/execution-parameters", timeout=10)
        found = json.loads(answer.body) if answer.status == 200 else {}
    except (ConnectionFailed, ValueError):
        return {}
    return found if isinstance(found, dict) else {}
