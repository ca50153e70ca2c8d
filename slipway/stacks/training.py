"""The training stack: pipelines, their bucket and key, model package groups, triggers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.kms.construct import Key
from modules.network.spec import subnet_count
from modules.storage.construct import Bucket, BucketRefs
from modules.training.construct import Training, TrainingRefs
from modules.training.source import read_source
from slipway.stacks.base import RemoteOutputs, default_tags, environment_stack
from slipway.stacks.training_images import repositories, training_images

if TYPE_CHECKING:
    from modules.training.spec import TrainingSpec
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock


def training_stack(app: Any, config: EnvironmentConfig, lock: ReleaseLock, root: Path) -> Any:
    """`<env>-training`. Its bucket and key go with it. `root` is where the sources lie."""
    stack = environment_stack(app, config, "training")
    spec = config.training
    if spec is None:
        return stack
    images, inference_images = training_images(config, lock)
    key = Key(stack, "key_training", naming=config.naming, spec=config.kms, purpose="training")
    export(stack, "key_training", key.outputs)
    logs = config.storage.access_logs.bucket_name(config.naming)
    given = BucketRefs(kms_key_arn=key.outputs.arn, access_logs_bucket=logs)
    bucket = Bucket(stack, "bucket_training", naming=config.naming, spec=config.storage.training, refs=given)
    export(stack, "bucket_training", bucket.outputs)
    subnets, groups = _network(stack, config, spec)
    refs = TrainingRefs(
        bucket=config.storage.training.bucket_name(config.naming),
        bucket_ready=bucket.outputs.name,
        sources={name: read_source(pipeline.source, root) for name, pipeline in spec.pipelines.items()},
        images=images,
        inference_images=inference_images,
        kms_key_arn=key.outputs.arn,
        logs_kms_key_arn=RemoteOutputs(stack, config, "shared").string("key_logs_arn"),
        repositories=repositories(config),
        subnet_ids=subnets,
        security_group_ids=groups,
        tags=default_tags(config, "training"),
    )
    training = Training(stack, "training", naming=config.naming, spec=spec, refs=refs)
    export(stack, "training", training.outputs)
    return stack


def _network(stack: Any, config: EnvironmentConfig, spec: TrainingSpec) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Subnets and security group of the environment's network, when a pipeline joins it."""
    if config.network is None or all(pipeline.network is None for pipeline in spec.pipelines.values()):
        return (), ()
    outputs = RemoteOutputs(stack, config, "network")
    subnets = outputs.items("network_private_subnet_ids", subnet_count(config.network))
    return tuple(subnets), (outputs.string("network_model_security_group_id"),)
