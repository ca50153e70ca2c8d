"""Every option of the API reaches the Terraform JSON or the function's package, wired to what it belongs to."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.api import example
from modules.api.definition import ACCESS_LOG_FIELDS
from modules.api.spec import ApiSpec
from tests.modules.api.cases import API, CASES, COGNITO, FUNCTION, LOGS, METHOD, MODEL, SCHEMA, STAGE
from tests.modules.support import all_options, at, is_changed, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEYS = [f"arn:aws:kms:eu-west-1:111111111111:key/{n}" for n in range(3)]


def refs(**changes: Any) -> Any:
    from modules.api.refs import ApiRefs, Target

    targets = {"wine": Target("slipway-test-wine"), "later": Target("slipway-test-later", "asynchronous", "in-bucket/later/input/")}
    given = ApiRefs(targets, KEYS[0], KEYS[1], KEYS[2], ["subnet-1", "subnet-2"], ["sg-1"])
    return replace(given, **changes)


def spec(options: dict[str, Any]) -> ApiSpec:
    return ApiSpec.model_validate({"endpoints": {"wine": {}}, **options})


def build(stack: Any, id: str, options: dict[str, Any], **changes: Any) -> Any:
    from modules.api.construct import Api

    return Api(stack, id, naming=NAMING, spec=spec(options), refs=refs(**changes))


def packaged(options: dict[str, Any]) -> dict[str, Any]:
    """`routes.json` of the function's package."""
    from modules.api.lambda_function import function_package

    content = function_package(spec(options), refs()).content
    found: dict[str, Any] = json.loads(zipfile.ZipFile(io.BytesIO(content)).read("function/routes.json"))
    return found


def value(body: Any, path: str) -> Any:
    """`at`, for keys that hold dots: `~` stands for one."""
    for step in path.split("."):
        body = at(body, step) if "~" not in step else body.get(step.replace("~", "."))
    return body


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """All cases side by side."""
    return synth(lambda scope: [build(scope, f"case{index:02}", case.options) for index, case in enumerate(CASES)])


@pytest.mark.parametrize("index", range(len(CASES)), ids=lambda index: f"{CASES[index].option}-{index}")
def test_option_reaches_the_json(document: dict[str, Any], index: int) -> None:
    case = CASES[index]
    if case.kind == "package":
        route = packaged(case.options)["routes"]["POST /endpoints/wine/invocations"]
        assert route[case.path.rpartition(".")[2]] == case.expected
        return
    found = [
        item for item in resources(document, case.kind) if item["//"]["metadata"]["path"].startswith(f"test/case{index:02}/{case.where}")
    ]
    assert (value(found[0], case.path) == case.expected) if case.path else not found


def test_every_option_has_a_case() -> None:
    assert untested(all_options(ApiSpec), (case.option for case in CASES)) == []
    assert [case.option for case in CASES if not is_changed(spec(case.options), case.option)] == []


def test_unsigned_requests_get_nowhere() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    assert {body["authorization"] for body in resources(document, METHOD)} == {"AWS_IAM"}
    assert len({body["http_method"] + str(body["resource_id"]) for body in resources(document, METHOD)}) == len(resources(document, METHOD))


def test_a_key_is_required_by_every_method() -> None:
    plans = {"gold": {"keys": ["a", "b"], "rate_limit": 1, "burst_limit": 1}}
    document = synth(lambda stack: build(stack, "api", {"authorization": {"kind": "api_key", "usage_plans": plans}}))
    assert all(body["api_key_required"] is True for body in resources(document, METHOD))
    assert len(resources(document, "aws_api_gateway_usage_plan_key")) == len(resources(document, "aws_api_gateway_api_key")) == 2
    assert "value" not in resources(document, "aws_api_gateway_api_key")[0]


