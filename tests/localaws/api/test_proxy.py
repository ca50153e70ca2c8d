"""The way of a request to a function and back."""

from __future__ import annotations

import base64
import json

import pytest

from tests.localaws.api.lab import ApiLab, fetch
from tests.localaws.functions.lab import ACCOUNT, until


def answering(text: str) -> str:
    return f"import base64, json, time\ndef handle(event, context):\n    {text}\n"


def test_the_event(lab: ApiLab) -> None:
    lab.function()
    lab.method("/endpoints/{name}/invocations")
    lab.deploy(variables={"color": "blue"})
    reply = lab.send("/endpoints/a%20b/invocations?x=1&x=2&y=%C3%A4", '{"ä": 1}'.encode(), X_Mine="7")
    event = reply.json
    assert reply.status == 200 and event["body"] == '{"ä": 1}' and event["isBase64Encoded"] is False
    assert (event["resource"], event["path"]) == ("/endpoints/{name}/invocations", "/endpoints/a b/invocations")
    assert event["pathParameters"] == {"name": "a b"} and event["stageVariables"] == {"color": "blue"}
    assert event["queryStringParameters"] == {"x": "2", "y": "ä"} and event["multiValueQueryStringParameters"] == {
        "x": ["1", "2"],
        "y": ["ä"],
    }
    assert event["headers"]["X-Mine"] == "7" and event["multiValueHeaders"]["X-Mine"] == ["7"]
    context = event["requestContext"]
    assert (context["accountId"], context["apiId"], context["stage"], context["httpMethod"]) == (ACCOUNT, lab.id, "v1", "POST")
    assert context["path"] == "/v1/endpoints/a b/invocations" and context["identity"]["sourceIp"] == "127.0.0.1"
    assert context["requestId"] == reply.headers["x-amzn-requestid"] and reply.headers["x-amz-apigw-id"]
    assert reply.headers["x-amzn-trace-id"].startswith("Root=1-")


def test_the_answer(lab: ApiLab) -> None:
    lab.function(
        answering(
            "return {'statusCode': '202', 'headers': {'X-One': 1, 'x-amzn-RequestId': 'mine'}, "
            "'multiValueHeaders': {'X-Two': ['a', 'b']}, 'body': 'text'}"
        )
    )
    lab.method()
    lab.deploy()
    reply = lab.send()
    assert (reply.status, reply.body, reply.headers["x-one"], reply.headers["x-two"]) == (202, b"text", "1", "b")
    assert reply.headers["content-type"] == "application/json" and reply.headers["x-amzn-remapped-x-amzn-requestid"] == "mine"
    assert reply.headers["x-amzn-requestid"] != "mine"


def test_binary_bodies(lab: ApiLab) -> None:
    data = bytes(range(256))
    lab.function(
        answering(
            "return {'statusCode': 200, 'headers': {'Content-Type': 'image/png'}, 'isBase64Encoded': True, "
            "'body': event['body'] if event['isBase64Encoded'] else base64.b64encode(event['body'].encode()).decode()}"
        )
    )
    lab.method()
    lab.deploy()
    assert lab.send(body=data, Content_Type="image/png", Accept="image/png").body == data
    assert lab.send(body=data, Content_Type="application/x-npy; v=1", Accept="application/x-npy").body == data
    assert lab.send(body=b"text", Accept="application/json").body == base64.b64encode(b"text"), "AWS decodes only what the client accepts"


@pytest.mark.parametrize(
    ("code", "status", "message"),
    [
        ("return {'body': 'no status'}", 502, "Internal server error"),
        ("return 'text'", 502, "Internal server error"),
        ("return {'statusCode': 200, 'body': {'not': 'text'}}", 502, "Internal server error"),
        ("return {'statusCode': 999}", 502, "Internal server error"),
        ("raise ValueError('no')", 502, "Internal server error"),
        ("time.sleep(5)", 504, "Endpoint request timed out"),
    ],
)
def test_functions_that_fail(lab: ApiLab, code: str, status: int, message: str) -> None:
    lab.function(answering(code))
    lab.method(timeout=1000 if status == 504 else 29_000)
    lab.deploy()
    reply = lab.send()
    assert (reply.status, reply.json, reply.error) == (status, {"message": message}, "InternalServerErrorException")
    assert reply.headers["x-amzn-requestid"]


