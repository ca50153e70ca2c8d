"""What the local AWS changes in moto's API Gateway: what the provider reads back, and what a deployment freezes."""

from __future__ import annotations

import json
from typing import Any

from moto.apigateway.models import APIGatewayBackend, RestAPI, Stage, UsagePlan
from moto.apigateway.responses import APIGatewayResponse

from slipway.localaws.apigateway.limits import ACCOUNT_BURST, ACCOUNT_RATE
from slipway.localaws.apigateway.snapshot import take
from slipway.localaws.patches import wraps


@wraps(RestAPI, "create_deployment", "moto's stages answer by what the API is now, and one that is deployed to loses its settings")
def create_deployment(original: Any, self: Any, name: str, description: str, stage_variables: Any = None) -> Any:
    """Freeze the API's content with the deployment. A stage that is there already goes on with it."""
    stage = self.stages.get(name)
    deployment = original(self, name, description, stage_variables)
    if stage is not None:
        stage.deployment_id = deployment.id
        self.stages[name] = stage
    deployment.slipway_snapshot = take(self)
    return deployment


@wraps(RestAPI, "update_integration_mocks", "moto registers stage URLs with the library responses, which nothing uses here")
def update_integration_mocks(_original: Any, self: Any, stage_name: str) -> None:
    """Nothing: requests to stages are answered by route.py."""


@wraps(APIGatewayResponse, "create_rest_api", "moto drops binaryMediaTypes")
def create_rest_api(original: Any, self: Any) -> Any:
    """Keep them with the API."""
    answer = original(self)
    types = self._get_param("binaryMediaTypes")
    if not types or answer[0] != 200:
        return answer
    api = self.backend.get_rest_api(json.loads(answer[2])["id"])
    api.binaryMediaTypes = list(types)
    return answer[0], answer[1], json.dumps(api.to_dict())


