"""Model packages go before their group: SageMaker deletes no group that has versions (API: DeleteModelPackageGroup).

They go with the training bucket that holds their files, and only when it may go with everything in it (`force_destroy`).
"""

from __future__ import annotations

import json

from slipway.deploy.apply import Approve
from slipway.deploy.store import Store
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.layers import stack_name
from slipway.terraform.review import StackReview


def packages_first(target: Target, stack: str, approve: Approve) -> Approve:
    """`approve`, and after a yes the deletion of every package in the groups of the training stack; for other stacks as it is.

    SlipwayError while there are packages and their bucket is not to be emptied.
    """
    if stack != stack_name(target.name, "training"):
        return approve
    groups, emptied = _of_state(target, stack)
    packages = [arn for group in groups for arn in _packages(target, group)]
    if not packages:
        return approve
    if not emptied:
        raise SlipwayError(
            f"{stack} has {len(packages)} model packages, such as {packages[0]}; nothing was destroyed",
            fix="Delete them, or set storage.training.force_destroy: true, which lets them go with their bucket, and deploy that first.",
        )

    def asked(review: StackReview) -> bool:
        if not approve(review):
            return False
        target.reporter.step(stack, f"delete {len(packages)} model packages")
        client = target.client("sagemaker")
        for arn in packages:
            client.delete_model_package(ModelPackageName=arn)
        return True

    return asked


def _of_state(target: Target, stack: str) -> tuple[list[str], bool]:
    """Names of the stack's groups, and whether its buckets may go with what is in them."""
    store = Store(target, stack)
    state = json.loads(store.read(store.key) or b"{}")
    found = [
        (item["type"], instance["attributes"])
        for item in state.get("resources", ())
        for instance in item.get("instances", ())
        if item.get("mode") == "managed"
    ]
    groups = [given["model_package_group_name"] for kind, given in found if kind == "aws_sagemaker_model_package_group"]
    buckets = [given for kind, given in found if kind == "aws_s3_bucket"]
    return groups, all(given.get("force_destroy") for given in buckets)


def _packages(target: Target, group: str) -> list[str]:
    pages = target.client("sagemaker").get_paginator("list_model_packages").paginate(ModelPackageGroupName=group)
    return [item["ModelPackageArn"] for page in pages for item in page["ModelPackageSummaryList"]]
