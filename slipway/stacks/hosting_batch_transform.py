"""Batch transform in the serving stack: the settings of jobs, and their schedule."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.batch_transform.construct import BatchTransform, BatchTransformRefs

if TYPE_CHECKING:
    from modules.model.construct import Model
    from slipway.config.endpoints import BatchTransformEndpoint
    from slipway.config.environment import EnvironmentConfig
    from slipway.stacks.base import RemoteOutputs


def batch_transform(
    stack: Any, config: EnvironmentConfig, name: str, spec: BatchTransformEndpoint, models: dict[str, Model], shared: RemoteOutputs
) -> None:
    """The entry `name` of `endpoints`. A job that failed is told to the topic for critical alarms, where there is one."""
    told = config.notifications is not None and spec.schedule is not None
    refs = BatchTransformRefs(
        model_name=models[spec.model].outputs.name,
        bucket=config.storage.async_output.bucket_name(config.naming),
        kms_key_arn=shared.string("key_inference_arn"),
        logs_kms_key_arn=shared.string("key_logs_arn"),
        topic_arn=shared.string("topic_critical_arn") if told else "",
        topic_kms_key_arn=shared.string("key_notifications_arn") if told else "",
    )
    jobs = BatchTransform(stack, f"batch_transform_{name}", naming=config.naming, name=name, spec=spec, refs=refs)
    export(stack, f"batch_transform_{name}", jobs.outputs)