def test_a_function_that_times_out_is_502(lab: ApiLab) -> None:
    lab.function(answering("time.sleep(5)"), Timeout=1)
    lab.method()
    lab.deploy()
    assert lab.send().status == 502


def test_a_throttled_function_is_500_as_on_aws(lab: ApiLab) -> None:
    lab.function()
    lab.functions.api.put_function_concurrency(FunctionName="f", ReservedConcurrentExecutions=0)
    lab.method()
    lab.deploy()
    reply = lab.send()
    assert (reply.status, reply.json) == (500, {"message": "Internal server error"})


def test_a_function_that_the_api_may_not_invoke(lab: ApiLab) -> None:
    lab.functions.make()
    lab.method()
    lab.deploy()
    assert lab.send().status == 500
    lab.functions.api.add_permission(
        FunctionName="f",
        StatementId="other",
        Action="lambda:InvokeFunction",
        Principal="apigateway.amazonaws.com",
        SourceArn=f"arn:aws:execute-api:eu-west-1:{ACCOUNT}:{lab.id}/other-stage/*",
    )
    assert lab.send().status == 500


def test_bodies_that_are_too_large(lab: ApiLab) -> None:
    lab.function(answering("return {'statusCode': 200, 'body': str(len(event['body']))}"))
    lab.method()
    lab.deploy()
    assert lab.send(body=b"x" * 6_000_000).json == 6_000_000
    for size in (6_300_000, 10 * 1024 * 1024 + 1):
        reply = lab.send(body=b"x" * size)
        assert (reply.status, reply.json, reply.error) == (413, {"message": "Request Too Long"}, "RequestEntityTooLargeException")


def test_paths_and_methods(lab: ApiLab) -> None:
    lab.function()
    for path, verb in (("/a/{x}", "POST"), ("/a/b", "POST"), ("/{proxy+}", "ANY")):
        lab.method(path, verb)
    lab.deploy()
    assert lab.send("/a/b").json["resource"] == "/a/b"
    assert lab.send("/a/c").json["resource"] == "/a/{x}"
    found = lab.send("/a/b/c", verb="PUT").json
    assert (found["resource"], found["pathParameters"], found["httpMethod"]) == ("/{proxy+}", {"proxy": "a/b/c"}, "PUT")
    for path, verb in (("/a/b", "PUT"), ("/", "GET")):
        refused = lab.send(path, verb=verb)
        assert (refused.status, refused.json["message"]) == (403, "Missing Authentication Token")


def test_addresses(lab: ApiLab) -> None:
    lab.function()
    lab.method()
    lab.deploy()
    body, headers = b"{}", {"Content-Type": "application/json"}
    host = f"{lab.id}.execute-api.eu-west-1.amazonaws.com"
    assert fetch("POST", f"{lab.server}/v1/p", body, {**headers, "Host": host}).json["requestContext"]["path"] == "/v1/p"
    for wrong in (lab.url().replace("/v1/", "/v2/"), lab.url().replace(lab.id, "nosuchapi1")):
        refused = fetch("POST", wrong, body, headers)
        assert (refused.status, refused.json, refused.error) == (403, {"message": "Forbidden"}, "ForbiddenException")


def test_a_custom_domain(lab: ApiLab) -> None:
    lab.function()
    lab.method()
    lab.deploy()
    lab.api.create_domain_name(domainName="api.example.com", regionalCertificateArn="arn:aws:acm:eu-west-1:111111111111:certificate/1")
    lab.api.create_base_path_mapping(domainName="api.example.com", basePath="ml", restApiId=lab.id, stage="v1")
    headers = {"Content-Type": "application/json", "Host": "api.example.com"}
    assert fetch("POST", f"{lab.server}/ml/p", b"{}", headers).json["path"] == "/p"
    assert fetch("POST", f"{lab.server}/other/p", b"{}", headers).status == 403
    patch = [{"op": "replace", "path": "/disableExecuteApiEndpoint", "value": "true"}]
    lab.api.update_rest_api(restApiId=lab.id, patchOperations=patch)
    assert lab.send().status == 403 and fetch("POST", f"{lab.server}/ml/p", b"{}", headers).status == 200


