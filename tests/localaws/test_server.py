"""The server itself: accounts, errors, own pages, one per process."""

from __future__ import annotations

import concurrent.futures
import http.client
import json
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError

from slipway.errors import SlipwayError
from slipway.localaws.server import start


def request(url: str, method: str, path: str, body: bytes = b"", headers: dict[str, str] | None = None) -> tuple[int, Any]:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    connection.request(method, path, body, headers or {})
    answer = connection.getresponse()
    return answer.status, answer.read()


def test_three_accounts_are_separate(client: Any) -> None:
    accounts = ("111111111111", "222222222222", "333333333333")
    for account in accounts:
        assert client("sts", account).get_caller_identity()["Account"] == account
        client("kms", account).create_key(Description=account)
        client("ecr", account).create_repository(repositoryName="inference")
        client("ssm", account).put_parameter(Name="/who", Value=account, Type="String")
    for account in accounts:
        keys = client("kms", account).list_keys()["Keys"]
        assert [key["KeyArn"].split(":")[4] for key in keys] == [account]
        assert client("ecr", account).describe_repositories()["repositories"][0]["registryId"] == account
        assert client("ssm", account).get_parameter(Name="/who")["Parameter"]["Value"] == account


def test_any_other_access_key_is_the_default_account(client: Any) -> None:
    assert client("sts", "AKIAABCDEFGHIJKLMNOP").get_caller_identity()["Account"] == "123456789012"


def test_an_assumed_role_acts_in_its_own_account(client: Any) -> None:
    trust = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}]}
    arn = client("iam", "222222222222").create_role(RoleName="deploy", AssumeRolePolicyDocument=json.dumps(trust))["Role"]["Arn"]
    assumed = client("sts").assume_role(RoleArn=arn, RoleSessionName="me")["Credentials"]
    assert client("sts", assumed["AccessKeyId"]).get_caller_identity()["Account"] == "222222222222"


def test_regions_are_separate(client: Any) -> None:
    client("ssm", region="eu-west-1").put_parameter(Name="/a", Value="1", Type="String")
    assert client("ssm", region="us-east-1").describe_parameters()["Parameters"] == []


@pytest.mark.parametrize(
    ("service", "action", "arguments"),
    [
        ("sagemaker", "create_app", {"DomainId": "d", "AppType": "JupyterServer", "AppName": "a"}),  # json
        ("cloudwatch", "list_managed_insight_rules", {"ResourceARN": "arn:aws:cloudwatch:::x"}),  # query
        ("iam", "list_service_specific_credentials", {"UserName": "u"}),  # query
        ("s3", "delete_bucket_metrics_configuration", None),  # rest-xml
        ("kinesis", "list_streams", {}),  # json, no such service
        ("ec2", "describe_local_gateways", {}),  # ec2
        ("rds", "describe_db_instances", {}),  # query, no such service
        ("eks", "list_clusters", {}),  # rest-json, no such service
    ],
)
def test_an_action_that_is_not_there_is_a_client_error(client: Any, service: str, action: str, arguments: dict[str, Any] | None) -> None:
    if arguments is None:
        client("s3").create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        arguments = {"Bucket": "bucket", "Id": "m"}
    with pytest.raises(ClientError) as caught:
        getattr(client(service), action)(**arguments)
    response = caught.value.response
    assert response["Error"]["Code"] in ("NotImplementedLocally", "LocalAwsError")
    assert response["ResponseMetadata"]["HTTPStatusCode"] == 400
    assert "local AWS" in response["Error"]["Message"]


