"""A JSON schema of pipeline definitions, version 2020-12-01: its frame as AWS publishes it, the steps' Arguments from botocore.

AWS publishes a schema at https://aws-sagemaker-mlops.github.io/sagemaker-model-building-pipeline-definition-JSON-schema/ (last change
02a0602b). It has no licence, so it is not copied here: `FRAME` says the same about names, types, required members and which further
ones are refused, in our words, and adds what the service and its SDK have and that schema does not:

- at the top `PipelineExperimentConfig`; of String parameters `EnumValues`;
- of steps `CacheConfig` (developer guide, "Caching pipeline steps") and `PropertyFiles`; `ExceptionType` as a list ("Retry policy");
- `Std:JsonGet`, and `Std:Join` wherever text may stand (there `Std:Join` is defined and used nowhere);
- Tuning and Fail steps anywhere (there Tuning is defined and used nowhere), Model and Condition steps inside conditions;
- Arguments are those of today's Create call (there those of 2021: no ModelApprovalStatus, for instance).
"""

from __future__ import annotations

import functools
from typing import Any

import botocore.session
import jsonschema
from botocore.model import ListShape, MapShape, Shape, StructureShape

Schema = dict[str, Any]
_NAME = {"type": "string", "pattern": "^[A-Za-z0-9\\-_]{1,64}$"}
_TEXT = {"type": "string", "maxLength": 4096}
CALLS = {
    "Processing": ("CreateProcessingJob", "ProcessingJobName"),
    "Training": ("CreateTrainingJob", "TrainingJobName"),
    "Tuning": ("CreateHyperParameterTuningJob", "HyperParameterTuningJobName"),
    "Transform": ("CreateTransformJob", "TransformJobName"),
    "Model": ("CreateModel", "ModelName"),
    "RegisterModel": ("CreateModelPackage", "ModelPackageName"),
}
"""Type of a step -> the call it makes, and the name that SageMaker gives the job itself."""
EXCEPTIONS = (
    "Step.SERVICE_FAULT",
    "Step.THROTTLING",
    "SageMaker.JOB_INTERNAL_ERROR",
    "SageMaker.CAPACITY_ERROR",
    "SageMaker.RESOURCE_LIMIT",
)


def _closed(properties: Schema, *required: str) -> Schema:
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def _list(items: Schema) -> Schema:
    return {"type": "array", "items": items}


def _ref(name: str) -> Schema:
    return {"$ref": f"#/definitions/{name}"}


def _parameter(kind: str, value: Schema, **more: Schema) -> Schema:
    return _closed({"Name": _NAME, "Type": {"const": kind}, "DefaultValue": value, "Description": _TEXT, **more}, "Name", "Type")


EXPRESSIONS: Schema = {
    "Get": _closed({"Get": {"type": "string", "pattern": r"^(Parameters|Execution|Steps)\.[^ ]+$"}}, "Get"),
    "Join": _closed(
        {"Std:Join": _closed({"On": {"type": "string"}, "Values": _list({"anyOf": [{"type": "string"}, _ref("Get")]})}, "Values")},
        "Std:Join",
    ),
    "JsonGet": _closed(
        {"Std:JsonGet": _closed({"PropertyFile": _ref("Get"), "Path": {"type": "string"}}, "PropertyFile", "Path")}, "Std:JsonGet"
    ),
    "Expression": {"anyOf": [_ref("Get"), _ref("Join"), _ref("JsonGet")]},
    "Any": {"anyOf": [{"type": ["string", "number", "boolean"]}, _ref("Expression")]},
}
CONDITIONS: Schema = {
    "Binary": _closed(
        {
            "Type": {"enum": ["GreaterThan", "LessThan", "LessThanOrEqualTo", "GreaterThanOrEqualTo", "Equals", "NotEquals"]},
            "LeftValue": _ref("Any"),
            "RightValue": _ref("Any"),
        },
        *("Type", "LeftValue", "RightValue"),
    ),
    "In": _closed({"Type": {"enum": ["In", "NotIn"]}, "Value": _ref("Any"), "In": _list(_ref("Any"))}, "Type", "Value", "In"),
    "Or": _closed({"Type": {"const": "Or"}, "Conditions": _list({"anyOf": [_ref("Binary"), _ref("In")]})}, "Type", "Conditions"),
}
RETRY = _closed(
    {
        "ExceptionType": {**_list({"enum": list(EXCEPTIONS)}), "minItems": 1},
        "IntervalSeconds": {"type": "integer"},
        "BackoffRate": {"type": "number"},
        "MaxAttempts": {"type": "integer"},
        "ExpireAfterMin": {"type": "integer"},
    },
    "ExceptionType",
)
PROPERTY_FILE = _closed(
    {"PropertyFileName": _NAME, "OutputName": {"type": "string"}, "FilePath": {"type": "string"}},
    "PropertyFileName",
    "OutputName",
    "FilePath",
)


