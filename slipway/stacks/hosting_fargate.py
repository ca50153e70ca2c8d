"""`hosting.kind: fargate` in the serving stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.fargate_endpoint.construct import FargateEndpoint
from modules.fargate_endpoint.refs import FargateRefs
from modules.model.spec import SingleModelSpec
from modules.network.spec import CreatedNetwork, subnet_count
from slipway.config.architecture import required_architecture
from slipway.stacks.base import RemoteOutputs
from slipway.stacks.releases import container_releases

if TYPE_CHECKING:
    from slipway.config.endpoints import FargateEndpoint as FargateEntry
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock


def fargate_endpoint(
    stack: Any, config: EnvironmentConfig, lock: ReleaseLock, name: str, entry: FargateEntry, shared: RemoteOutputs, network: RemoteOutputs
) -> None:
    """Cluster, service and load balancer of the endpoint `name`, in the environment's network."""
    topics = [] if config.notifications is None else [shared.string("topic_critical_arn")]
    refs = FargateRefs(**_release(config, lock, entry), **_keys(entry, shared), **_place(config, network), alarm_topic_arns=topics)
    service = FargateEndpoint(stack, f"fargate_{name}", naming=config.naming, name=name, spec=entry, refs=refs)
    export(stack, f"fargate_{name}", service.outputs)


def _release(config: EnvironmentConfig, lock: ReleaseLock, entry: FargateEntry) -> dict[str, Any]:
    """What the lock pins, as literals."""
    model, naming = config.models[entry.model], config.naming
    assert isinstance(model, SingleModelSpec)  # noqa: S101 - slipway/config/checks_hosting.py refuses the others
    release, pin = container_releases(config, lock)[entry.model], lock.models[entry.model].artifact
    (image,), artifacts = release["images"].values(), list(release["artifacts"].values())
    repository = config.registries[model.container.registry].repository_name(naming, model.container.registry)
    bucket = config.storage.models.bucket_name(naming)
    return {
        "image": image,
        "cpu_architecture": {"amd64": "X86_64", "arm64": "ARM64"}[required_architecture(config, entry.model)],
        "repository_arn": naming.arn("ecr", f"repository/{repository}"),
        "environment": model.container.environment,
        "model_url": artifacts[0] if artifacts else "",
        "model_sha256": pin.sha256 if pin is not None and artifacts else "",
        "artifacts_arn": naming.arn("s3", f"{bucket}/models/{entry.model}/*", region=False, account=False) if artifacts else "",
    }


def _keys(entry: FargateEntry, shared: RemoteOutputs) -> dict[str, Any]:
    logs = shared.string("bucket_access_logs_name") if entry.load_balancer.access_logs else None
    keys = {"artifacts_key_arn": shared.string("key_artifacts_arn"), "logs_kms_key_arn": shared.string("key_logs_arn")}
    return {**keys, "access_logs_bucket": logs}


def _place(config: EnvironmentConfig, network: RemoteOutputs) -> dict[str, Any]:
    """The callers' group is that of models, which a private API function has too. A group of somebody else's is not changed."""
    assert config.network is not None  # noqa: S101 - slipway/config/checks_fargate.py refuses an environment without one
    return {
        "vpc_id": network.string("network_vpc_id"),
        "subnet_ids": network.items("network_private_subnet_ids", subnet_count(config.network)),
        "client_security_group_id": network.string("network_model_security_group_id"),
        "opens_clients": isinstance(config.network, CreatedNetwork),
    }
