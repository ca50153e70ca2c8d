"""Arguments of training and tuning steps (API: CreateTrainingJob, CreateHyperParameterTuningJob). Pure: plain dicts."""

from __future__ import annotations

from typing import Any

from modules.training.common import CODE, TRAIN, TUNE, Arguments, Pipeline, environment
from modules.training.expressions import text_of
from modules.training.steps import NumberRange, TrainingStepSpec, TuningSpec


def training_arguments(pipeline: Pipeline) -> Arguments:
    """One training job in script mode."""
    return {"HyperParameters": _hyperparameters(pipeline.spec.training), **_job(pipeline, TRAIN), "Tags": pipeline.tags()}


def tuning_arguments(pipeline: Pipeline, spec: TuningSpec) -> Arguments:
    """The training job many times, each with other values of the tuned hyperparameters."""
    static = _hyperparameters(pipeline.spec.training)
    return {
        "HyperParameterTuningJobConfig": {
            "Strategy": spec.strategy,
            "HyperParameterTuningJobObjective": {"Type": spec.goal, "MetricName": spec.metric},
            "ResourceLimits": {
                "MaxNumberOfTrainingJobs": spec.max_number_of_training_jobs,
                "MaxParallelTrainingJobs": spec.max_parallel_training_jobs,
            },
            "ParameterRanges": _ranges(spec),
            "TrainingJobEarlyStoppingType": spec.early_stopping,
        },
        "TrainingJobDefinition": {"StaticHyperParameters": static, **_job(pipeline, TUNE)},
        "Tags": pipeline.tags(),
    }


def _ranges(spec: TuningSpec) -> Arguments:
    numbers = {name: item for name, item in spec.ranges.items() if isinstance(item, NumberRange)}
    found = {
        "IntegerParameterRanges": [_range(name, item) for name, item in numbers.items() if item.integer],
        "ContinuousParameterRanges": [_range(name, item) for name, item in numbers.items() if not item.integer],
        "CategoricalParameterRanges": [
            {"Name": name, "Values": list(item.values)} for name, item in spec.ranges.items() if not isinstance(item, NumberRange)
        ],
    }
    return {kind: items for kind, items in found.items() if items}


def _range(name: str, item: NumberRange) -> Arguments:
    """SageMaker takes the ends of a range as text."""
    least, most = (str(int(end)) if item.integer else repr(end) for end in (item.min_value, item.max_value))
    return {"Name": name, "MinValue": least, "MaxValue": most, "ScalingType": item.scaling_type}


def _job(pipeline: Pipeline, step: str) -> Arguments:
    """What both calls have in common."""
    spec, refs = pipeline.spec.training, pipeline.refs
    definitions = [{"Name": item.name, "Regex": item.regex} for item in spec.metric_definitions]
    waiting = {"MaxWaitTimeInSeconds": spec.spot.max_wait_in_seconds} if spec.spot else {}
    checkpoints = {"S3Uri": pipeline.path(step, "checkpoints"), "LocalPath": "/opt/ml/checkpoints"}
    return {
        "AlgorithmSpecification": {
            "TrainingImage": refs.images[pipeline.spec.image],
            "TrainingInputMode": "File",
            **({"MetricDefinitions": definitions} if definitions else {}),
        },
        "InputDataConfig": _channels(pipeline),
        "OutputDataConfig": {"S3OutputPath": pipeline.tuned() if step == TUNE else pipeline.path(step), "KmsKeyId": refs.kms_key_arn},
        "ResourceConfig": pipeline.cluster(spec.compute),
        "StoppingCondition": {"MaxRuntimeInSeconds": spec.max_runtime_in_seconds, **waiting},
        "EnableManagedSpotTraining": spec.spot is not None,
        **({"CheckpointConfig": checkpoints} if spec.keeps_checkpoints else {}),
        **pipeline.isolation(),
        **pipeline.vpc(),
        **environment(spec.environment),
        "RoleArn": refs.role_arn,
    }


def _channels(pipeline: Pipeline) -> list[Arguments]:
    """The source is a channel like the data: a job with network isolation cannot fetch it itself."""
    found = [_channel(CODE, pipeline.refs.source_uri)]
    for name, item in pipeline.spec.training.channels.items():
        content_type = {"ContentType": item.content_type} if item.content_type else {}
        found.append({**_channel(name, pipeline.address(item)), **content_type, "InputMode": item.input_mode})
    return found


def _channel(name: str, uri: Any) -> Arguments:
    source = {"S3DataType": "S3Prefix", "S3Uri": uri, "S3DataDistributionType": "FullyReplicated"}
    return {"ChannelName": name, "DataSource": {"S3DataSource": source}, "InputMode": "File"}


def _hyperparameters(spec: TrainingStepSpec) -> Arguments:
    """The job's own, and where containers/training finds the program."""
    own = {name: text_of(value) for name, value in spec.hyperparameters.items()}
    return {**own, "sagemaker_program": spec.program, "sagemaker_submit_directory": f"/opt/ml/input/data/{CODE}"}
