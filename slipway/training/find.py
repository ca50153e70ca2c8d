"""Finds the training pipeline a person means, and checks the parameters they give."""

from __future__ import annotations

import json

from modules.training.spec import pipeline_name
from slipway.artifacts.account import Account, error_code, explain
from slipway.config.problems import nearest
from slipway.errors import InputError, SlipwayError
from slipway.training.executions import Pipeline

_ABSENT = ("ValidationException", "ResourceNotFound", "ResourceNotFoundException")


def find_pipeline(account: Account, named: str | None) -> Pipeline:
    """The pipeline of that key, or the only one. InputError for an unknown key, SlipwayError when it is not deployed."""
    key = pipeline_key(account, named)
    pipeline = deployed(account, key)
    if pipeline is None:
        where = f"account {account.config.account_id} ({account.config.name})"
        raise SlipwayError(f"pipeline {pipeline_name(account.naming, key)} is not in {where}", fix=f"slipway deploy {account.config.name}")
    return pipeline


def pipeline_key(account: Account, named: str | None) -> str:
    """The key of `training.pipelines` that is meant. InputError when there is none, or several and none was named."""
    config = account.config
    keys = sorted(config.training.pipelines) if config.training else []
    if not keys:
        raise InputError(f"{config.name} has no training pipeline", fix="add one to `training.pipelines` of the environment")
    if named is None and len(keys) > 1:
        raise InputError(f"{config.name} has several training pipelines", fix=f"name one: {', '.join(keys)}")
    key = named or keys[0]
    if key not in keys:
        near = nearest(key, keys)
        said = f"did you mean {near}? " if near else ""
        raise InputError(f"{config.name} has no training pipeline {key!r}", fix=f"{said}pipelines there: {', '.join(keys)}")
    return key


def deployed(account: Account, key: str) -> Pipeline | None:
    """The pipeline as SageMaker has it; None when it has none of this name."""
    from botocore.exceptions import ClientError

    name = pipeline_name(account.naming, key)
    try:
        found = account.client("sagemaker").describe_pipeline(PipelineName=name)
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return None
        raise explain(error, f"cannot describe pipeline {name}", account) from None
    return Pipeline(account, key, name, json.loads(found["PipelineDefinition"]))