def test_paths_that_are_not_there_reach_the_function() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    assert {body["path_part"] for body in resources(document, "aws_api_gateway_resource")} == {
        "endpoints",
        "wine",
        "invocations",
        "{proxy+}",
    }
    assert sorted(body["http_method"] for body in resources(document, METHOD)) == ["ANY"] * 5 + ["POST"]
    found = {(body["type"], body["timeout_milliseconds"]) for body in resources(document, "aws_api_gateway_integration")}
    assert found == {("AWS_PROXY", 29_000)}


def test_every_error_of_api_gateway_has_a_request_id() -> None:
    document = synth(lambda stack: build(stack, "api", {"cors": {"allow_origin": "*"}}))
    answers = {body["response_type"]: body for body in resources(document, "aws_api_gateway_gateway_response")}
    assert set(answers) == {"DEFAULT_4XX", "DEFAULT_5XX", "THROTTLED"}
    for body in answers.values():
        template = body["response_templates"]["application/json"]
        filled = json.loads(template.replace("$context.error.messageString", '"Forbidden"').replace("$context.requestId", "1"))
        assert set(filled["error"]) == {"code", "message", "request_id"} and filled["error"]["request_id"] == "1"
        assert "status_code" not in body, "each kind keeps its own status"
        assert body["response_parameters"]["gatewayresponse.header.Access-Control-Allow-Origin"] == "'*'"


def trigger(options: dict[str, Any], **changes: Any) -> str:
    document = synth(lambda stack: build(stack, "api", options, **changes))
    return str(resource(document, "aws_api_gateway_deployment")["triggers"]["content"])


def test_a_deployment_follows_the_content_and_nothing_else() -> None:
    same = trigger({})
    assert trigger({}) == same
    assert trigger({"throttle": {"throttling_rate_limit": 3}, "function": {"memory_size": 1024}, "xray_tracing_enabled": False}) == same
    changed = [
        {"endpoints": {"wine": {"path": "/other"}}},
        {"endpoints": {"wine": {"method": "PUT"}}},
        {"endpoints": {"wine": {"request_schema": SCHEMA, "content_types": ["application/json"]}}},
        {"endpoints": {"wine": {"request_schema": {"type": "array"}, "content_types": ["application/json"]}}},
        {"authorization": {"kind": "open"}},
        {"binary_media_types": ["image/png"]},
        {"cors": {"allow_origin": "*"}},
        {"cors": {"allow_origin": "*", "max_age": 1}},
        COGNITO,
    ]
    assert len({same, *map(trigger, changed)}) == len(changed) + 1


def test_the_deployment_waits_for_every_part() -> None:
    document = synth(lambda stack: build(stack, "api", {"cors": {"allow_origin": "*"}, **COGNITO}))
    deployment = resource(document, "aws_api_gateway_deployment")
    parts = {
        f"{kind}.{name}"
        for kind, named in document["resource"].items()
        for name, body in named.items()
        if "/gateway/" in body["//"]["metadata"]["path"] and kind != "aws_api_gateway_deployment"
    }
    assert set(deployment["depends_on"]) == parts and deployment["lifecycle"] == {"create_before_destroy": True}


def test_the_access_log_holds_no_payload() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    settings = resource(document, STAGE)["access_log_settings"]
    assert json.loads(settings["format"]) == ACCESS_LOG_FIELDS
    assert not any(word in settings["format"] for word in ("$input", "body", 'apiKey"', "claims", "override", "validationErrorString"))
    assert "$context.requestId" in settings["format"]


def test_log_groups_are_there_first() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    groups = {body["name"]: body for body in resources(document, LOGS)}
    api = next(iter(document["resource"][API]))
    execution = f"API-Gateway-Execution-Logs_${{{API}.{api}.id}}/test"
    assert set(groups) == {"/aws/lambda/slipway-test-api", "/aws/apigateway/slipway-test-api/access", execution}
    assert groups[execution]["kms_key_id"] == KEYS[1] and groups["/aws/lambda/slipway-test-api"]["kms_key_id"] == KEYS[0]
    assert any("log_group" in item for item in resource(document, FUNCTION)["depends_on"])
    assert any("execution_log_group" in item for item in resource(document, STAGE)["depends_on"])


