"""A local AWS for one execution: started in this process with what the pipeline needs, and gone afterwards.

What it needs comes from the environment's own definition: the training bucket with the pipeline's source, the container images, the
model package group, the pipeline with its definition rendered from literals.
"""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from modules.training.common import DefinitionRefs
from modules.training.definition import pipeline_definition
from modules.training.source import Files, read_source, source_prefix
from modules.training.spec import PipelineSpec, package_group_name, pipeline_name
from slipway.artifacts.account import Account
from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.config.environment import EnvironmentConfig
from slipway.config.release import ImagePin
from slipway.containers.environment import tools_folder
from slipway.containers.image_build import build_image
from slipway.errors import InputError
from slipway.progress import Reporter
from slipway.stacks.releases import image_uri
from slipway.stacks.training_images import inference_registry, step_registries
from slipway.training.executions import Pipeline

TAG = "train"
_SCOPE = "local"


@contextmanager
def temporary_pipeline(config: EnvironmentConfig, key: str, root: Path, reporter: Reporter) -> Iterator[Pipeline]:
    """The pipeline `key` in a local AWS of its own. At the end of the block nothing of it is left, whatever the end.

    InputError when the source or a container's folder is missing.
    """
    spec = pipeline_spec(config, key)
    files = _source(spec, root)
    from slipway.localaws.server import start

    with start() as server:
        reporter.step(_SCOPE, "a local AWS for this execution")
        account = Account(config, local_url=server.url)
        yield _create(account, key, spec, files, root, reporter)
        reporter.step(_SCOPE, "everything temporary ends")


def _source(spec: PipelineSpec, root: Path) -> Files:
    try:
        return read_source(spec.source, root)
    except ValueError as error:
        raise InputError(str(error), fix="correct `source` of the pipeline") from None


def _create(account: Account, key: str, spec: PipelineSpec, files: Files, root: Path, reporter: Reporter) -> Pipeline:
    config, naming = account.config, account.naming
    bucket, name = config.storage.training.bucket_name(naming), pipeline_name(naming, key)
    client = account.client("sagemaker")
    key_arn = account.client("kms").create_key(Description="training")["KeyMetadata"]["Arn"]
    prefix = _upload(account, bucket, key, files)
    inference = inference_registry(config, key)
    used = {inference, *step_registries(spec)}
    images = {registry: _push(account, registry, root, reporter) for registry in sorted(used)}
    group = package_group_name(naming, spec.model_key(key))
    client.create_model_package_group(ModelPackageGroupName=group, ModelPackageGroupDescription="temporary")
    role = naming.arn("iam", f"role/{name}", region=False)
    tags = {**naming.tags, "pipeline": key}
    refs = DefinitionRefs(key, bucket, f"s3://{bucket}/{prefix}", images, images[inference], role, key_arn, group, tags)
    definition = pipeline_definition(spec, refs)
    text = json.dumps(definition)
    client.create_pipeline(PipelineName=name, PipelineDefinition=text, RoleArn=role, ClientRequestToken=name.ljust(32, "-"))
    return Pipeline(account, key, name, definition)


def pipeline_spec(config: EnvironmentConfig, key: str) -> PipelineSpec:
    """The options of the pipeline `key`. InputError when the environment has none of that name."""
    pipelines = config.training.pipelines if config.training else {}
    if key not in pipelines:
        raise InputError(f"{config.name} has no training pipeline {key!r}", fix="add it to `training.pipelines` of the environment")
    return pipelines[key]


def _upload(account: Account, bucket: str, key: str, files: Files) -> str:
    """The source under the prefix that its content gives it."""
    prefix, client, region = source_prefix(key, files), account.client("s3"), account.config.region
    place = {} if region == "us-east-1" else {"CreateBucketConfiguration": {"LocationConstraint": region}}
    client.create_bucket(Bucket=bucket, **place)
    for name, content in files.items():
        client.put_object(Bucket=bucket, Key=f"{prefix}/{name}", Body=content)
    return prefix


def _push(account: Account, registry: str, root: Path, reporter: Reporter) -> str:
    """The container folder `containers/<registry>` as an image by digest, in a repository of the environment's name."""
    folder = next(
        (place for place in (root / "containers" / registry, tools_folder().parent / "containers" / registry) if place.is_dir()), None
    )
    if folder is None:
        raise InputError(
            f"there is no container folder containers/{registry}", fix="deploy to a running local AWS and push the image there"
        )
    repository = account.repository(registry)
    account.client("ecr").create_repository(repositoryName=repository)
    with tempfile.TemporaryDirectory() as scratch:
        built = build_image(folder, Path(scratch) / "image.tar", process=True)
        with open_image_archive(built.path) as saved:
            image = push(account, repository, saved.manifest, saved.blobs, tag=TAG, reporter=reporter)
    return image_uri(account.naming, ImagePin(repository=repository, digest=image.digest))