@wraps(RestAPI, "apply_patch_operations", "moto replaces all media types by one, cannot turn an endpoint on again, and drops compression")
def patch_rest_api(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> None:
    """Do those here, the rest as moto does."""
    rest = []
    for operation in patch_operations:
        path, kind, value = operation["path"], operation["op"], operation.get("value", "")
        if path.startswith("/binaryMediaTypes/"):
            _media_type(self, path.removeprefix("/binaryMediaTypes/").replace("~1", "/").replace("~0", "~"), kind, value)
        elif path == "/disableExecuteApiEndpoint":
            self.disableExecuteApiEndpoint = str(value).lower() == "true"
        elif path == "/minimumCompressionSize":
            self.minimum_compression_size = int(value) if value else None
        else:
            rest.append(operation)
    original(self, rest)


def _media_type(api: Any, named: str, kind: str, value: str) -> None:
    if kind == "add":
        api.binaryMediaTypes = [*api.binaryMediaTypes, named]
    elif kind == "remove":
        api.binaryMediaTypes = [one for one in api.binaryMediaTypes if one != named]
    else:
        api.binaryMediaTypes = [value if one == named else one for one in api.binaryMediaTypes]


@wraps(APIGatewayResponse, "create_stage", "moto drops canarySettings")
def create_stage(original: Any, self: Any) -> Any:
    """Keep them with the stage."""
    answer = original(self)
    canary = self._get_param("canarySettings")
    stage = self.backend.get_stage(self.path.split("/")[2], self._get_param("stageName"))
    if canary:
        stage.slipway_canary = canary
    return answer[0], answer[1], json.dumps(stage.to_json())


@wraps(Stage, "to_json", "moto has no canarySettings")
def stage_json(original: Any, self: Any) -> Any:
    """The stage with its canary."""
    answer = original(self)
    if canary := getattr(self, "slipway_canary", None):
        answer["canarySettings"] = canary
    return answer


@wraps(Stage, "_get_default_method_settings", "moto's limits are none of AWS's")
def default_method_settings(original: Any, self: Any) -> Any:
    """A method without limits of its own has the account's."""
    return {**original(self), "throttlingRateLimit": ACCOUNT_RATE, "throttlingBurstLimit": ACCOUNT_BURST}


@wraps(Stage, "apply_operations", "moto has no canarySettings, and takes stageVariableOverrides for the stage's variables")
def patch_stage(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> Any:
    """Do those of the canary here, and the removal of method settings; the rest as moto does."""
    rest = []
    for operation in patch_operations:
        path, kind = operation["path"], operation["op"]
        parts = [part.replace("~1", "/") if index > 2 else part for index, part in enumerate(path.split("/"))]
        if path.startswith("/canarySettings"):
            _canary(self, parts[2:], kind, operation.get("value"))
        elif kind == "remove" and len(parts) == 3 and "/".join(parts[1:]) in self.method_settings:
            del self.method_settings["/".join(path.split("/")[1:])]
        else:
            rest.append(operation)
    return original(self, rest)


def _canary(stage: Any, where: list[str], kind: str, value: Any) -> None:
    settings: dict[str, Any] = dict(getattr(stage, "slipway_canary", None) or {"percentTraffic": 0.0, "useStageCache": False})
    if kind == "remove" and not where:
        stage.slipway_canary = None
        return
    if where[:1] == ["stageVariableOverrides"] and len(where) > 1:
        overrides = dict(settings.get("stageVariableOverrides") or {})
        overrides.pop(where[1], None)
        settings["stageVariableOverrides"] = overrides if kind == "remove" else {**overrides, where[1]: value}
    elif where == ["percentTraffic"]:
        settings["percentTraffic"] = float(value)
    elif where == ["useStageCache"]:
        settings["useStageCache"] = str(value).lower() == "true"
    elif where == ["deploymentId"]:
        settings["deploymentId"] = value
    stage.slipway_canary = settings


@wraps(
    UsagePlan,
    "apply_patch_operations",
    "moto takes a method's throttle for the plan's, no limit with a fraction, and cannot remove a throttled stage",
)
def patch_usage_plan(original: Any, self: Any, patch_operations: list[dict[str, Any]]) -> None:
    """Do throttles and quotas here, with AWS's types; the rest as moto does."""
    rest = []
    for operation in patch_operations:
        path, kind, value = operation["path"], operation["op"], operation.get("value")
        parts = [part.replace("~1", "/") for part in path.split("/")]
        if path.startswith("/apiStages/") and "throttle" in parts:
            _stage_throttle(self, parts, kind, value)
        elif path == "/apiStages":
            _plan_stage(self, str(value), removes=kind == "remove")
        elif path.startswith("/throttle/") and kind != "remove":
            self.throttle[parts[2]] = float(value or 0) if parts[2] == "rateLimit" else int(value or 0)
        elif path in ("/quota/limit", "/quota/offset") and kind != "remove":
            self.quota[parts[2]] = int(value or 0)
        else:
            rest.append(operation)
    original(self, rest)


def _plan_stage(plan: Any, named: str, *, removes: bool) -> None:
    """Add or remove `{api}:{stage}`."""
    api, _, stage = named.partition(":")
    kept = [one for one in plan.api_stages if (one.get("apiId"), one.get("stage")) != (api, stage)]
    plan.api_stages = kept if removes else [*kept, {"apiId": api, "stage": stage}]


def _stage_throttle(plan: Any, parts: list[str], kind: str, value: Any) -> None:
    """`/apiStages/{api}:{stage}/throttle[/{path}/{METHOD}[/rateLimit|burstLimit]]`."""
    api, _, stage = parts[2].partition(":")
    for one in plan.api_stages:
        if (one.get("apiId"), one.get("stage")) != (api, stage):
            continue
        throttles = one.setdefault("throttle", {})
        named = [part for part in parts[4:] if part not in ("rateLimit", "burstLimit")]
        route = "/".join(named)
        if kind == "remove":
            throttles.pop(route, None) if route else throttles.clear()
        elif parts[-1] in ("rateLimit", "burstLimit"):
            number = float(value) if parts[-1] == "rateLimit" else int(value)
            throttles.setdefault(route, {})[parts[-1]] = number


@wraps(APIGatewayBackend, "delete_usage_plan", "moto keeps the keys of a deleted plan")
def delete_usage_plan(original: Any, self: Any, usage_plan_id: str) -> None:
    """Delete both."""
    original(self, usage_plan_id)
    self.usage_plan_keys.pop(usage_plan_id, None)


@wraps(APIGatewayBackend, "delete_api_key", "moto keeps a deleted key in usage plans")
def delete_api_key(original: Any, self: Any, api_key_id: str) -> None:
    """Delete it everywhere."""
    original(self, api_key_id)
    for keys in self.usage_plan_keys.values():
        keys.pop(api_key_id, None)
