"""Who may call, how much, and with what."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from slipway.localaws.apigateway import limits, signature
from tests.localaws.api.lab import ApiLab, fetch
from tests.localaws.functions.lab import ACCOUNT

LOCAL = (ACCOUNT, "local")


@pytest.fixture
def signed(lab: ApiLab) -> ApiLab:
    lab.function()
    lab.method(auth="AWS_IAM")
    lab.deploy()
    return lab


def test_a_signed_request(signed: ApiLab) -> None:
    reply = signed.send("/p?b=2&a=%20x", b'{"a": 1}', signer=LOCAL)
    assert reply.status == 200
    identity = reply.json["requestContext"]["identity"]
    assert (identity["accountId"], identity["userArn"]) == (ACCOUNT, f"arn:aws:iam::{ACCOUNT}:root")


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({}, "MissingAuthenticationTokenException", "Missing Authentication Token"),
        ({"signer": (ACCOUNT, "wrong")}, "InvalidSignatureException", "does not match the signature you provided"),
        ({"signer": LOCAL, "service": "sagemaker"}, "InvalidSignatureException", "correct service: 'execute-api'"),
        ({"signer": LOCAL, "region": "eu-north-1"}, "InvalidSignatureException", "valid region"),
        ({"signer": ("222222222222", "local")}, "AccessDeniedException", "is not authorized to perform: execute-api:Invoke"),
        ({"Authorization": "AWS4-HMAC-SHA256 Credential=a/b"}, "IncompleteSignatureException", "requires 'Signature' parameter"),
        ({"Authorization": "Bearer abc"}, "IncompleteSignatureException", "requires 'Credential' parameter"),
    ],
)
def test_requests_that_are_not_signed_right(signed: ApiLab, options: dict[str, Any], error: str, message: str) -> None:
    reply = signed.send(**options)
    assert (reply.status, reply.error) == (403, error) and message in reply.json["message"]
    assert signed.functions.total("Invocations", {"FunctionName": "f"}) == 0


def test_a_body_that_was_changed_after_it_was_signed(signed: ApiLab, monkeypatch: pytest.MonkeyPatch) -> None:
    sent: dict[str, Any] = {}
    monkeypatch.setattr("tests.localaws.api.lab.fetch", lambda *asked: sent.update(asked=asked))
    signed.send(body=b"1", signer=LOCAL)
    verb, url, _, headers = sent["asked"]
    assert fetch(verb, url, b"1", headers).status == 200
    changed = fetch(verb, url, b"2", headers)
    assert (changed.status, changed.error) == (403, "InvalidSignatureException")
    monkeypatch.setattr(signature, "SKEW", -signature.SKEW)
    late = fetch(verb, url, b"1", headers)
    assert late.status == 403 and "Signature" in late.json["message"]


def test_keys_of_iam_and_sts_have_their_own_secrets(signed: ApiLab) -> None:
    iam = signed.functions.client("iam")
    iam.create_user(UserName="caller")
    key = iam.create_access_key(UserName="caller")["AccessKey"]
    reply = signed.send(signer=(key["AccessKeyId"], key["SecretAccessKey"]))
    assert reply.json["requestContext"]["identity"]["userArn"] == f"arn:aws:iam::{ACCOUNT}:user/caller"
    assert signed.send(signer=(key["AccessKeyId"], "wrong")).error == "InvalidSignatureException"
    role = signed.functions.client("sts").assume_role(RoleArn=f"arn:aws:iam::{ACCOUNT}:role/function", RoleSessionName="session")
    temporary = role["Credentials"]
    assert signed.send(signer=(temporary["AccessKeyId"], temporary["SecretAccessKey"])).status == 200


def keyed(lab: ApiLab, **plan: Any) -> str:
    """An API that wants a key; the value of one that is in a plan."""
    lab.function()
    lab.method(apiKeyRequired=True)
    lab.deploy()
    made = lab.api.create_usage_plan(name="plan", apiStages=[{"apiId": lab.id, "stage": "v1"}], **plan)
    key = lab.api.create_api_key(name="key", enabled=True)
    lab.api.create_usage_plan_key(usagePlanId=made["id"], keyId=key["id"], keyType="API_KEY")
    return str(key["value"])


def test_api_keys(lab: ApiLab) -> None:
    value = keyed(lab)
    other = lab.api.create_api_key(name="other", enabled=True)
    assert lab.send(x_api_key=value).status == 200
    for wrong in ({}, {"x_api_key": "no-such-key"}, {"x_api_key": other["value"]}):
        refused = lab.send(**wrong)
        assert (refused.status, refused.json, refused.error) == (403, {"message": "Forbidden"}, "ForbiddenException")
    key = lab.api.get_api_keys(nameQuery="key")["items"][0]
    lab.api.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "false"}])
    assert lab.send(x_api_key=value).status == 403
    lab.api.update_api_key(apiKey=key["id"], patchOperations=[{"op": "replace", "path": "/enabled", "value": "true"}])
    plan = lab.api.get_usage_plans()["items"][0]["id"]
    lab.api.update_usage_plan(usagePlanId=plan, patchOperations=[{"op": "remove", "path": "/apiStages", "value": f"{lab.id}:v1"}])
    assert lab.send(x_api_key=value).status == 403


def test_throttle_and_quota_of_a_plan(lab: ApiLab) -> None:
    value = keyed(lab, throttle={"rateLimit": 0.001, "burstLimit": 2}, quota={"limit": 3, "period": "DAY"})
    assert [lab.send(x_api_key=value).status for _ in range(3)] == [200, 200, 429]
    throttled = lab.send(x_api_key=value)
    assert (throttled.json, throttled.error) == ({"message": "Too Many Requests"}, "TooManyRequestsException")
    plan = lab.api.get_usage_plans()["items"][0]["id"]
    limits_ = [
        {"op": "replace", "path": "/throttle/rateLimit", "value": "1000.5"},
        {"op": "replace", "path": "/throttle/burstLimit", "value": "1000"},
    ]
    lab.api.update_usage_plan(usagePlanId=plan, patchOperations=limits_)
    assert lab.api.get_usage_plan(usagePlanId=plan)["throttle"] == {"rateLimit": 1000.5, "burstLimit": 1000}
    time.sleep(0.01)
    assert lab.send(x_api_key=value).status == 200
    exceeded = lab.send(x_api_key=value)
    assert (exceeded.status, exceeded.json, exceeded.error) == (429, {"message": "Limit Exceeded"}, "LimitExceededException")


def test_throttle_of_a_method_in_a_plan(lab: ApiLab) -> None:
    value = keyed(lab)
    plan = lab.api.get_usage_plans()["items"][0]["id"]
    path = f"/apiStages/{lab.id}:v1/throttle/~1p~1POST"
    limited = [
        {"op": "replace", "path": f"{path}/{name}", "value": number} for name, number in (("rateLimit", "0.001"), ("burstLimit", "1"))
    ]
    lab.api.update_usage_plan(usagePlanId=plan, patchOperations=limited)
    assert lab.api.get_usage_plan(usagePlanId=plan)["apiStages"][0]["throttle"] == {"/p/POST": {"rateLimit": 0.001, "burstLimit": 1}}
    assert [lab.send(x_api_key=value).status for _ in range(2)] == [200, 429]


def test_throttle_of_stage_and_method(lab: ApiLab) -> None:
    lab.function()
    lab.method()
    lab.method("/free")
    lab.deploy()
    lab.patch(("replace", "/*/*/throttling/rateLimit", "0.001"), ("replace", "/*/*/throttling/burstLimit", "1"))
    lab.patch(("replace", "/~1free/POST/throttling/rateLimit", "1000"), ("replace", "/~1free/POST/throttling/burstLimit", "1000"))
    assert [lab.send().status for _ in range(2)] == [200, 429]
    assert [lab.send("/free").status for _ in range(3)] == [200, 200, 200]


def test_a_bucket_fills_again() -> None:
    bucket = limits.Bucket(1.0, time.monotonic() - 10)
    assert [bucket.take(0.2, 2.0) for _ in range(3)] == [True, True, False]


SCHEMA = {"type": "object", "required": ["instances"], "properties": {"instances": {"type": "array", "maxItems": 2}}}


def test_the_request_validator(lab: ApiLab) -> None:
    validator = lab.api.create_request_validator(restApiId=lab.id, name="all", validateRequestBody=True, validateRequestParameters=True)
    lab.api.create_model(restApiId=lab.id, name="Request", contentType="application/json", schema=json.dumps(SCHEMA))
    lab.function()
    lab.method(
        requestValidatorId=validator["id"],
        requestModels={"application/json": "Request"},
        requestParameters={
            "method.request.header.X-Wanted": True,
            "method.request.querystring.q": True,
            "method.request.header.X-May": False,
        },
    )
    lab.deploy()
    assert lab.send("/p?q=1", b'{"instances": [1]}', X_Wanted="1").status == 200
    for body in (b"{}", b'{"instances": 1}', b'{"instances": [1,2,3]}', b"{", b""):
        refused = lab.send("/p?q=1", body, X_Wanted="1")
        assert (refused.status, refused.json, refused.error) == (400, {"message": "Invalid request body"}, "BadRequestException")
    missing = lab.send("/p", b'{"instances": [1]}')
    assert (missing.status, missing.json) == (400, {"message": "Missing required request parameters: [X-Wanted, q]"})
    assert lab.send("/p?q=1", b"anything", X_Wanted="1", Content_Type="text/csv").status == 200, "a type without a model passes, as on AWS"
    assert lab.functions.total("Invocations", {"FunctionName": "f"}) == 2


def pool_of(lab: ApiLab, name: str) -> tuple[str, dict[str, str]]:
    """A user pool's ARN, and tokens of a user in it."""
    cognito = lab.functions.client("cognito-idp")
    pool = cognito.create_user_pool(PoolName=name)["UserPool"]
    flows = ["ALLOW_ADMIN_USER_PASSWORD_AUTH", "ALLOW_REFRESH_TOKEN_AUTH"]
    client = cognito.create_user_pool_client(UserPoolId=pool["Id"], ClientName="c", ExplicitAuthFlows=flows)["UserPoolClient"]["ClientId"]
    cognito.admin_create_user(UserPoolId=pool["Id"], Username="ann", TemporaryPassword="Secret-1234")
    cognito.admin_set_user_password(UserPoolId=pool["Id"], Username="ann", Password="Secret-12345", Permanent=True)
    answer = cognito.admin_initiate_auth(
        UserPoolId=pool["Id"],
        ClientId=client,
        AuthFlow="ADMIN_USER_PASSWORD_AUTH",
        AuthParameters={"USERNAME": "ann", "PASSWORD": "Secret-12345"},
    )
    return pool["Arn"], answer["AuthenticationResult"]


