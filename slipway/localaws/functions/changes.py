"""What the local AWS changes in moto's Lambda."""

from __future__ import annotations

from typing import Any

from moto.awslambda.models import LambdaBackend, LambdaFunction
from moto.awslambda.responses import LambdaResponse

from slipway.localaws.functions import pool
from slipway.localaws.patches import wraps
from slipway.localaws.runtime import workers

_DROPPED = "moto drops DeadLetterConfig and LoggingConfig: the plan is never empty"


@wraps(LambdaFunction, "__init__", _DROPPED)
def init(original: Any, self: Any, account_id: str, spec: dict[str, Any], region: str, version: Any = 1) -> None:
    """Keep both with the function; a published version is a copy and has them too."""
    original(self, account_id, spec, region, version)
    self.slipway_dead_letter = spec.get("DeadLetterConfig") or None
    self.slipway_logging = spec.get("LoggingConfig") or None


@wraps(LambdaFunction, "update_configuration", _DROPPED)
def update_configuration(original: Any, self: Any, config_updates: dict[str, Any]) -> Any:
    """Change what the call names; moto also lacks tracing, key and storage here."""
    if "DeadLetterConfig" in config_updates:
        self.slipway_dead_letter = config_updates["DeadLetterConfig"] or None
    if "LoggingConfig" in config_updates:
        self.slipway_logging = {**(self.slipway_logging or {}), **config_updates["LoggingConfig"]}
    for member, attribute in (("TracingConfig", "tracing_config"), ("KMSKeyArn", "kms_key_arn")):
        if member in config_updates:
            setattr(self, attribute, config_updates[member])
    if "EphemeralStorage" in config_updates:
        self.ephemeral_storage = config_updates["EphemeralStorage"]["Size"]
    return original(self, config_updates)


@wraps(LambdaFunction, "update_function_code", "moto keeps the processor the function was made with: the plan is never empty")
def update_function_code(original: Any, self: Any, updated_spec: dict[str, Any]) -> Any:
    """New code may be for another processor."""
    if updated_spec.get("Architectures"):
        self.architectures = list(updated_spec["Architectures"])
    return original(self, updated_spec)


@wraps(LambdaFunction, "get_configuration", _DROPPED)
def get_configuration(original: Any, self: Any, on_create: bool = False) -> Any:
    """Both as AWS returns them: the logging configuration always, with its defaults."""
    answer = original(self, on_create)
    answer["LoggingConfig"] = logging_config(self)
    if self.slipway_dead_letter:
        answer["DeadLetterConfig"] = self.slipway_dead_letter
    return answer


def logging_config(function: Any) -> dict[str, str]:
    """The logging configuration with AWS's defaults: text, group `/aws/lambda/<name>`, level INFO where the format is JSON."""
    given = dict(function.slipway_logging or {})
    config = {"LogFormat": "Text", "LogGroup": f"/aws/lambda/{function.function_name}", **given}
    if config["LogFormat"] == "JSON":
        return {"ApplicationLogLevel": "INFO", "SystemLogLevel": "INFO", **config}
    return {name: value for name, value in config.items() if not name.endswith("Level")}


@wraps(LambdaBackend, "delete_function", "its processes end with it")
def delete_function(original: Any, self: Any, function_name: str, qualifier: str | None = None) -> None:
    """Delete it, then end what runs."""
    name = function_name.rpartition(":function:")[2].partition(":")[0]
    original(self, function_name, qualifier)
    if not qualifier:
        workers.start(pool.end, self.account_id, self.region_name, name)


@wraps(LambdaBackend, "put_function_event_invoke_config", "moto appends a second configuration and goes on with the first")
def put_function_event_invoke_config(original: Any, self: Any, function_name: str, config: dict[str, Any]) -> Any:
    """The newest configuration replaces the one before."""
    answer = original(self, function_name, config)
    function = self.get_function(function_name)
    function.event_invoke_config = function.event_invoke_config[-1:]
    return answer


@wraps(LambdaResponse, "invoke", "moto needs docker; the local AWS answers before moto is asked (route.py)")
def invoke(_original: Any, self: Any) -> Any:
    """Only a replayed journal comes here: nothing runs again."""
    return 204, {}, ""