def test_a_failure_inside_is_a_client_error_with_its_text(client: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    from moto.kms.responses import KmsResponse

    def broken(_self: Any) -> Any:
        raise KeyError("something")

    monkeypatch.setattr(KmsResponse, "list_keys", broken)
    with pytest.raises(ClientError, match="KeyError: 'something'") as caught:
        client("kms").list_keys()
    assert caught.value.response["Error"]["Code"] == "LocalAwsError"


def test_an_invocation_needs_an_endpoint(client: Any) -> None:
    with pytest.raises(ClientError, match="Endpoint absent of account 111111111111 not found") as caught:
        client("sagemaker-runtime").invoke_endpoint(EndpointName="absent", Body=b"1")
    assert caught.value.response["Error"]["Code"] == "ValidationError"


def test_moto_own_pages_are_closed(url: str) -> None:
    status, body = request(url, "POST", "/moto-api/reset")
    assert status == 400 and b"NotImplementedLocally" in body


def test_health_inventory_and_reset(url: str, client: Any) -> None:
    status, body = request(url, "GET", "/_slipway/health")
    assert status == 200 and json.loads(body)["status"] == "ok" and "sagemaker" in json.loads(body)["services"]
    client("sns").create_topic(Name="t")
    client("kms").create_key()
    held = json.loads(request(url, "GET", "/_slipway/inventory?account=111111111111")[1])["accounts"]["111111111111"]
    assert held["total"] == 2 and held["services"]["sns"] == {"topics": 1} and held["services"]["kms"] == {"keys": 1}
    assert request(url, "POST", "/_slipway/reset")[0] == 200
    assert json.loads(request(url, "GET", "/_slipway/inventory?account=111111111111")[1])["accounts"]["111111111111"]["total"] == 0
    assert request(url, "GET", "/_slipway/nothing")[0] == 404


def test_a_key_scheduled_for_deletion_does_not_count(url: str, client: Any) -> None:
    key = client("kms").create_key()["KeyMetadata"]["KeyId"]
    client("kms").schedule_key_deletion(KeyId=key, PendingWindowInDays=7)
    assert json.loads(request(url, "GET", "/_slipway/inventory")[1])["accounts"]["111111111111"]["total"] == 0


def test_delete_markers_count(url: str, client: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_bucket_versioning(Bucket="bucket", VersioningConfiguration={"Status": "Enabled"})
    s3.put_object(Bucket="bucket", Key="k", Body=b"1")
    s3.delete_object(Bucket="bucket", Key="k")
    counts = json.loads(request(url, "GET", "/_slipway/inventory")[1])["accounts"]["111111111111"]["services"]["s3"]
    assert counts == {"buckets": 1, "object_versions": 2}


def test_a_connection_is_kept(url: str) -> None:
    connection = http.client.HTTPConnection(urlsplit(url).netloc, timeout=10)
    for _ in range(3):
        connection.request("GET", "/_slipway/health")
        answer = connection.getresponse()
        answer.read()
        assert answer.version == 11 and answer.getheader("Connection", "") != "close"
        sock = connection.sock
    connection.request("POST", "/", b"Action=Nothing", {"Content-Type": "application/x-www-form-urlencoded"})
    connection.getresponse().read()
    assert connection.sock is sock, "an error must not close the connection either"


def test_many_connections_are_kept(url: str) -> None:
    """More than the ten that cheroot keeps by default."""
    connections = [http.client.HTTPConnection(urlsplit(url).netloc, timeout=10) for _ in range(40)]
    for _ in range(2):
        for connection in connections:
            connection.request("GET", "/_slipway/health")
            answer = connection.getresponse()
            answer.read()
            assert answer.getheader("Connection", "") != "close"
    for connection in connections:
        connection.close()


def test_one_of_many_takes_a_lock(client: Any) -> None:
    """Two Terraform runs that fight for a state lock must see one winner, in DynamoDB and in S3."""
    client("dynamodb").create_table(
        TableName="locks",
        KeySchema=[{"AttributeName": "LockID", "KeyType": "HASH"}],
        AttributeDefinitions=[{"AttributeName": "LockID", "AttributeType": "S"}],
        BillingMode="PAY_PER_REQUEST",
    )
    client("s3").create_bucket(Bucket="state", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    dynamodb, s3 = client("dynamodb"), client("s3")

    def lock_item(number: int) -> bool:
        item = {"LockID": {"S": "a"}, "Info": {"S": str(number)}}
        try:
            dynamodb.put_item(TableName="locks", Item=item, ConditionExpression="attribute_not_exists(LockID)")
        except dynamodb.exceptions.ConditionalCheckFailedException:
            return False
        return True

    def lock_object(number: int) -> bool:
        try:
            s3.put_object(Bucket="state", Key="s.tflock", Body=str(number).encode(), IfNoneMatch="*")
        except ClientError as error:
            assert error.response["Error"]["Code"] == "PreconditionFailed"
            return False
        return True

    with concurrent.futures.ThreadPoolExecutor(16) as pool:
        assert sum(pool.map(lock_item, range(32))) == 1
        assert sum(pool.map(lock_object, range(32))) == 1


def test_metadata_names_keep_their_underscores(client: Any) -> None:
    s3 = client("s3")
    s3.create_bucket(Bucket="bucket", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    s3.put_object(Bucket="bucket", Key="a/b c+%2F/ü", Body=b"1" * 3_000_000, Metadata={"my_key": "v"})
    got = s3.get_object(Bucket="bucket", Key="a/b c+%2F/ü")
    assert got["Metadata"] == {"my_key": "v"} and len(got["Body"].read()) == 3_000_000


def test_one_server_per_process(url: str) -> None:
    with pytest.raises(SlipwayError, match="runs in this process already"):
        start()