def test_no_execution_log_and_no_account_role_when_turned_off() -> None:
    document = synth(lambda stack: build(stack, "api", {"logging": {"execution_level": "OFF", "create_account_role": False}}))
    assert len(resources(document, LOGS)) == 2 and "aws_api_gateway_account" not in document["resource"]
    assert len(resources(document, "aws_iam_role")) == 1


def test_the_function_may_do_what_it_does() -> None:
    both = {"wine": {}, "later": {"path": "/later"}}
    document = synth(lambda stack: build(stack, "api", {"endpoints": both, "function": {"network": "private"}}))
    policy = json.loads(resource(document, "aws_iam_role_policy", "api/function")["policy"])
    found = {item["Sid"]: item for item in policy["Statement"]}
    assert found["InvokeEndpoint"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:endpoint/slipway-test-wine"]
    assert found["InvokeEndpointAsync"]["Resource"] == ["arn:aws:sagemaker:eu-west-1:111111111111:endpoint/slipway-test-later"]
    assert found["PutAsyncInput"]["Resource"] == ["arn:aws:s3:::in-bucket/later/input/*"]
    assert {"NetworkInterfaces", "Trace", "EncryptAsyncInput", "WriteLogs", "DecryptEnvironment"} <= set(found)
    document = synth(
        lambda stack: build(
            stack,
            "api",
            {"endpoints": {"wine": {"response_stream": True}}, "xray_tracing_enabled": False, "function": {"tracing": "PassThrough"}},
        )
    )
    policy = json.loads(resource(document, "aws_iam_role_policy", "api/function")["policy"])
    assert {item["Sid"] for item in policy["Statement"]} == {"WriteLogs", "InvokeEndpointWithResponseStream", "DecryptEnvironment"}


def test_only_this_stage_may_call_the_function() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    permission = resource(document, "aws_lambda_permission")
    assert permission["principal"] == "apigateway.amazonaws.com"
    api, stage = (next(iter(document["resource"][kind])) for kind in (API, STAGE))
    assert permission["source_arn"] == f"${{{API}.{api}.execution_arn}}/${{{STAGE}.{stage}.stage_name}}/*"


def test_the_package_is_the_same_every_time() -> None:
    from modules.api.lambda_function import function_package

    first, second = (function_package(spec({}), refs()) for _ in range(2))
    assert first.content == second.content
    document = synth(lambda stack: build(stack, "api", {}))
    function = resource(document, FUNCTION)
    assert function["source_code_hash"] == first.source_code_hash and function["filename"].startswith("assets/")
    names = zipfile.ZipFile(io.BytesIO(first.content)).namelist()
    assert names == sorted(names) and "function/handler.py" in names and function["handler"] == "function.handler.handle"
    assert not any("__pycache__" in name for name in names)


def test_what_does_not_fit_is_refused_in_code_too() -> None:
    from modules.api.refs import Target

    for changes, options, message in [
        ({"targets": {}}, {}, r"api\.endpoints\.wine: there is no endpoint wine"),
        ({"subnet_ids": ()}, {"function": {"network": "private"}}, r"function\.network: private needs subnets"),
        (
            {"targets": {"wine": Target("x", "serverless")}},
            {"endpoints": {"wine": {"max_request_bytes": 5_000_000}}},
            "serverless endpoint takes",
        ),
        (
            {"targets": {"wine": Target("x", "asynchronous", "b/p/")}},
            {"endpoints": {"wine": {"response_stream": True}}},
            "writes its answers to S3",
        ),
    ]:
        with pytest.raises(ValueError, match=message):
            synth(lambda stack, c=changes, o=options: build(stack, "api", o, **c))


def test_example() -> None:
    document = synth(example.build)
    assert json.loads(resource(document, MODEL)["schema"])["required"] == ["instances"]
    assert resource(document, METHOD, "api/gateway/method_post")["request_models"] == {"application/json": "RequestWine"}
