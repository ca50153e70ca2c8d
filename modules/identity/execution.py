"""What one model really uses, and the statements that follow from it. Pure: loads no toolkit."""

from __future__ import annotations

from dataclasses import dataclass

from modules._shared.naming import Naming
from modules.identity import statements as permit
from modules.identity.policy import Statement


@dataclass(frozen=True)
class TransformPlace:
    """A prefix of a bucket that the environment does not own, and the key of that bucket where it is to be used."""

    bucket: str
    prefix: str
    kms_key_arn: str | None = None


@dataclass(frozen=True)
class ExecutionRoleRefs:
    """What a model uses. Empty means: not used, so not permitted. ARNs and ids may be tokens.

    `endpoint_names` are the physical names of the endpoints that serve the model. Prefixes end in `/`. `transforms`: batch transform
    jobs use it (`compiles`: Neo compiles it); they list what they read, and write into one log group of the account.
    """

    endpoint_names: tuple[str, ...]
    repository_arns: tuple[str, ...]
    models_bucket: str | None = None
    artifacts_key_arn: str | None = None
    lists_artifacts: bool = False
    capture_bucket: str | None = None
    capture_prefixes: tuple[str, ...] = ()
    async_bucket: str | None = None
    async_input_prefixes: tuple[str, ...] = ()
    async_output_prefixes: tuple[str, ...] = ()
    compiles: bool = False
    transforms: bool = False
    transform_inputs: tuple[TransformPlace, ...] = ()
    transform_outputs: tuple[TransformPlace, ...] = ()
    inference_key_arn: str | None = None
    topic_arns: tuple[str, ...] = ()
    topics_key_arn: str | None = None
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()


def execution_statements(naming: Naming, model_name: str, refs: ExecutionRoleRefs) -> list[Statement]:
    """The least a model needs to be created, served and observed."""
    return [
        permit.registry_token(),
        permit.pull_images(refs.repository_arns),
        *([permit.write_logs(naming, refs.endpoint_names)] if refs.endpoint_names else []),
        permit.put_metrics(naming, transforms=refs.transforms),
        permit.describe_alarms(),
        *_artifacts(naming, f"models/{model_name}/", refs),
        *_inference_data(naming, refs),
        *_transforms(naming, refs),
        *_notifications(naming, refs),
        *_network(naming, refs),
    ]


def _artifacts(naming: Naming, prefix: str, refs: ExecutionRoleRefs) -> list[Statement]:
    if refs.models_bucket is None:
        return []
    found = [permit.read_objects(naming, "ReadArtifacts", refs.models_bucket, prefix)]
    if refs.lists_artifacts:
        found.append(permit.list_objects(naming, "ListArtifacts", refs.models_bucket, prefix))
    if refs.compiles:
        found.append(permit.write_objects(naming, "WriteCompiled", refs.models_bucket, f"{prefix}neo/"))
    if refs.artifacts_key_arn is not None:
        found.append(permit.use_key(naming, "DecryptArtifacts", refs.artifacts_key_arn, "s3", write=refs.compiles))
    return found


def _inference_data(naming: Naming, refs: ExecutionRoleRefs) -> list[Statement]:
    found = []
    if refs.capture_bucket is not None:
        found += [
            permit.write_objects(naming, f"WriteCapture{number}", refs.capture_bucket, prefix)
            for number, prefix in enumerate(refs.capture_prefixes)
        ]
    if refs.async_bucket is not None:
        found += [
            permit.read_objects(naming, f"ReadAsync{number}", refs.async_bucket, prefix)
            for number, prefix in enumerate(refs.async_input_prefixes)
        ]
        found += [
            permit.write_objects(naming, f"WriteAsync{number}", refs.async_bucket, prefix)
            for number, prefix in enumerate(refs.async_output_prefixes)
        ]
    if found and refs.inference_key_arn is not None:
        found.append(permit.use_key(naming, "EncryptInferenceData", refs.inference_key_arn, "s3", write=True))
    return found


def _transforms(naming: Naming, refs: ExecutionRoleRefs) -> list[Statement]:
    if not refs.transforms:
        return []
    found = [permit.write_transform_logs(naming)]
    if refs.async_bucket is not None:
        found += [
            permit.list_objects(naming, f"ListTransform{number}", refs.async_bucket, prefix)
            for number, prefix in enumerate(refs.async_input_prefixes)
        ]
    for number, place in enumerate(refs.transform_inputs):
        found.append(permit.read_objects(naming, f"ReadInput{number}", place.bucket, place.prefix))
        found.append(permit.list_objects(naming, f"ListInput{number}", place.bucket, place.prefix))
        if place.kms_key_arn:
            found.append(permit.use_key(naming, f"DecryptInput{number}", place.kms_key_arn, "s3", write=False))
    for number, place in enumerate(refs.transform_outputs):
        found.append(permit.write_objects(naming, f"WriteOutput{number}", place.bucket, place.prefix))
        if place.kms_key_arn:
            found.append(permit.use_key(naming, f"EncryptOutput{number}", place.kms_key_arn, "s3", write=True))
    return found


def _notifications(naming: Naming, refs: ExecutionRoleRefs) -> list[Statement]:
    if not refs.topic_arns:
        return []
    found = [permit.publish(refs.topic_arns)]
    if refs.topics_key_arn is not None:
        found.append(permit.use_key(naming, "EncryptNotifications", refs.topics_key_arn, "sns", write=True))
    return found


def _network(naming: Naming, refs: ExecutionRoleRefs) -> list[Statement]:
    if not refs.subnet_ids:
        return []
    return [permit.attach_network_interfaces(naming, refs.subnet_ids, refs.security_group_ids), permit.describe_network()]