def _step(kind: str, arguments: Schema, **more: Schema) -> Schema:
    frame = {
        "Name": _NAME,
        "Type": {"const": kind},
        "DependsOn": _list(_NAME),
        "DisplayName": _NAME,
        "Description": _TEXT,
        "Arguments": arguments,
    }
    return _closed({**frame, **more}, "Name", "Type", "Arguments")


def _steps() -> Schema:
    cache = {"CacheConfig": _closed({"Enabled": {"type": "boolean"}, "ExpireAfter": {"type": "string", "pattern": "^P"}}, "Enabled")}
    retries = {"RetryPolicies": _list(RETRY)}
    found = {kind: _step(kind, _arguments(kind), **retries, **({} if kind in ("Model", "RegisterModel") else cache)) for kind in CALLS}
    found["Processing"]["properties"]["PropertyFiles"] = _list(PROPERTY_FILE)
    nested = {"IfSteps": _list(_ref("Step")), "ElseSteps": _list(_ref("Step"))}
    conditions = _list({"oneOf": [_ref("Binary"), _ref("In"), _ref("Or")]})
    found["Condition"] = _step("Condition", _closed({"Conditions": conditions, **nested}, "Conditions"))
    found["Fail"] = _step("Fail", _closed({"ErrorMessage": {"anyOf": [{"type": "string"}, _ref("Get"), _ref("Join")]}}))
    return found


@functools.lru_cache(maxsize=1)
def schema() -> Schema:
    """The whole schema."""
    steps = _steps()
    parameters = [
        _parameter("String", _TEXT, EnumValues=_list({"type": "string"})),
        *(_parameter(kind, {"type": name}) for kind, name in (("Integer", "integer"), ("Float", "number"), ("Boolean", "boolean"))),
    ]
    kinds = {"allOf": [{"if": {"properties": {"Type": {"const": kind}}}, "then": body} for kind, body in steps.items()]}
    step = {"type": "object", "required": ["Type"], "properties": {"Type": {"enum": list(steps)}}, **kinds}
    experiment = _closed({"ExperimentName": _ref("Any"), "TrialName": _ref("Any")}, "ExperimentName")
    frame = {
        "Version": {"const": "2020-12-01"},
        "Metadata": {"type": "object"},
        "Parameters": _list({"oneOf": parameters}),
        "PipelineExperimentConfig": experiment,
        "Steps": {**_list(_ref("Step")), "minItems": 1},
    }
    return {**_closed(frame, "Steps"), "definitions": {**EXPRESSIONS, **CONDITIONS, "Step": step}}


@functools.lru_cache(maxsize=1)
def _model() -> Any:
    return botocore.session.get_session().get_service_model("sagemaker")


def _arguments(kind: str) -> Schema:
    """The call's input without the name that SageMaker gives, every text, number and flag also as an expression."""
    call, name = CALLS[kind]
    shape = _shape(_model().operation_model(call).input_shape)
    shape["properties"].pop(name)
    shape["required"] = [item for item in shape["required"] if item != name]
    return shape


def _shape(shape: Shape) -> Schema:
    if isinstance(shape, StructureShape):
        return _closed({name: _shape(member) for name, member in shape.members.items()}, *shape.required_members)
    if isinstance(shape, ListShape):
        return {**_list(_shape(shape.member)), **_limits(shape, "min", "minItems", "max", "maxItems")}
    if isinstance(shape, MapShape):
        return {"type": "object", "additionalProperties": _shape(shape.value)}
    return {"anyOf": [_scalar(shape), _ref("Expression")]}


def _scalar(shape: Shape) -> Schema:
    if shape.type_name in ("integer", "long"):
        return {"type": "integer", **_limits(shape, "min", "minimum", "max", "maximum")}
    if shape.type_name in ("float", "double"):
        return {"type": "number"}
    if shape.type_name == "boolean":
        return {"type": "boolean"}
    allowed = {"enum": shape.enum} if getattr(shape, "enum", None) else {}
    return {"type": "string", **allowed, **_limits(shape, "min", "minLength", "max", "maxLength")}


def _limits(shape: Shape, *pairs: str) -> Schema:
    return {pairs[index + 1]: shape.metadata[pairs[index]] for index in (0, 2) if pairs[index] in shape.metadata}


def errors(definition: Any) -> list[str]:
    """What is wrong with a definition: `path: message` each, the innermost reason of each alternative."""
    found = []
    for error in jsonschema.Draft7Validator(schema()).iter_errors(definition):
        inner = jsonschema.exceptions.best_match([error]) if error.context else error
        found.append(f"{'/'.join(map(str, inner.absolute_path))}: {inner.message[-200:]}")
    return found
