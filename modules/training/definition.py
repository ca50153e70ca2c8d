"""The definition of a SageMaker pipeline: JSON of version 2020-12-01, as CreatePipeline takes it. Pure: a dict from spec and refs.

`slipway train --local` executes the same document. Its language is described by AWS's "Pipeline definition JSON schema"; what that
schema does not know yet (Std:JsonGet, CacheConfig, PropertyFiles, PipelineExperimentConfig, EnumValues) is as the SageMaker SDK writes it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from modules.training.common import (
    CHECK,
    EVALUATE,
    EVALUATION,
    MISSED,
    MODEL,
    PREPARE,
    REGISTER,
    SCORE,
    TRAIN,
    TUNE,
    Arguments,
    DefinitionRefs,
    Pipeline,
    replaced,
)
from modules.training.expressions import get, join, json_get, value_of
from modules.training.parameters import AnyParameter, StringParameter
from modules.training.processing import processing_arguments
from modules.training.registration import model_arguments, registration_arguments, transform_arguments
from modules.training.spec import PipelineSpec
from modules.training.training_job import training_arguments, tuning_arguments

VERSION = "2020-12-01"
REPORT = "EvaluationReport"
"""Name of the property file that the condition reads."""
Step = dict[str, Any]


def pipeline_definition(spec: PipelineSpec, refs: DefinitionRefs) -> dict[str, Any]:
    """The whole document. KeyError when a reference names no parameter or image: `fit.problems` says so better, before."""
    pipeline = Pipeline(spec, refs)
    return {
        "Version": VERSION,
        "Metadata": {},
        "Parameters": [_parameter(name, item, refs) for name, item in spec.parameters.items()],
        "PipelineExperimentConfig": {
            "ExperimentName": spec.experiment or get("Execution.PipelineName"),
            "TrialName": get("Execution.PipelineExecutionId"),
        },
        "Steps": [*_prepare(pipeline), _train(pipeline), _evaluate(pipeline), _check(pipeline)],
    }


def definition_text(spec: PipelineSpec, refs: DefinitionRefs) -> str:
    """The document as CreatePipeline takes it: compact, the same on every run."""
    return json.dumps(pipeline_definition(spec, refs), separators=(",", ":"), ensure_ascii=False)


def _parameter(name: str, item: AnyParameter, refs: DefinitionRefs) -> dict[str, Any]:
    description = {"Description": item.description} if item.description else {}
    if not isinstance(item, StringParameter):
        return {"Name": name, "Type": item.type, "DefaultValue": item.default, **description}
    allowed = {"EnumValues": [replaced(value, refs) for value in item.enum_values]} if item.enum_values else {}
    return {"Name": name, "Type": item.type, "DefaultValue": replaced(item.default, refs), **allowed, **description}


def _prepare(pipeline: Pipeline) -> list[Step]:
    spec = pipeline.spec.processing
    return [_job(pipeline, PREPARE, "Processing", processing_arguments(pipeline, PREPARE, spec))] if spec else []


def _train(pipeline: Pipeline) -> Step:
    if (tuning := pipeline.spec.tuning) is not None:
        return _job(pipeline, TUNE, "Tuning", tuning_arguments(pipeline, tuning))
    return _job(pipeline, TRAIN, "Training", training_arguments(pipeline))


def _evaluate(pipeline: Pipeline) -> Step:
    spec = pipeline.spec.evaluation
    step = _job(pipeline, EVALUATE, "Processing", processing_arguments(pipeline, EVALUATE, spec))
    return {**step, "PropertyFiles": [{"PropertyFileName": REPORT, "OutputName": EVALUATION, "FilePath": spec.report}]}


def _check(pipeline: Pipeline) -> Step:
    """A model that reaches the threshold is registered; nothing else is."""
    spec = pipeline.spec.condition
    condition = {
        "Type": spec.comparison,
        "LeftValue": json_get(EVALUATE, REPORT, spec.metric),
        "RightValue": value_of(spec.threshold),
    }
    missed = [_missed(pipeline)] if spec.otherwise == "fail" else []
    return {
        "Name": CHECK,
        "Type": "Condition",
        "Arguments": {"Conditions": [condition], "IfSteps": _good(pipeline), "ElseSteps": missed},
    }


def _good(pipeline: Pipeline) -> list[Step]:
    register = _call(pipeline, REGISTER, "RegisterModel", registration_arguments(pipeline))
    if (batch := pipeline.spec.batch_scoring) is None:
        return [register]
    model = {**_call(pipeline, MODEL, "Model", model_arguments(pipeline)), "DependsOn": [REGISTER]}
    return [register, model, _job(pipeline, SCORE, "Transform", transform_arguments(pipeline, batch))]


def _missed(pipeline: Pipeline) -> Step:
    spec = pipeline.spec.condition
    sign = ">=" if spec.comparison == "GreaterThanOrEqualTo" else "<="
    threshold = value_of(spec.threshold)
    message = join(
        " ", f"no model is registered: {spec.metric} is not {sign}", threshold if isinstance(threshold, dict) else str(threshold)
    )
    return {"Name": MISSED, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def _job(pipeline: Pipeline, name: str, type: str, arguments: Arguments) -> Step:
    """A step that starts a job: it may be cached, and every retry policy applies."""
    expires = pipeline.spec.cache_expire_after
    cache = {"CacheConfig": {"Enabled": True, "ExpireAfter": expires}} if expires else {}
    # Tuning jobs try failed training jobs again themselves (developer guide, "Retry Policy for Pipeline Steps").
    left_out = ("SageMaker.JOB_INTERNAL_ERROR",) if type == "Tuning" else ()
    return {"Name": name, "Type": type, "Arguments": arguments, **cache, **_retries(pipeline, left_out)}


def _call(pipeline: Pipeline, name: str, type: str, arguments: Arguments) -> Step:
    """A step that is one call: no job that could fail."""
    jobs = ("SageMaker.JOB_INTERNAL_ERROR", "SageMaker.CAPACITY_ERROR", "SageMaker.RESOURCE_LIMIT")
    return {"Name": name, "Type": type, "Arguments": arguments, **_retries(pipeline, jobs)}


def _retries(pipeline: Pipeline, left_out: Sequence[str]) -> dict[str, Any]:
    found = []
    for policy in pipeline.spec.retry_policies:
        if kinds := [kind for kind in policy.exception_type if kind not in left_out]:
            attempts = {"IntervalSeconds": policy.interval_seconds, "BackoffRate": policy.backoff_rate, "MaxAttempts": policy.max_attempts}
            found.append({"ExceptionType": kinds, **attempts})
    return {"RetryPolicies": found} if found else {}
