"""SageMaker pipelines that train and register models: pipelines, their roles and sources, model package groups, triggers."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws, cdktf
from modules._shared.topic_policy import tls_only
from modules.training.common import DefinitionRefs
from modules.training.definition import definition_text
from modules.training.fit import problems
from modules.training.group_policy import group_statements
from modules.training.policy import pipeline_statements, trust
from modules.training.source import Files, source_hash, source_prefix
from modules.training.spec import PipelineSpec, TrainingSpec, package_group_name, pipeline_name, role_name, topic_name
from modules.training.triggers import Triggers, TriggersRefs


@dataclass(frozen=True)
class TrainingRefs:
    """What others provide.

    `bucket`: the training bucket's name; `bucket_ready` the same, known once the bucket is there. `sources`: the files of each
    pipeline's source. `images`: key of `registries` -> image by digest. `inference_images`: the image of each pipeline's packages.
    `repositories`: names of the images' ECR repositories. `kms_key_arn` encrypts data, volumes and messages, `logs_kms_key_arn` log
    groups. Subnets and groups: of pipelines with network: private.
    """

    bucket: str
    bucket_ready: str
    sources: Mapping[str, Files]
    images: Mapping[str, str]
    inference_images: Mapping[str, str]
    kms_key_arn: str
    logs_kms_key_arn: str
    repositories: tuple[str, ...] = ()
    subnet_ids: tuple[str, ...] = ()
    security_group_ids: tuple[str, ...] = ()
    tags: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class TrainingOutputs:
    """What starting and following pipelines needs."""

    pipeline_arns: list[str] = output("ARNs of the pipelines, in the order of their names.")
    package_group_names: list[str] = output("Names of the model package groups, in the order of the models' names.")
    topic_arn: str = output("ARN of the topic that is told of triggered executions that failed.")


class Training(Construct):
    """The pipelines of one environment: `project-environment-<name>-training`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: TrainingSpec, refs: TrainingRefs) -> None:
        super().__init__(scope, id)
        _refuse(spec)
        self._naming, self._spec, self._refs = naming, spec, refs
        topic_arn = self._create_topic()
        groups = [self._create_group(model) for model in spec.model_keys()]
        pipelines = []
        for key, pipeline in sorted(spec.pipelines.items()):
            created = self._create_pipeline(key, pipeline)
            pipelines.append(created)
            if pipeline.triggers is not None:
                given = TriggersRefs(refs.bucket, topic_arn, refs.kms_key_arn, refs.logs_kms_key_arn, pipeline.permissions_boundary)
                Triggers(self, f"triggers_{key}", naming=naming, key=key, spec=pipeline.triggers, refs=given, pipeline=created)
        self.outputs = TrainingOutputs([item.arn for item in pipelines], groups, topic_arn)

    def _create_topic(self) -> str:
        """The topic, known once its policy is in place."""
        topic = aws.sns_topic.SnsTopic(self, "topic", name=topic_name(self._naming), kms_master_key_id=self._refs.kms_key_arn)
        policy = document([tls_only(self._naming.arn("sns", topic_name(self._naming)))])
        attached = aws.sns_topic_policy.SnsTopicPolicy(self, "topic_policy", arn=topic.arn, policy=policy)
        for address in self._spec.email:
            id = f"email_{source_hash({address: b''})[:10]}"
            aws.sns_topic_subscription.SnsTopicSubscription(self, id, topic_arn=topic.arn, protocol="email", endpoint=address)
        return str(attached.arn)

    def _create_group(self, model: str) -> str:
        name = package_group_name(self._naming, model)
        group = aws.sagemaker_model_package_group.SagemakerModelPackageGroup(
            self,
            f"group_{model}",
            model_package_group_name=name,
            model_package_group_description=f"Versions of the model {model} of {self._naming.name()}",
        )
        policy = aws.sagemaker_model_package_group_policy.SagemakerModelPackageGroupPolicy(
            self,
            f"group_{model}_policy",
            model_package_group_name=group.model_package_group_name,
            resource_policy=document(group_statements(self._naming, model, self._spec.registry)),
        )
        return str(policy.model_package_group_name)

    def _create_pipeline(self, key: str, spec: PipelineSpec) -> Any:
        objects = self._upload(key)
        most = spec.max_parallel_execution_steps
        return aws.sagemaker_pipeline.SagemakerPipeline(
            self,
            f"pipeline_{key}",
            pipeline_name=pipeline_name(self._naming, key),
            pipeline_display_name=pipeline_name(self._naming, key),
            pipeline_description=f"Trains, evaluates and registers {spec.model_key(key)}",
            role_arn=self._create_role(key, spec),
            pipeline_definition=definition_text(spec, self.definition_refs(key, spec)),
            parallelism_configuration={"max_parallel_execution_steps": most} if most else None,
            depends_on=objects,
        )

    def definition_refs(self, key: str, spec: PipelineSpec) -> DefinitionRefs:
        """What the definition of the pipeline `key` points at."""
        refs, private = self._refs, spec.network == "private"
        return DefinitionRefs(
            name=key,
            bucket=refs.bucket,
            source_uri=f"s3://{refs.bucket}/{source_prefix(key, refs.sources[key])}",
            images=refs.images,
            inference_image=refs.inference_images[key],
            role_arn=self._naming.arn("iam", f"role/{role_name(self._naming, key)}", region=False),
            kms_key_arn=refs.kms_key_arn,
            package_group_name=package_group_name(self._naming, spec.model_key(key)),
            tags={**refs.tags, "pipeline": key},
            subnet_ids=refs.subnet_ids if private else (),
            security_group_ids=refs.security_group_ids if private else (),
        )

    def _create_role(self, key: str, spec: PipelineSpec) -> str:
        """The role's ARN, read back from its policy, so that the pipeline is made once the role may do its work."""
        refs, private = self._refs, spec.network == "private"
        role = aws.iam_role.IamRole(
            self,
            f"role_{key}",
            name=role_name(self._naming, key),
            description=f"Jobs of the training pipeline {pipeline_name(self._naming, key)}",
            assume_role_policy=document(trust(self._naming)),
            permissions_boundary=spec.permissions_boundary,
        )
        statements = pipeline_statements(
            self._naming,
            key,
            spec,
            bucket=refs.bucket,
            kms_key_arn=refs.kms_key_arn,
            repositories=refs.repositories,
            subnet_ids=refs.subnet_ids if private else (),
            security_group_ids=refs.security_group_ids if private else (),
        )
        policy = aws.iam_role_policy.IamRolePolicy(self, f"policy_{key}", name="pipeline", role=role.name, policy=document(statements))
        return self._naming.arn("iam", f"role/{policy.role}", region=False)

    def _upload(self, key: str) -> list[Any]:
        """The source, one object a file. Objects take ten tags at most, so they get none of the provider's default tags."""
        files = self._refs.sources[key]
        prefix, made = source_prefix(key, files), []
        for name, content in files.items():
            id = f"source_{key}_{source_hash({name: b''})[:10]}"
            made.append(
                aws.s3_object.S3Object(
                    self,
                    id,
                    bucket=self._refs.bucket_ready,
                    key=f"{prefix}/{name}",
                    source=_asset(self, f"{id}_file", content),
                    kms_key_id=self._refs.kms_key_arn,
                    override_provider={"default_tags": {"tags": {}}},
                )
            )
        return made


def _asset(scope: Any, id: str, content: bytes) -> str:
    """A file that the synthesis copies beside the stack's document; its path says what is in it."""
    digest = source_hash({"": content})
    path = Path(_FOLDER.name) / digest
    path.write_bytes(content)
    return str(cdktf.TerraformAsset(scope, id, path=str(path), type=cdktf.AssetType.FILE, asset_hash=digest[:32]).path)


_FOLDER = tempfile.TemporaryDirectory(prefix="slipway-training-")


def _refuse(spec: TrainingSpec) -> None:
    found = [
        f"training.pipelines.{key}.{'.'.join(map(str, path))}: {text}"
        for key, item in spec.pipelines.items()
        for path, text in problems(item)
    ]
    if found:
        raise ValueError("; ".join(found))
