"""The /opt/ml tree of a training job, laid out below a folder of this machine."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

from slipway.training.job import Channel, Job, as_strings

HOST = "algo-1"
"""What SageMaker calls the first instance of a job."""
INSTANCE_TYPE = "local"
_LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.pyc", ".git", ".venv", ".slipway")


def base(root: Path) -> Path:
    """Where /opt/ml lies below the container's root folder."""
    return root / "opt" / "ml"


def lay_out(root: Path, job: Job, instance_type: str = INSTANCE_TYPE) -> None:
    """Write input/, code/, empty model/ and output/ and no log. checkpoints/ stays: a job with the same root resumes from it.

    Channels are copied, so that a program that writes to its input cannot spoil the data.
    """
    ml = base(root)
    (root / "log").unlink(missing_ok=True)
    for name in ("input", "code", "model", "output"):
        shutil.rmtree(ml / name, ignore_errors=True)
    for name in ("input/config", "input/data", "model", "output/data", "checkpoints"):
        (ml / name).mkdir(parents=True, exist_ok=True)
    if job.source_dir is not None:
        shutil.copytree(job.source_dir, ml / "code", ignore=_LEFT_OUT)
    for name, channel in job.channels.items():
        _copy(channel.path, ml / "input" / "data" / name)
    for name, document in _documents(job, instance_type).items():
        (ml / "input" / "config" / name).write_text(json.dumps(document, indent=2), encoding="utf-8")


def _documents(job: Job, instance_type: str) -> dict[str, dict[str, Any]]:
    program = {"sagemaker_program": job.program} if job.program else {}
    return {
        "hyperparameters.json": as_strings({**job.hyperparameters, **program}),
        "inputdataconfig.json": {name: _channel(channel) for name, channel in job.channels.items()},
        "resourceconfig.json": {
            "current_host": HOST,
            "current_instance_type": instance_type,
            "current_group_name": "homogeneousCluster",
            "hosts": [HOST],
            "instance_groups": [{"instance_group_name": "homogeneousCluster", "instance_type": instance_type, "hosts": [HOST]}],
            "network_interface_name": "eth0",
        },
    }


def _channel(channel: Channel) -> dict[str, str]:
    document = {"TrainingInputMode": channel.mode, "S3DistributionType": "FullyReplicated", "RecordWrapperType": "None"}
    return {**document, "ContentType": channel.content_type} if channel.content_type else document


def _copy(source: Path, target: Path) -> None:
    if source.is_dir():
        shutil.copytree(source, target)
    else:
        target.mkdir()
        shutil.copy(source, target / source.name)
