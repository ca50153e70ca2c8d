"""Arguments of the steps that a good model goes through (API: CreateModelPackage, CreateModel, CreateTransformJob). Pure: plain dicts."""

from __future__ import annotations

from modules.training.common import EVALUATE, EVALUATION, MODEL, SCORE, Arguments, Pipeline
from modules.training.expressions import get, join, output_of, value_of
from modules.training.steps import BatchScoringSpec


def registration_arguments(pipeline: Pipeline) -> Arguments:
    """A package of the model's group, with the evaluation's report as its metrics. A version takes no tags, its group has them."""
    spec, refs = pipeline.spec.registration, pipeline.refs
    report = join("/", output_of(EVALUATE, EVALUATION), pipeline.spec.evaluation.report)
    return {
        "ModelPackageGroupName": refs.package_group_name,
        **({"ModelPackageDescription": spec.description} if spec.description else {}),
        "ModelApprovalStatus": value_of(spec.approval_status),
        "InferenceSpecification": {
            "Containers": [{"Image": refs.inference_image, "ModelDataUrl": pipeline.model_artifact()}],
            "SupportedContentTypes": list(spec.content_types),
            "SupportedResponseMIMETypes": list(spec.response_mime_types),
            "SupportedRealtimeInferenceInstanceTypes": list(spec.realtime_inference_instance_types),
            "SupportedTransformInstanceTypes": list(spec.transform_instance_types),
        },
        "ModelMetrics": {"ModelQuality": {"Statistics": {"ContentType": "application/json", "S3Uri": report}}},
        "CustomerMetadataProperties": {**spec.customer_metadata, "source": refs.source_uri},
    }


def model_arguments(pipeline: Pipeline) -> Arguments:
    """A model for the batch transform alone: endpoints get theirs by a release."""
    return {
        "ExecutionRoleArn": pipeline.refs.role_arn,
        "PrimaryContainer": {"Image": pipeline.refs.inference_image, "ModelDataUrl": pipeline.model_artifact()},
        "EnableNetworkIsolation": pipeline.spec.enable_network_isolation,
        **pipeline.vpc(),
        "Tags": pipeline.tags(),
    }


def transform_arguments(pipeline: Pipeline, spec: BatchScoringSpec) -> Arguments:
    """The batch, scored by the model of the step before."""
    cluster = {name: value for name, value in pipeline.cluster(spec.compute).items() if name != "VolumeSizeInGB"}
    accept = {"Accept": spec.accept} if spec.accept else {}
    return {
        "ModelName": get(f"Steps.{MODEL}.ModelName"),
        "BatchStrategy": spec.strategy,
        "MaxPayloadInMB": spec.max_payload_in_mb,
        "MaxConcurrentTransforms": spec.max_concurrent_transforms,
        "TransformInput": {
            "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": pipeline.place(spec.s3_uri)}},
            "ContentType": spec.content_type,
            "SplitType": spec.split_type,
        },
        "TransformOutput": {
            "S3OutputPath": pipeline.path(SCORE),
            "AssembleWith": spec.assemble_with,
            "KmsKeyId": pipeline.refs.kms_key_arn,
            **accept,
        },
        "DataProcessing": {
            **({"InputFilter": spec.input_filter} if spec.input_filter else {}),
            **({"OutputFilter": spec.output_filter} if spec.output_filter else {}),
            "JoinSource": spec.join_source,
        },
        "TransformResources": cluster,
        "Tags": pipeline.tags(),
    }
