"""Expressions of the pipeline definition language: values that SageMaker fills in when an execution runs. Plain dicts."""

from __future__ import annotations

import json
from typing import Any

from modules.training.fields import ParameterRef

Expression = dict[str, Any]


def get(path: str) -> Expression:
    """A property: `Parameters.Name`, `Execution.PipelineExecutionId`, or `Steps.<step>.<member of its Describe answer>`."""
    return {"Get": path}


def join(separator: str, *values: Any) -> Expression:
    """Text put together of literals and expressions."""
    return {"Std:Join": {"On": separator, "Values": list(values)}}


def json_get(step: str, property_file: str, path: str) -> Expression:
    """A value of a property file that a processing step wrote."""
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{step}.PropertyFiles.{property_file}"), "Path": path}}


def output_of(step: str, name: str) -> Expression:
    """S3 address of a processing step's output."""
    return get(f"Steps.{step}.ProcessingOutputConfig.Outputs['{name}'].S3Output.S3Uri")


def value_of(value: Any) -> Any:
    """A literal as it is, a reference as the parameter's value."""
    return get(f"Parameters.{value.parameter}") if isinstance(value, ParameterRef) else value


def text_of(value: Any) -> Any:
    """Where SageMaker takes text alone (hyperparameters): numbers and true as JSON spells them, a parameter joined to text."""
    if isinstance(value, ParameterRef):
        return join("", get(f"Parameters.{value.parameter}"))
    return value if isinstance(value, str) else json.dumps(value)