@pytest.mark.parametrize("scopes", [[], ["aws.cognito.signin.user.admin"], ["other/scope"]])
def test_tokens_of_user_pools(lab: ApiLab, scopes: list[str]) -> None:
    arn, tokens = pool_of(lab, "own")
    _, strange = pool_of(lab, "strange")
    authorizer = lab.api.create_authorizer(
        restApiId=lab.id, name="a", type="COGNITO_USER_POOLS", providerARNs=[arn], identitySource="method.request.header.Authorization"
    )
    lab.function()
    lab.method(auth="COGNITO_USER_POOLS", authorizerId=authorizer["id"], authorizationScopes=scopes)
    lab.deploy()
    good, bad = (tokens["AccessToken"], tokens["IdToken"]) if scopes else (tokens["IdToken"], tokens["AccessToken"])
    reply = lab.send(Authorization=good)
    if scopes == ["other/scope"]:
        assert reply.status == 401
    else:
        assert reply.json["requestContext"]["authorizer"]["claims"]["iss"].endswith(arn.rpartition("/")[2])
        assert lab.send(Authorization=f"Bearer {good}").status == 200
    refusals = [
        {},
        {"Authorization": bad},
        {"Authorization": "a.b.c"},
        {"Authorization": strange["IdToken"]},
        {"Authorization": good[:-4] + "AAAA"},
    ]
    for wrong in refusals:
        refused = lab.send(**wrong)
        assert (refused.status, refused.json, refused.error) == (401, {"message": "Unauthorized"}, "UnauthorizedException")
