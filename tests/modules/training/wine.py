"""The wine pipeline of examples/wine/training.yaml, and what its definition points at, as literals."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from modules._shared.naming import Naming
from modules.training.common import DefinitionRefs
from modules.training.spec import PipelineSpec, TrainingSpec, package_group_name, role_name
from slipway.config.compose import compose
from slipway.config.nodes import plain

ROOT = Path(__file__).resolve().parents[3]
NAMING = Naming("slipway", "dev", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"
REGISTRY = "111111111111.dkr.ecr.eu-west-1.amazonaws.com"


def wine_data() -> dict[str, Any]:
    """The `training` block of the file."""
    tree, problems = compose((ROOT / "examples/wine/training.yaml").read_text(encoding="utf-8"), "training.yaml")
    assert not problems
    data: dict[str, Any] = plain(tree)["training"]
    return data


def wine_spec(**changes: Any) -> PipelineSpec:
    """The pipeline, with some of its options replaced."""
    data = wine_data()
    data["pipelines"]["wine"] |= changes
    return TrainingSpec.model_validate(data).pipelines["wine"]


def wine_refs(**changes: Any) -> DefinitionRefs:
    """Literals of an account that does not exist."""
    given: dict[str, Any] = {
        "name": "wine",
        "bucket": NAMING.bucket("training"),
        "source_uri": f"s3://{NAMING.bucket('training')}/source/wine/{'5' * 64}",
        "images": {"training": f"{REGISTRY}/slipway-dev-training@sha256:{'a' * 64}"},
        "inference_image": f"{REGISTRY}/slipway-dev-inference@sha256:{'b' * 64}",
        "role_arn": NAMING.arn("iam", f"role/{role_name(NAMING, 'wine')}", region=False),
        "kms_key_arn": KEY,
        "package_group_name": package_group_name(NAMING, "wine"),
        "tags": {"project": "slipway", "environment": "dev", "pipeline": "wine"},
    }
    return DefinitionRefs(**{**given, **changes})
