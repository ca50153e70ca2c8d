"""The model registry: groups, versions, approval, policy, and the event an approval sends."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.events import bus

IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/none:1"


@pytest.fixture
def sagemaker(client: Any) -> Any:
    made = client("sagemaker")
    made.create_model_package_group(ModelPackageGroupName="wine", ModelPackageGroupDescription="Wine", Tags=[{"Key": "a", "Value": "b"}])
    return made


@pytest.fixture
def published(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """Events that were published."""
    found: list[dict[str, Any]] = []
    monkeypatch.setattr(bus, "publish", lambda account, region, **event: found.append({"account": account, "region": region, **event}))
    return found


def register(sagemaker: Any, **more: Any) -> str:
    """A new version; its ARN."""
    specification = {
        "Containers": [{"Image": IMAGE, "ModelDataUrl": "s3://nowhere/model.tar.gz"}],
        "SupportedContentTypes": ["text/csv"],
        "SupportedResponseMIMETypes": ["text/csv"],
    }
    return str(
        sagemaker.create_model_package(ModelPackageGroupName="wine", InferenceSpecification=specification, **more)["ModelPackageArn"]
    )


def test_versions_count_up_and_never_come_back(sagemaker: Any):
    first, second = register(sagemaker), register(sagemaker)
    assert (first[-7:], second[-7:]) == ("/wine/1", "/wine/2")
    sagemaker.delete_model_package(ModelPackageName=first)
    sagemaker.delete_model_package(ModelPackageName=second)
    third = register(sagemaker)
    assert third.endswith("/wine/3")
    listed = sagemaker.list_model_packages(ModelPackageGroupName="wine")["ModelPackageSummaryList"]
    assert [item["ModelPackageVersion"] for item in listed] == [3]


def test_an_approval_is_an_event_with_the_exact_version(sagemaker: Any, published: list[dict[str, Any]]):
    arn = register(sagemaker, CustomerMetadataProperties={"source": "git"})
    assert sagemaker.describe_model_package(ModelPackageName=arn)["ModelApprovalStatus"] == "PendingManualApproval"
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved", ApprovalDescription="good")
    assert [event["detail"]["ModelApprovalStatus"] for event in published] == ["PendingManualApproval", "Approved"]
    event = published[-1]
    assert (event["source"], event["detail_type"], event["resources"]) == ("aws.sagemaker", "SageMaker Model Package State Change", [arn])
    assert (event["account"], event["region"]) == ("111111111111", "eu-west-1")
    detail = event["detail"]
    assert (detail["ModelPackageGroupName"], detail["ModelPackageVersion"], detail["ModelPackageArn"]) == ("wine", 1, arn)
    json.dumps(detail)
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (described["ApprovalDescription"], described["CustomerMetadataProperties"]) == ("good", {"source": "git"})
    sagemaker.update_model_package(
        ModelPackageArn=arn, CustomerMetadataProperties={"more": "1"}, CustomerMetadataPropertiesToRemove=["source"]
    )
    described = sagemaker.describe_model_package(ModelPackageName=arn)
    assert (described["ModelApprovalStatus"], described["CustomerMetadataProperties"]) == ("Approved", {"more": "1"})


def test_versions_have_tags_of_their_own(sagemaker: Any):
    arn = register(sagemaker)
    sagemaker.add_tags(ResourceArn=arn, Tags=[{"Key": "x", "Value": "1"}])
    group = sagemaker.describe_model_package_group(ModelPackageGroupName="wine")["ModelPackageGroupArn"]
    assert sagemaker.list_tags(ResourceArn=arn)["Tags"] == [{"Key": "x", "Value": "1"}]
    assert sagemaker.list_tags(ResourceArn=group)["Tags"] == [{"Key": "a", "Value": "b"}]


def test_a_group_goes_when_it_is_empty(sagemaker: Any):
    arn = register(sagemaker)
    with pytest.raises(ClientError, match="ConflictException"):
        sagemaker.delete_model_package_group(ModelPackageGroupName="wine")
    sagemaker.delete_model_package(ModelPackageName=arn)
    sagemaker.delete_model_package_group(ModelPackageGroupName="wine")
    with pytest.raises(ClientError, match="does not exist"):
        sagemaker.describe_model_package_group(ModelPackageGroupName="wine")


def test_a_groups_policy(sagemaker: Any):
    with pytest.raises(ClientError, match="Cannot find Model Package Group Policy"):
        sagemaker.get_model_package_group_policy(ModelPackageGroupName="wine")
    policy = json.dumps({"Version": "2012-10-17", "Statement": []})
    sagemaker.put_model_package_group_policy(ModelPackageGroupName="wine", ResourcePolicy=policy)
    assert sagemaker.get_model_package_group_policy(ModelPackageGroupName="wine")["ResourcePolicy"] == policy
    sagemaker.delete_model_package_group_policy(ModelPackageGroupName="wine")
    with pytest.raises(ClientError, match="Cannot find"):
        sagemaker.delete_model_package_group_policy(ModelPackageGroupName="wine")
    with pytest.raises(ClientError, match="not valid JSON"):
        sagemaker.put_model_package_group_policy(ModelPackageGroupName="wine", ResourcePolicy="no")


def test_groups_have_unique_names(sagemaker: Any):
    with pytest.raises(ClientError, match="already exists"):
        sagemaker.create_model_package_group(ModelPackageGroupName="wine")


def test_an_approval_reaches_the_target_of_a_rule(client: Any, sagemaker: Any):
    """What delivery hangs on: the rule's pattern sees the approval, and only that, of exactly this version."""
    queue = client("sqs").create_queue(QueueName="approved")["QueueUrl"]
    pattern = {"source": ["aws.sagemaker"], "detail-type": ["SageMaker Model Package State Change"]}
    pattern |= {"detail": {"ModelPackageGroupName": ["wine"], "ModelApprovalStatus": ["Approved"]}}
    client("events").put_rule(Name="approved", EventPattern=json.dumps(pattern))
    target = {"Id": "1", "Arn": "arn:aws:sqs:eu-west-1:111111111111:approved", "InputPath": "$.detail.ModelPackageArn"}
    client("events").put_targets(Rule="approved", Targets=[target])
    arn = [register(sagemaker) for _ in range(2)][1]
    sagemaker.update_model_package(ModelPackageArn=arn, ModelApprovalStatus="Approved")
    messages: list[Any] = []
    for _ in range(100):
        messages += client("sqs").receive_message(QueueUrl=queue).get("Messages", [])
        if messages:
            break
        time.sleep(0.05)
    assert [json.loads(message["Body"]) for message in messages] == [arn]
