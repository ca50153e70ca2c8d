"""What the Arguments of all steps have in common. Pure: plain dicts.

An execution's files lie below `runs/<pipeline>/<execution id>/` of the training bucket, those of tuning below `runs/<pipeline>/Tune/`.
Where a step writes is none of the attributes by which step caching compares (developer guide, "Default cache key attributes"), so the
id does not spoil the cache; checkpoints are one of them, so a training step that keeps checkpoints is never taken from the cache.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from modules._shared.instance_types import lookup, names
from modules.training.expressions import Expression, get, join, output_of, value_of
from modules.training.fields import DataSource, ParameterRef
from modules.training.spec import PipelineSpec
from modules.training.steps import Compute

Arguments = dict[str, Any]
PREPARE, TRAIN, TUNE, EVALUATE = "Prepare", "Train", "Tune", "Evaluate"
CHECK, REGISTER, MODEL, SCORE, MISSED = "CheckMetric", "Register", "CreateModel", "Score", "BelowThreshold"
CODE = "code"
"""Name of the processing input and the training channel that hold the source."""
EVALUATION = "evaluation"
"""Name of the evaluation step's output with the report."""


@dataclass(frozen=True)
class DefinitionRefs:
    """What the definition points at.

    `images`: key of `registries` -> image by digest; `inference_image` likewise, the one packages run in. `source_uri`: S3 prefix of
    the source, without a / at its end. The key's ARN, subnets, groups and the role's ARN may be tokens; the rest are literals.
    """

    name: str
    bucket: str
    source_uri: str
    images: Mapping[str, str]
    inference_image: str
    role_arn: str
    kms_key_arn: str
    package_group_name: str
    tags: Mapping[str, str] = field(default_factory=dict)
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()


@dataclass(frozen=True)
class Pipeline:
    """One pipeline's options and what they point at."""

    spec: PipelineSpec
    refs: DefinitionRefs

    def path(self, *parts: Any) -> Expression:
        """An S3 address among this execution's files."""
        return join("/", f"s3://{self.refs.bucket}/runs/{self.refs.name}", get("Execution.PipelineExecutionId"), *parts)

    def place(self, uri: str | ParameterRef | None) -> Any:
        """An S3 address with its placeholder replaced, or the parameter that holds one."""
        return replaced(uri, self.refs) if isinstance(uri, str) else value_of(uri)

    def address(self, source: DataSource) -> Any:
        """S3 address of what the processing step wrote, or of data that was there before."""
        return self.place(source.s3_uri) if source.output is None else output_of(PREPARE, source.output)

    def model_artifact(self) -> Expression:
        """S3 address of the trained model.tar.gz; with tuning, of the best training job's."""
        if self.spec.tuning is None:
            return get(f"Steps.{TRAIN}.ModelArtifacts.S3ModelArtifacts")
        return join("/", self.tuned(), get(f"Steps.{TUNE}.BestTrainingJob.TrainingJobName"), "output", "model.tar.gz")

    def tuned(self) -> str:
        """Where tuning writes, a folder for each training job. The same for all executions: a step from the cache has its files there."""
        return f"s3://{self.refs.bucket}/runs/{self.refs.name}/{TUNE}"

    def cluster(self, compute: Compute) -> Arguments:
        """Instances with an encrypted volume: local NVMe disks encrypt themselves, and SageMaker refuses a key for them."""
        key = {} if self._encrypts_itself(compute.instance_type) else {"VolumeKmsKeyId": self.refs.kms_key_arn}
        return {
            "InstanceType": value_of(compute.instance_type),
            "InstanceCount": value_of(compute.instance_count),
            "VolumeSizeInGB": compute.volume_size_in_gb,
            **key,
        }

    def _encrypts_itself(self, instance_type: str | ParameterRef) -> bool:
        """A parameter counts by its default."""
        kind = instance_type
        if isinstance(kind, ParameterRef):
            kind = str(self.spec.parameters[kind.parameter].default)
        return kind in names() and lookup(kind).local_nvme

    def isolation(self) -> Arguments:
        """Network isolation and encryption between instances."""
        return {
            "EnableNetworkIsolation": self.spec.enable_network_isolation,
            "EnableInterContainerTrafficEncryption": self.spec.enable_inter_container_traffic_encryption,
        }

    def vpc(self) -> Arguments:
        """VpcConfig of jobs that join the network."""
        if not self.refs.subnet_ids:
            return {}
        return {"VpcConfig": {"SecurityGroupIds": list(self.refs.security_group_ids), "Subnets": list(self.refs.subnet_ids)}}

    def tags(self) -> list[dict[str, str]]:
        """Tags of every job, so that its cost is found."""
        return [{"Key": key, "Value": value} for key, value in sorted(self.refs.tags.items())]


def environment(values: Mapping[str, Any]) -> Arguments:
    """Environment, left out when empty."""
    return {"Environment": {name: value_of(item) for name, item in values.items()}} if values else {}


def replaced(text: str, refs: DefinitionRefs) -> str:
    """The text with {source} or {bucket} at its beginning replaced by the address it stands for."""
    for placeholder, address in (("{source}", refs.source_uri), ("{bucket}", f"s3://{refs.bucket}")):
        if text.startswith(placeholder):
            return address + text.removeprefix(placeholder)
    return text
