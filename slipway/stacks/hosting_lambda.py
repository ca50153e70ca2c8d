"""`hosting.kind: lambda` in the serving stack."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from modules._shared.outputs import export
from modules.lambda_endpoint.construct import LambdaEndpoint, LambdaRefs
from modules.lambda_endpoint.fit import check_artifact
from modules.model.spec import SingleModelSpec
from slipway.config.architecture import required_architecture
from slipway.errors import InputError
from slipway.stacks.joining import Joined, Network
from slipway.stacks.releases import container_releases

if TYPE_CHECKING:
    from slipway.config.endpoints import LambdaEndpoint as LambdaEntry
    from slipway.config.environment import EnvironmentConfig
    from slipway.config.release import ReleaseLock
    from slipway.stacks.base import RemoteOutputs

_ARCHITECTURES = {"amd64": "x86_64", "arm64": "arm64"}
"""What Lambda calls the architecture of an image."""


def lambda_endpoint(
    stack: Any, config: EnvironmentConfig, lock: ReleaseLock, name: str, entry: LambdaEntry, shared: RemoteOutputs, network: Network
) -> None:
    """The function of the endpoint `name`. Raises InputError for an archive that does not fit into the function's /tmp."""
    refs = _refs(config, lock, name, entry, shared, network.of(entry.model))
    function = LambdaEndpoint(stack, f"lambda_{name}", naming=config.naming, name=name, spec=entry.hosting, refs=refs)
    export(stack, f"lambda_{name}", function.outputs)


def _refs(config: EnvironmentConfig, lock: ReleaseLock, name: str, entry: LambdaEntry, shared: RemoteOutputs, joined: Joined) -> LambdaRefs:
    model = config.models[entry.model]
    assert isinstance(model, SingleModelSpec)  # noqa: S101 - slipway/config/checks_hosting.py refuses the others
    release, pin = container_releases(config, lock)[entry.model], lock.models[entry.model].artifact
    (image,), artifacts = release["images"].values(), list(release["artifacts"].values())
    if pin is not None and artifacts and (problem := check_artifact(entry.hosting, pin.size)):
        raise InputError(f"endpoints.{name}: model {entry.model} does not fit into a Lambda function: {problem}", fix=_FIX)
    own = model.vpc_config
    return LambdaRefs(
        image=image,
        architecture=_ARCHITECTURES[required_architecture(config, entry.model)],
        kms_key_arn=shared.string("key_inference_arn"),
        logs_kms_key_arn=shared.string("key_logs_arn"),
        artifact=artifacts[0].removeprefix("s3://") if artifacts else "",
        artifact_sha256=pin.sha256 if pin is not None and artifacts else "",
        artifacts_kms_key_arn=shared.string("key_artifacts_arn") if artifacts else "",
        environment=model.container.environment,
        subnet_ids=own.subnets if own else joined.subnet_ids,
        security_group_ids=own.security_group_ids if own else joined.security_group_ids,
    )


_FIX = "raise hosting.ephemeral_storage (at most 10240), or choose another hosting.kind: docs/guides/choosing-hosting.md"
