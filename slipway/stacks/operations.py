"""The operations stack: schedules, time to live, budget and idle report of the environment's endpoints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.kms.construct import Key
from modules.operations.construct import Operations, OperationsRefs
from slipway.operations.hosted import hosted
from slipway.stacks.base import RemoteOutputs, default_tags, environment_stack

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def operations_stack(app: Any, config: EnvironmentConfig) -> Any:
    """`<env>-operations`. It names endpoints by their literal names, and reads only keys from the shared stack."""
    stack = environment_stack(app, config, "operations")
    if config.operations is None:
        return stack
    key = Key(stack, "key_operations", naming=config.naming, spec=config.kms, purpose="operations")
    shared = RemoteOutputs(stack, config, "shared")
    refs = OperationsRefs(
        hosted=hosted(config),
        kms_key_arn=key.outputs.arn,
        logs_kms_key_arn=shared.string("key_logs_arn"),
        volume_key_arn=shared.string("key_inference_arn"),
        tags=default_tags(config, "operations"),
    )
    operations = Operations(stack, "operations", naming=config.naming, spec=config.operations, refs=refs)
    export(stack, "operations", operations.outputs)
    return stack
