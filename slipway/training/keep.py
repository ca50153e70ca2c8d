"""What stays of a local execution: `.slipway/training/<execution>/`."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

from slipway.training.executions import Execution, Pipeline

FOLDER = Path(".slipway") / "training"


def keep(pipeline: Pipeline, execution: Execution, root: Path) -> Path:
    """Write the execution's results below `root` and return their folder.

    execution.json (status, steps, metrics), definition.json, logs/<step>.log, files/ with everything that its steps wrote to S3 (the
    model, the evaluation's report), and package.json when it registered a package.
    """
    folder = root / FOLDER / execution.id
    shutil.rmtree(folder, ignore_errors=True)
    (folder / "logs").mkdir(parents=True)
    _write(folder / "execution.json", execution.as_dict())
    _write(folder / "definition.json", pipeline.definition)
    for step in execution.steps:
        if lines := list(pipeline.log(step)):
            (folder / "logs" / f"{step.name}.log").write_text("\n".join(lines) + "\n", encoding="utf-8")
    _download(pipeline, execution, folder / "files")
    if execution.package_arn:
        package = pipeline.account.client("sagemaker").describe_model_package(ModelPackageName=execution.package_arn)
        _write(folder / "package.json", {name: value for name, value in package.items() if name != "ResponseMetadata"})
    return folder


def _download(pipeline: Pipeline, execution: Execution, folder: Path) -> None:
    """Everything below runs/<pipeline>/<execution>/ of the training bucket."""
    account = pipeline.account
    bucket, prefix = account.config.storage.training.bucket_name(account.naming), f"runs/{pipeline.key}/{execution.id}/"
    client = account.client("s3")
    for page in client.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix):
        for item in page.get("Contents", []):
            target = folder / item["Key"].removeprefix(prefix)
            target.parent.mkdir(parents=True, exist_ok=True)
            client.download_file(bucket, item["Key"], str(target))


def _write(path: Path, document: object) -> None:
    path.write_text(json.dumps(document, indent=2, default=str) + "\n", encoding="utf-8")
