"""What `slipway batch ENV MODEL` means: the model, its entry of kind batch_transform, and the settings of the job."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from modules.batch_transform.spec import BatchTransformConfig, TransformSettings, input_uri, job_prefix, output_uri
from slipway.artifacts.account import Account
from slipway.config.problems import nearest
from slipway.errors import InputError

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


@dataclass(frozen=True)
class Subject:
    """`entry`: key in `endpoints`, or the model's own key when it has no entry of kind batch_transform."""

    entry: str
    model: str
    settings: TransformSettings


def subject(config: EnvironmentConfig, named: str) -> Subject:
    """The model, or the entry of `endpoints`, of that key. InputError naming the nearest ones; also when a model has two entries."""
    entries = {key: spec for key, spec in config.other_hosting.items() if isinstance(spec, BatchTransformConfig)}
    if named in entries:
        return Subject(named, entries[named].model, entries[named].transform)
    if named not in config.models:
        known = sorted({*config.models, *entries})
        near = nearest(named, known)
        raise InputError(
            f"{config.name} has no model {named!r}", fix=f"did you mean {near}?" if near else f"models there: {', '.join(known) or 'none'}"
        )
    own = sorted(key for key, spec in entries.items() if spec.model == named)
    if len(own) > 1:
        raise InputError(
            f"model {named} has the batch transforms {', '.join(own)}", fix=f"name one of them: slipway batch {config.name} {own[0]}"
        )
    return Subject(own[0], named, entries[own[0]].transform) if own else Subject(named, named, TransformSettings())


def with_options(settings: TransformSettings, options: Mapping[str, Any]) -> TransformSettings:
    """The settings with command line options over them; keys such as `transform_input.s3_uri`. InputError with what does not fit."""
    from pydantic import ValidationError

    data = settings.model_dump()
    for path, value in options.items():
        if value is not None:
            *parents, last = path.split(".")
            target = data
            for parent in parents:
                target = target[parent]
            target[last] = value
    try:
        return TransformSettings.model_validate(data)
    except ValidationError as error:
        said = "; ".join(f"{'.'.join(map(str, e['loc'])) or 'settings'}: {e['msg'].removeprefix('Value error, ')}" for e in error.errors())
        raise InputError(said, fix="correct the option; see `slipway batch --help`") from None


def places(account: Account, found: Subject, settings: TransformSettings) -> tuple[str, str]:
    """Input and output of the job."""
    bucket = account.config.storage.async_output.bucket_name(account.naming)
    return input_uri(settings, found.entry, bucket), output_uri(settings, found.entry, bucket)


def prefix_of(account: Account, found: Subject) -> str:
    """What the job's name begins with."""
    return job_prefix(account.naming, found.entry)


def deployed_model(account: Account, key: str) -> str:
    """Name of the SageMaker model that is deployed for the key: its newest. InputError when there is none."""
    stem = account.naming.name(key, max_length=63 - 11)
    pages = account.client("sagemaker").get_paginator("list_models")
    pattern = re.compile(re.escape(stem) + "-[0-9a-f]{10}")
    for page in pages.paginate(NameContains=stem, SortBy="CreationTime", SortOrder="Descending"):
        for item in page["Models"]:
            if pattern.fullmatch(item["ModelName"]):
                return str(item["ModelName"])
    raise InputError(
        f"model {key} is not deployed in account {account.config.account_id} ({account.config.name})",
        fix=f"deploy it first: slipway deploy {account.config.name}",
    )
