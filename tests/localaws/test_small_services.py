"""KMS, IAM, S3, CloudWatch and Application Auto Scaling: what the local AWS adds or changes."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.inventory import inventory

LAMBDA_TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "sagemaker.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


def bucket(s3: Any, name: str = "bucket") -> str:
    s3.create_bucket(Bucket=name, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    return name


def test_rotation_period_is_kept(client: Any) -> None:
    kms = client("kms")
    key = kms.create_key()["KeyMetadata"]["KeyId"]
    assert "RotationPeriodInDays" not in kms.get_key_rotation_status(KeyId=key)
    kms.enable_key_rotation(KeyId=key)
    assert kms.get_key_rotation_status(KeyId=key)["RotationPeriodInDays"] == 365
    kms.enable_key_rotation(KeyId=key, RotationPeriodInDays=180)
    kms.enable_key_rotation(KeyId=key)
    status = kms.get_key_rotation_status(KeyId=key)
    assert status["RotationPeriodInDays"] == 180 and status["KeyRotationEnabled"]


def test_a_key_of_aws_is_not_the_customers(client: Any) -> None:
    assert client("kms").describe_key(KeyId="alias/aws/dynamodb")["KeyMetadata"]["KeyManager"] == "AWS"
    assert inventory("111111111111")["accounts"]["111111111111"]["total"] == 0


def test_update_role_leaves_the_rest(client: Any) -> None:
    iam = client("iam")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=LAMBDA_TRUST, Description="words", MaxSessionDuration=7200)
    iam.update_role(RoleName="r", MaxSessionDuration=3600)
    role = iam.get_role(RoleName="r")["Role"]
    assert (role["Description"], role["MaxSessionDuration"]) == ("words", 3600)
    iam.update_role(RoleName="r", Description="")
    role = iam.get_role(RoleName="r")["Role"]
    assert (role.get("Description", ""), role["MaxSessionDuration"]) == ("", 3600)


def test_a_conditional_deny_does_not_deny(client: Any) -> None:
    s3 = client("s3")
    deny: dict[str, Any] = {
        "Effect": "Deny",
        "Principal": "*",
        "Action": "s3:*",
        "Resource": ["arn:aws:s3:::bucket", "arn:aws:s3:::bucket/*"],
    }
    tls = {**deny, "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    s3.put_bucket_policy(Bucket=bucket(s3), Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls]}))
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    assert s3.get_object(Bucket="bucket", Key="k")["Body"].read() == b"1"
    s3.put_bucket_policy(Bucket="bucket", Policy=json.dumps({"Version": "2012-10-17", "Statement": [tls, deny]}))
    with pytest.raises(ClientError, match="AccessDenied"):
        s3.get_object(Bucket="bucket", Key="k")


@pytest.mark.parametrize("resource", ["arn:aws:s3:::logs/*", ["arn:aws:s3:::logs/other/*", "arn:aws:s3:::logs/access/*"]])
def test_log_delivery_by_policy(client: Any, resource: Any) -> None:
    s3 = client("s3")
    bucket(s3, "logs"), bucket(s3)
    logging = {"LoggingEnabled": {"TargetBucket": "logs", "TargetPrefix": "access/"}}
    tls = {"Effect": "Deny", "Principal": "*", "Action": "s3:*", "Resource": "*", "Condition": {"Bool": {"aws:SecureTransport": "false"}}}
    policy: dict[str, Any] = {"Version": "2012-10-17", "Statement": [tls]}
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy))
    with pytest.raises(ClientError, match="InvalidTargetBucketForLogging"):
        s3.put_bucket_logging(Bucket="bucket", BucketLoggingStatus=logging)
    allow = {"Effect": "Allow", "Principal": {"Service": "logging.s3.amazonaws.com"}, "Action": ["s3:PutObject"], "Resource": resource}
    policy["Statement"].append(allow)
    s3.put_bucket_policy(Bucket="logs", Policy=json.dumps(policy))
    s3.put_bucket_logging(Bucket="bucket", BucketLoggingStatus=logging)
    assert s3.get_bucket_logging(Bucket="bucket")["LoggingEnabled"]["TargetBucket"] == "logs"


def test_lifecycle_keeps_newer_versions(client: Any) -> None:
    s3 = client("s3")
    expire = {"NoncurrentDays": 30, "NewerNoncurrentVersions": 5}
    rules = [
        {"ID": "a", "Status": "Enabled", "Filter": {}, "NoncurrentVersionExpiration": expire},
        {"ID": "b", "Status": "Enabled", "Filter": {"Prefix": "x/"}, "Expiration": {"Days": 3}},
    ]
    s3.put_bucket_lifecycle_configuration(Bucket=bucket(s3), LifecycleConfiguration={"Rules": rules})
    assert s3.get_bucket_lifecycle_configuration(Bucket="bucket")["Rules"][0]["NoncurrentVersionExpiration"] == expire


def test_notification_keeps_event_bridge(client: Any) -> None:
    s3 = client("s3")
    s3.put_bucket_notification_configuration(Bucket=bucket(s3), NotificationConfiguration={"EventBridgeConfiguration": {}})
    assert s3.get_bucket_notification_configuration(Bucket="bucket")["EventBridgeConfiguration"] == {}


def test_an_unknown_subresource_does_not_delete_the_bucket(client: Any) -> None:
    s3 = client("s3")
    bucket(s3)
    with pytest.raises(ClientError, match="NotImplementedLocally"):
        s3.delete_bucket_analytics_configuration(Bucket="bucket", Id="a")
    assert s3.list_buckets()["Buckets"][0]["Name"] == "bucket"


def test_composite_alarm(client: Any) -> None:
    cloudwatch = client("cloudwatch")
    cloudwatch.put_composite_alarm(
        AlarmName="c", AlarmRule="ALARM(a)", ActionsEnabled=True, AlarmActions=[], Tags=[{"Key": "k", "Value": "v"}]
    )
    alarm = cloudwatch.describe_alarms(AlarmNames=["c"], AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert alarm["AlarmRule"] == "ALARM(a)" and alarm["ActionsEnabled"]
    assert cloudwatch.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"] == [{"Key": "k", "Value": "v"}]
    cloudwatch.delete_alarms(AlarmNames=["c"])
    assert cloudwatch.describe_alarms()["CompositeAlarms"] == []


TARGET = {
    "ServiceNamespace": "sagemaker",
    "ResourceId": "endpoint/e/variant/v",
    "ScalableDimension": "sagemaker:variant:DesiredInstanceCount",
}


def test_scalable_target_tags(client: Any) -> None:
    scaling = client("application-autoscaling")
    arn = scaling.register_scalable_target(**TARGET, MinCapacity=1, MaxCapacity=2, Tags={"a": "1"})["ScalableTargetARN"]
    scaling.register_scalable_target(**TARGET, MaxCapacity=5)
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "1"}
    scaling.tag_resource(ResourceARN=arn, Tags={"a": "2", "b": "3"})
    scaling.untag_resource(ResourceARN=arn, TagKeys=["b", "absent"])
    assert scaling.list_tags_for_resource(ResourceARN=arn)["Tags"] == {"a": "2"}
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        scaling.list_tags_for_resource(ResourceARN=arn + "x")


@pytest.mark.parametrize(
    ("resource", "dimension", "fits"),
    [
        ("endpoint/e/variant/v", "sagemaker:variant:DesiredProvisionedConcurrency", True),
        ("inference-component/c", "sagemaker:inference-component:DesiredCopyCount", True),
        ("endpoint/e", "sagemaker:variant:DesiredInstanceCount", False),
        ("endpoint/e/variant/v", "sagemaker:variant:Nothing", False),
    ],
)
def test_every_sagemaker_dimension(client: Any, resource: str, dimension: str, fits: bool) -> None:
    scaling = client("application-autoscaling")
    arguments = {
        "ServiceNamespace": "sagemaker",
        "ResourceId": resource,
        "ScalableDimension": dimension,
        "MinCapacity": 1,
        "MaxCapacity": 2,
    }
    if fits:
        scaling.register_scalable_target(**arguments)
        found = scaling.describe_scalable_targets(ServiceNamespace="sagemaker", ScalableDimension=dimension)
        assert found["ScalableTargets"][0]["ResourceId"] == resource
    else:
        with pytest.raises(ClientError, match="ValidationException"):
            scaling.register_scalable_target(**arguments)


def test_a_deregistered_target_takes_its_policies_along(client: Any) -> None:
    scaling = client("application-autoscaling")
    other = {**TARGET, "ResourceId": "endpoint/e/variant/other"}
    for target in (TARGET, other):
        scaling.register_scalable_target(**target, MinCapacity=1, MaxCapacity=2)
        tracking = {
            "TargetValue": 70.0,
            "PredefinedMetricSpecification": {"PredefinedMetricType": "SageMakerVariantInvocationsPerInstance"},
        }
        scaling.put_scaling_policy(
            **target, PolicyName="p", PolicyType="TargetTrackingScaling", TargetTrackingScalingPolicyConfiguration=tracking
        )
        action = {"MinCapacity": 1, "MaxCapacity": 1}
        scaling.put_scheduled_action(**target, ScheduledActionName="s", Schedule="cron(0 8 * * ? *)", ScalableTargetAction=action)
    scaling.deregister_scalable_target(**TARGET)
    left = scaling.describe_scaling_policies(ServiceNamespace="sagemaker")["ScalingPolicies"]
    assert [policy["ResourceId"] for policy in left] == [other["ResourceId"]]
    actions = scaling.describe_scheduled_actions(ServiceNamespace="sagemaker")["ScheduledActions"]
    assert [action["ResourceId"] for action in actions] == [other["ResourceId"]]
