"""Every option of a pipeline reaches the definition or the Terraform JSON, at a value that is not its default."""

from __future__ import annotations

from functools import lru_cache
from typing import Any

import pytest

from modules.training.definition import pipeline_definition
from modules.training.spec import TrainingSpec
from tests.modules.support import all_options, at, untested
from tests.modules.training.full import FULL
from tests.modules.training.test_training_definition import REGISTRY, RUN, full, steps
from tests.modules.training.wine import wine_refs, wine_spec

TRAIN, TUNE, PREPARE, EVALUATE, CHECK = "Train", "Tune", "Prepare", "Evaluate", "CheckMetric"
REGISTER, SCORE = "Register", "Score"
JOB = "TrainingJobDefinition"
CLUSTER = "ProcessingResources.ClusterConfig"
ID = {"Get": "Execution.PipelineExecutionId"}
IN_STEP: dict[str, tuple[str, str, Any]] = {
    "PipelineSpec.image": (TRAIN, "AlgorithmSpecification.TrainingImage", f"{REGISTRY}/training@sha256:{'a' * 64}"),
    "PipelineSpec.enable_network_isolation": (TRAIN, "EnableNetworkIsolation", False),
    "PipelineSpec.enable_inter_container_traffic_encryption": (PREPARE, "NetworkConfig.EnableInterContainerTrafficEncryption", False),
    "ProcessingSpec.program": (PREPARE, "AppSpecification.ContainerEntrypoint", ["python", "/opt/ml/processing/input/code/prepare.py"]),
    "ProcessingSpec.image": (PREPARE, "AppSpecification.ImageUri", f"{REGISTRY}/pandas@sha256:{'a' * 64}"),
    "ProcessingSpec.arguments": (PREPARE, "AppSpecification.ContainerArguments", ["--share", {"Get": "Parameters.Data"}]),
    "ProcessingSpec.environment": (PREPARE, "Environment", {"MODE": "fast", "KIND": {"Get": "Parameters.Kind"}}),
    "ProcessingSpec.inputs": (PREPARE, "ProcessingInputs[1].S3Input.S3Uri", {"Get": "Parameters.Data"}),
    "ProcessingSpec.outputs": (PREPARE, "ProcessingOutputConfig.Outputs[1].S3Output.LocalPath", "/opt/ml/processing/output/test"),
    "ProcessingSpec.max_runtime_in_seconds": (PREPARE, "StoppingCondition.MaxRuntimeInSeconds", 600),
    "Compute.instance_type": (PREPARE, f"{CLUSTER}.InstanceType", {"Get": "Parameters.Kind"}),
    "Compute.instance_count": (PREPARE, f"{CLUSTER}.InstanceCount", {"Get": "Parameters.Count"}),
    "Compute.volume_size_in_gb": (PREPARE, f"{CLUSTER}.VolumeSizeInGB", 40),
    "DataSource.s3_uri": (PREPARE, "ProcessingInputs[2].S3Input.S3Uri", "s3://elsewhere/data/"),
    "DataSource.output": (
        EVALUATE, "ProcessingInputs[1].S3Input.S3Uri", {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['test'].S3Output.S3Uri"},
    ),
    "ParameterRef.parameter": (PREPARE, "Environment.KIND", {"Get": "Parameters.Kind"}),
    "TrainingStepSpec.program": (TRAIN, "HyperParameters.sagemaker_program", "train.py"),
    "TrainingStepSpec.hyperparameters": (TRAIN, "HyperParameters.folds", {"Std:Join": {"On": "", "Values": [{"Get": "Parameters.Count"}]}}),
    "TrainingStepSpec.channels": (TRAIN, "InputDataConfig[1].ChannelName", "train"),
    "TrainingStepSpec.metric_definitions": (TRAIN, "AlgorithmSpecification.MetricDefinitions", [{"Name": "loss", "Regex": "loss=([0-9.]+);"}]),
    "TrainingStepSpec.environment": (TRAIN, "Environment", {"SEED": "20"}),
    "TrainingStepSpec.max_runtime_in_seconds": (TRAIN, "StoppingCondition.MaxRuntimeInSeconds", 7200),
    "TrainingStepSpec.spot": (TRAIN, "EnableManagedSpotTraining", True),
    "TrainingStepSpec.checkpoints": (TRAIN, "CheckpointConfig.S3Uri.Std:Join.Values", [RUN, ID, "Train", "checkpoints"]),
    "Spot.max_wait_in_seconds": (TRAIN, "StoppingCondition.MaxWaitTimeInSeconds", 9000),
    "Channel.content_type": (TRAIN, "InputDataConfig[1].ContentType", "text/csv"),
    "Channel.input_mode": (TRAIN, "InputDataConfig[1].InputMode", "FastFile"),
    "Channel.s3_uri": (TRAIN, "InputDataConfig[2].DataSource.S3DataSource.S3Uri", f"{wine_refs().source_uri}/data/"),
    "Channel.output": (
        TRAIN, "InputDataConfig[1].DataSource.S3DataSource.S3Uri",
        {"Get": "Steps.Prepare.ProcessingOutputConfig.Outputs['train'].S3Output.S3Uri"},
    ),
    "MetricDefinition.name": (TRAIN, "AlgorithmSpecification.MetricDefinitions[0].Name", "loss"),
    "MetricDefinition.regex": (TUNE, f"{JOB}.AlgorithmSpecification.MetricDefinitions[0].Regex", "loss=([0-9.]+);"),
    "TuningSpec.metric": (TUNE, "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.MetricName", "loss"),
    "TuningSpec.goal": (TUNE, "HyperParameterTuningJobConfig.HyperParameterTuningJobObjective.Type", "Minimize"),
    "TuningSpec.strategy": (TUNE, "HyperParameterTuningJobConfig.Strategy", "Random"),
    "TuningSpec.ranges": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges[0].Name", "C"),
    "TuningSpec.max_number_of_training_jobs": (TUNE, "HyperParameterTuningJobConfig.ResourceLimits.MaxNumberOfTrainingJobs", 4),
    "TuningSpec.max_parallel_training_jobs": (TUNE, "HyperParameterTuningJobConfig.ResourceLimits.MaxParallelTrainingJobs", 3),
    "TuningSpec.early_stopping": (TUNE, "HyperParameterTuningJobConfig.TrainingJobEarlyStoppingType", "Off"),
    "NumberRange.min_value": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges[0].MinValue", "0.1"),
    "NumberRange.max_value": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges[0].MaxValue", "10.0"),
    "NumberRange.scaling_type": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.ContinuousParameterRanges[0].ScalingType", "Logarithmic"),
    "NumberRange.integer": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.IntegerParameterRanges[0].MaxValue", "9"),
    "CategoryRange.values": (TUNE, "HyperParameterTuningJobConfig.ParameterRanges.CategoricalParameterRanges[0].Values", ["l1", "l2"]),
    "ConditionSpec.metric": (CHECK, "Conditions[0].LeftValue.Std:JsonGet.Path", "regression.mse.value"),
    "ConditionSpec.comparison": (CHECK, "Conditions[0].Type", "LessThanOrEqualTo"),
    "ConditionSpec.threshold": (CHECK, "Conditions[0].RightValue", {"Get": "Parameters.Threshold"}),
    "ConditionSpec.otherwise": (CHECK, "ElseSteps[0].Type", "Fail"),
    "RegistrationSpec.approval_status": (REGISTER, "ModelApprovalStatus", {"Get": "Parameters.Approval"}),
    "RegistrationSpec.description": (REGISTER, "ModelPackageDescription", "cultivars"),
    "RegistrationSpec.content_types": (REGISTER, "InferenceSpecification.SupportedContentTypes", ["text/csv"]),
    "RegistrationSpec.response_mime_types": (REGISTER, "InferenceSpecification.SupportedResponseMIMETypes", ["text/plain"]),
    "RegistrationSpec.realtime_inference_instance_types": (
        REGISTER, "InferenceSpecification.SupportedRealtimeInferenceInstanceTypes", ["ml.c5.large"],
    ),
    "RegistrationSpec.transform_instance_types": (REGISTER, "InferenceSpecification.SupportedTransformInstanceTypes", ["ml.c5.xlarge"]),
    "RegistrationSpec.customer_metadata": (REGISTER, "CustomerMetadataProperties.team", "wine"),
    "EvaluationSpec.report": (REGISTER, "ModelMetrics.ModelQuality.Statistics.S3Uri.Std:Join.Values[1]", "report.json"),
    "BatchScoringSpec.s3_uri": (SCORE, "TransformInput.DataSource.S3DataSource.S3Uri", {"Get": "Parameters.Data"}),
    "BatchScoringSpec.content_type": (SCORE, "TransformInput.ContentType", "application/json"),
    "BatchScoringSpec.accept": (SCORE, "TransformOutput.Accept", "text/csv"),
    "BatchScoringSpec.split_type": (SCORE, "TransformInput.SplitType", "None"),
    "BatchScoringSpec.strategy": (SCORE, "BatchStrategy", "SingleRecord"),
    "BatchScoringSpec.assemble_with": (SCORE, "TransformOutput.AssembleWith", "None"),
    "BatchScoringSpec.input_filter": (SCORE, "DataProcessing.InputFilter", "$[1:]"),
    "BatchScoringSpec.output_filter": (SCORE, "DataProcessing.OutputFilter", "$[0]"),
    "BatchScoringSpec.join_source": (SCORE, "DataProcessing.JoinSource", "Input"),
    "BatchScoringSpec.max_payload_in_mb": (SCORE, "MaxPayloadInMB", 10),
    "BatchScoringSpec.max_concurrent_transforms": (SCORE, "MaxConcurrentTransforms", 4),
    "BatchScoringSpec.compute": (SCORE, "TransformResources.InstanceCount", 3),
}  # fmt: skip
"""Option -> step, path in its Arguments, and what the full pipeline has there."""
IN_DEFINITION: dict[str, tuple[str, Any]] = {
    "StringParameter.default": ("Parameters[0].DefaultValue", "s3://slipway-dev-training-111111111111/incoming/"),
    "StringParameter.enum_values": ("Parameters[0].EnumValues", ["s3://slipway-dev-training-111111111111/incoming/"]),
    "StringParameter.description": ("Parameters[0].Description", "where"),
    "StringParameter.type": ("Parameters[0].Type", "String"),
    "IntegerParameter.default": ("Parameters[2].DefaultValue", 2),
    "IntegerParameter.description": ("Parameters[2].Description", "how many"),
    "IntegerParameter.type": ("Parameters[2].Type", "Integer"),
    "FloatParameter.default": ("Parameters[3].DefaultValue", 0.25),
    "FloatParameter.description": ("Parameters[3].Description", "how good"),
    "FloatParameter.type": ("Parameters[3].Type", "Float"),
    "BooleanParameter.default": ("Parameters[4].DefaultValue", True),
    "BooleanParameter.description": ("Parameters[4].Description", "whether"),
    "BooleanParameter.type": ("Parameters[4].Type", "Boolean"),
    "PipelineSpec.experiment": ("PipelineExperimentConfig.ExperimentName", "cultivars"),
    "PipelineSpec.cache_expire_after": ("Steps[0].CacheConfig", {"Enabled": True, "ExpireAfter": "PT12H"}),
    "RetryPolicy.exception_type": ("Steps[0].RetryPolicies[0].ExceptionType", ["SageMaker.JOB_INTERNAL_ERROR", "Step.THROTTLING"]),
    "RetryPolicy.interval_seconds": ("Steps[0].RetryPolicies[0].IntervalSeconds", 5),
    "RetryPolicy.backoff_rate": ("Steps[0].RetryPolicies[0].BackoffRate", 3.0),
    "RetryPolicy.max_attempts": ("Steps[0].RetryPolicies[0].MaxAttempts", 7),
}
HOLDERS = {
    f"PipelineSpec.{name}"
    for name in (
        "parameters",
        "processing",
        "training",
        "tuning",
        "evaluation",
        "condition",
        "registration",
        "batch_scoring",
        "retry_policies",
    )
} | {"ProcessingSpec.compute", "TrainingStepSpec.compute"}
"""Options that only hold others, which are above."""
SAME = {
    f"EvaluationSpec.{name}"
    for name in ("program", "image", "arguments", "environment", "inputs", "outputs", "compute", "max_runtime_in_seconds")
}
"""Of a processing step, whose code is the same."""
IN_TERRAFORM = {  # tests/modules/training/test_training_construct.py
    *("PipelineSpec.model", "PipelineSpec.inference_image", "PipelineSpec.source", "PipelineSpec.max_parallel_execution_steps"),
    *("PipelineSpec.network", "PipelineSpec.triggers", "PipelineSpec.permissions_boundary", "SourceSpec.dir", "SourceSpec.include"),
    *(
        "PipelineScheduleSpec.expression",
        "PipelineScheduleSpec.timezone",
        "PipelineScheduleSpec.parameters",
        "ArrivalSpec.prefix",
        "ArrivalSpec.suffix",
    ),
    *(
        "ArrivalSpec.parameter",
        "TriggersSpec.schedule",
        "TriggersSpec.arrival",
        "TriggersSpec.poll_seconds",
        "TriggersSpec.timeout_in_hours",
    ),
    *("TriggersSpec.log_retention_in_days", "PackageGroupSpec.readers", "PackageGroupSpec.approvers", "TrainingSpec.email"),
    *("TrainingSpec.pipelines", "TrainingSpec.registry"),
}


@lru_cache
def rendered(*, tuned: bool) -> dict[str, Any]:
    return full() if tuned else full(tuning=None)


def test_no_option_is_untested() -> None:
    assert untested(all_options(TrainingSpec), [*IN_STEP, *IN_DEFINITION, *HOLDERS, *SAME, *IN_TERRAFORM]) == []


@pytest.mark.parametrize("option", IN_STEP)
def test_an_option_reaches_its_step(option: str) -> None:
    step, path, expected = IN_STEP[option]
    assert at(steps(rendered(tuned=step != TRAIN))[step]["Arguments"], path) == expected


@pytest.mark.parametrize("option", IN_DEFINITION)
def test_an_option_reaches_the_definition(option: str) -> None:
    path, expected = IN_DEFINITION[option]
    assert at(rendered(tuned=True), path) == expected


def test_the_evaluation_reads_the_model_and_always_writes_its_report() -> None:
    step = steps(rendered(tuned=True))[EVALUATE]
    outputs = [item["OutputName"] for item in step["Arguments"]["ProcessingOutputConfig"]["Outputs"]]
    assert outputs == ["plots", "evaluation"]
    assert step["PropertyFiles"] == [{"PropertyFileName": "EvaluationReport", "OutputName": "evaluation", "FilePath": "report.json"}]
    model = step["Arguments"]["ProcessingInputs"][-1]["S3Input"]
    best = {"Get": "Steps.Tune.BestTrainingJob.TrainingJobName"}
    assert model["S3Uri"] == {"Std:Join": {"On": "/", "Values": [f"{RUN}/Tune", best, "output", "model.tar.gz"]}}
    assert model["LocalPath"] == "/opt/ml/processing/input/model"


def test_a_tuned_model_is_found_when_the_step_comes_from_the_cache() -> None:
    """The best training job may be of an earlier execution: no execution's id leads to its model."""
    found = steps(full())
    written = found["Tune"]["Arguments"]["TrainingJobDefinition"]["OutputDataConfig"]["S3OutputPath"]
    read = found["Evaluate"]["Arguments"]["ProcessingInputs"][-1]["S3Input"]["S3Uri"]["Std:Join"]["Values"]
    assert written == read[0] == f"{RUN}/Tune"


def test_retries_of_job_errors_are_for_jobs() -> None:
    """Tuning jobs try their training jobs again themselves; a call has no job that could fail."""
    found = {name: step.get("RetryPolicies", [{}])[0].get("ExceptionType") for name, step in steps(rendered(tuned=True)).items()}
    assert found["Prepare"] == ["SageMaker.JOB_INTERNAL_ERROR", "Step.THROTTLING"]
    assert found["Tune"] == found["Register"] == found["CreateModel"] == ["Step.THROTTLING"]
    assert (
        "RetryPolicies"
        not in steps(full(retry_policies=[FULL["retry_policies"][0] | {"exception_type": ["SageMaker.CAPACITY_ERROR"]}]))["Register"]
    )


def test_a_batch_is_scored_by_the_new_model_after_it_is_registered() -> None:
    found = steps(rendered(tuned=True))
    assert found["CreateModel"]["DependsOn"] == ["Register"]
    assert found["Score"]["Arguments"]["ModelName"] == {"Get": "Steps.CreateModel.ModelName"}
    assert found["Score"]["Arguments"]["TransformResources"] == {
        "InstanceType": "ml.m5.2xlarge", "InstanceCount": 3, "VolumeKmsKeyId": wine_refs().kms_key_arn,
    }  # fmt: skip


def test_without_processing_data_comes_from_s3() -> None:
    spec = wine_spec(processing=None, training={"channels": {"train": {"s3_uri": "{bucket}/data/"}}}, evaluation={"program": "evaluate.py"})
    definition = pipeline_definition(spec, wine_refs())
    assert [step["Name"] for step in definition["Steps"]] == ["Train", "Evaluate", "CheckMetric"]
    channel = steps(definition)["Train"]["Arguments"]["InputDataConfig"][1]
    assert at(channel, "DataSource.S3DataSource.S3Uri") == "s3://slipway-dev-training-111111111111/data/"
