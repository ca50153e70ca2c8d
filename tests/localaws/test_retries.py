"""A call that an SDK sends again, because it lost the answer, is answered as before and takes effect once."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError


def same_invocation(client: Any, identity: str) -> None:
    """Send every call of the client under one invocation id, as a retry does."""

    def stamp(request: Any, **_: Any) -> None:
        request.headers["amz-sdk-invocation-id"] = identity

    client.meta.events.register("before-send.*", stamp)


def test_a_repeated_lock_is_taken_once_and_belongs_to_its_holder(client: Any) -> None:
    dynamodb = client("dynamodb")
    dynamodb.create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    put = {"TableName": "locks", "Item": {"LockID": {"S": "state"}}, "ConditionExpression": "attribute_not_exists(LockID)"}
    same_invocation(dynamodb, "first")
    dynamodb.put_item(**put)
    dynamodb.put_item(**put)  # the same invocation again
    other = client("dynamodb")
    same_invocation(other, "second")
    with pytest.raises(ClientError, match="ConditionalCheckFailed"):
        other.put_item(**put)


def test_a_repeated_creation_is_not_a_conflict(client: Any) -> None:
    iam = client("iam")
    same_invocation(iam, "create")
    role = {"RoleName": "once", "AssumeRolePolicyDocument": '{"Version": "2012-10-17", "Statement": []}'}
    first, again = iam.create_role(**role), iam.create_role(**role)
    assert first["Role"]["RoleId"] == again["Role"]["RoleId"]


def test_a_failure_is_not_remembered(client: Any) -> None:
    s3 = client("s3")
    same_invocation(s3, "put")
    with pytest.raises(ClientError, match="NoSuchBucket"):
        s3.put_object(Bucket="later", Key="k", Body=b"1")
    maker = client("s3")
    maker.create_bucket(Bucket="later", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="later", Key="k", Body=b"1")
    assert maker.get_object(Bucket="later", Key="k")["Body"].read() == b"1"
