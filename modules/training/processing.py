"""Arguments of processing steps (API: CreateProcessingJob). Pure: plain dicts."""

from __future__ import annotations

from typing import Any

from modules.training.common import CODE, EVALUATION, Arguments, Pipeline, environment
from modules.training.expressions import value_of
from modules.training.steps import EvaluationSpec, ProcessingSpec

_FOLDER = "/opt/ml/processing"


def processing_arguments(pipeline: Pipeline, step: str, spec: ProcessingSpec) -> Arguments:
    """The source and the data in, the outputs out. An evaluation also gets the model and always writes its report."""
    inputs: dict[str, Any] = {CODE: pipeline.refs.source_uri}
    inputs |= {name: pipeline.address(source) for name, source in spec.inputs.items()}
    outputs = list(spec.outputs)
    if isinstance(spec, EvaluationSpec):
        inputs["model"] = pipeline.model_artifact()
        outputs.append(EVALUATION)
    return {
        "ProcessingResources": {"ClusterConfig": pipeline.cluster(spec.compute)},
        "AppSpecification": _app(pipeline, spec),
        "ProcessingInputs": [_input(name, uri) for name, uri in inputs.items()],
        "ProcessingOutputConfig": {
            "KmsKeyId": pipeline.refs.kms_key_arn,
            "Outputs": [_output(name, pipeline.path(step, name)) for name in outputs],
        },
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.max_runtime_in_seconds},
        "NetworkConfig": {**pipeline.isolation(), **pipeline.vpc()},
        **environment(spec.environment),
        "RoleArn": pipeline.refs.role_arn,
        "Tags": pipeline.tags(),
    }


def _app(pipeline: Pipeline, spec: ProcessingSpec) -> Arguments:
    arguments = {"ContainerArguments": [value_of(item) for item in spec.arguments]} if spec.arguments else {}
    return {
        "ImageUri": pipeline.refs.images[spec.image or pipeline.spec.image],
        "ContainerEntrypoint": ["python", f"{_FOLDER}/input/{CODE}/{spec.program}"],
        **arguments,
    }


def _input(name: str, uri: Any) -> Arguments:
    source = {
        "S3Uri": uri,
        "LocalPath": f"{_FOLDER}/input/{name}",
        "S3DataType": "S3Prefix",
        "S3InputMode": "File",
        "S3DataDistributionType": "FullyReplicated",
        "S3CompressionType": "None",
    }
    return {"InputName": name, "S3Input": source}


def _output(name: str, uri: Any) -> Arguments:
    return {"OutputName": name, "S3Output": {"S3Uri": uri, "LocalPath": f"{_FOLDER}/output/{name}", "S3UploadMode": "EndOfJob"}}
