"""Model packages go before their group, after the plan was approved, and only with a bucket that may be emptied."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from slipway.deploy.packages import packages_first
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.terraform.review import StackReview
from tests.deploy.support import BUCKET, boto

STACK = "dev-training"
REVIEW = StackReview(STACK)


@pytest.fixture
def target(make_target: Callable[..., Target], aws: str) -> Target:
    """An environment whose training stack has a group with two versions."""
    made = make_target({"state": {"s": {}}, "training": {"t": {}}})
    sagemaker = boto(aws, "sagemaker")
    sagemaker.create_model_package_group(ModelPackageGroupName="wine")
    for _ in range(2):
        specification = {"Containers": [{"Image": "i:1"}], "SupportedContentTypes": [], "SupportedResponseMIMETypes": []}
        sagemaker.create_model_package(ModelPackageGroupName="wine", InferenceSpecification=specification)
    return made


def write_state(target: Target, *, force_destroy: bool) -> None:
    def resource(kind: str, **attributes: Any) -> dict[str, Any]:
        return {"mode": "managed", "type": kind, "name": "x", "instances": [{"attributes": attributes}]}

    group = resource("aws_sagemaker_model_package_group", model_package_group_name="wine")
    resources = [group, resource("aws_s3_bucket", force_destroy=force_destroy)]
    body = json.dumps({"version": 4, "serial": 1, "lineage": "l", "resources": resources})
    boto(str(target.url), "s3").put_object(Bucket=BUCKET, Key=f"{STACK}.tfstate", Body=body.encode())


def left(target: Target) -> int:
    found = boto(str(target.url), "sagemaker").list_model_packages(ModelPackageGroupName="wine")["ModelPackageSummaryList"]
    return len(found)


@pytest.mark.parametrize(("answer", "packages"), [(False, 2), (True, 0)])
def test_they_go_when_the_plan_was_approved(target: Target, answer: bool, packages: int) -> None:
    write_state(target, force_destroy=True)
    assert packages_first(target, STACK, lambda _: answer)(REVIEW) is answer
    assert left(target) == packages


def test_a_bucket_that_may_not_be_emptied_keeps_them(target: Target) -> None:
    write_state(target, force_destroy=False)
    with pytest.raises(SlipwayError, match="dev-training has 2 model packages, such as arn:aws:sagemaker") as refused:
        packages_first(target, STACK, lambda _: True)
    assert "force_destroy" in refused.value.fix and left(target) == 2


def test_other_stacks_and_no_state_are_left_alone(target: Target) -> None:
    def approve(_review: StackReview) -> bool:
        return True

    assert packages_first(target, "dev-shared", approve) is approve
    assert packages_first(target, STACK, approve) is approve