def test_a_deployment_is_frozen(lab: ApiLab) -> None:
    lab.function()
    lab.method()
    lab.deploy()
    lab.method("/new")
    lab.api.delete_method(restApiId=lab.id, resourceId=lab.resource("/p"), httpMethod="POST")
    assert lab.send("/new").status == 403 and lab.send("/p").status == 200
    lab.deploy()
    assert lab.send("/new").status == 200 and lab.send("/p").status == 403


def test_a_canary(lab: ApiLab, monkeypatch: pytest.MonkeyPatch) -> None:
    lab.function()
    lab.method()
    first = lab.deploy(variables={"variant": "main"})
    canary = {"percentTraffic": 10.0, "deploymentId": first, "stageVariableOverrides": {"variant": "next"}}
    for name, value in (("percentTraffic", "10"), ("deploymentId", first), ("stageVariableOverrides/variant", "next")):
        lab.patch(("replace", f"/canarySettings/{name}", value))
    told = lab.api.get_stage(restApiId=lab.id, stageName="v1")["canarySettings"]
    assert told == {**canary, "useStageCache": False}
    for chance, variant in ((0.09, "next"), (0.11, "main")):
        monkeypatch.setattr("slipway.localaws.apigateway.stages.chance", lambda chance=chance: chance)
        assert lab.send().json["stageVariables"] == {"variant": variant}
    assert lab.functions.total("Count", {"ApiName": "api", "Stage": "v1/Canary"}, "AWS/ApiGateway") == 1
    lab.api.update_stage(restApiId=lab.id, stageName="v1", patchOperations=[{"op": "remove", "path": "/canarySettings"}])
    assert "canarySettings" not in lab.api.get_stage(restApiId=lab.id, stageName="v1")


def test_metrics_access_log_and_execution_log(lab: ApiLab) -> None:
    logs, group = lab.functions.client("logs"), "/aws/apigateway/api/access"
    logs.create_log_group(logGroupName=group)
    account = [{"op": "replace", "path": "/cloudwatchRoleArn", "value": "arn:aws:iam::111111111111:role/logs"}]
    lab.api.update_account(patchOperations=account)
    lab.function(answering("return {'statusCode': 418 if event['body'] == 'x' else 200, 'body': 'abc'}"))
    lab.method()
    lab.deploy()
    form = json.dumps(
        {"id": "$context.requestId", "status": "$context.status", "bytes": "$context.responseLength", "key": "$context.identity.apiKeyId"}
    )
    lab.patch(
        ("replace", "/accessLogSettings/destinationArn", f"arn:aws:logs:eu-west-1:{ACCOUNT}:log-group:{group}"),
        ("replace", "/accessLogSettings/format", form),
        ("replace", "/*/*/metrics/enabled", "true"),
        ("replace", "/*/*/logging/loglevel", "INFO"),
    )
    good, bad = lab.send(), lab.send(body=b"x")
    assert (good.status, bad.status) == (200, 418)
    for dimensions in (
        {"ApiName": "api"},
        {"ApiName": "api", "Stage": "v1"},
        {"ApiName": "api", "Stage": "v1", "Resource": "/p", "Method": "POST"},
    ):
        found = {name: lab.functions.total(name, dimensions, "AWS/ApiGateway") for name in ("Count", "4XXError", "5XXError")}
        assert found == {"Count": 2, "4XXError": 1, "5XXError": 0}
        latency = lab.functions.total("Latency", dimensions, "AWS/ApiGateway")
        assert latency >= lab.functions.total("IntegrationLatency", dimensions, "AWS/ApiGateway") > 0
    written = until(lambda: (found := lab.functions.log(group)) and len(found) == 2 and found)
    lines = [json.loads(line) for line in written]
    assert lines[0] == {"id": good.headers["x-amzn-requestid"], "status": "200", "bytes": "3", "key": "-"}
    execution = until(lambda: (found := lab.functions.log(f"API-Gateway-Execution-Logs_{lab.id}/v1")) and len(found) > 7 and found)
    assert f"({good.headers['x-amzn-requestid']}) Method completed with status: 200" in execution
    assert not any("abc" in line for line in execution), "bodies only with data tracing"
