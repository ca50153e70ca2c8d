"""Every option of the API reaches the Terraform JSON or the function's package, wired to what it belongs to."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import dataclass, replace
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.api import example
from modules.api.definition import ACCESS_LOG_FIELDS
from modules.api.spec import ApiSpec
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEYS = [f"arn:aws:kms:eu-west-1:111111111111:key/{n}" for n in range(3)]
POOL = "arn:aws:cognito-idp:eu-west-1:111111111111:userpool/eu-west-1_abc"
CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/00000000-0000-0000-0000-000000000000"
LIMIT = "arn:aws:iam::111111111111:policy/limit"
API, METHOD, MODEL, STAGE = "aws_api_gateway_rest_api", "aws_api_gateway_method", "aws_api_gateway_model", "aws_api_gateway_stage"
SETTINGS, LOGS, FUNCTION = "aws_api_gateway_method_settings", "aws_cloudwatch_log_group", "aws_lambda_function"
PLAN, ACL, DOMAIN, ANSWER = (
    "aws_api_gateway_usage_plan",
    "aws_wafv2_web_acl",
    "aws_api_gateway_domain_name",
    "aws_api_gateway_integration_response",
)
POST, OPTIONS = "gateway/method_post", "gateway/method_options"


@dataclass(frozen=True)
class Case:
    """Options, and where one of them ends up: in the resource of `kind` below `where`, or with kind `package` in the function's routes."""

    option: str
    options: dict[str, Any]
    path: str
    expected: Any
    kind: str = API
    where: str = ""


def endpoint(name: str, value: Any, path: str, expected: Any, kind: str = "package", where: str = "", **more: Any) -> Case:
    return Case(f"ApiEndpoint.{name}", {"endpoints": {"wine": {name: value, **more}}}, path, expected, kind, where)


def part(section: str, model: str, name: str, value: Any, path: str, expected: Any, kind: str, where: str = "", **more: Any) -> Case:
    return Case(f"{model}.{name}", {section: {name: value, **more}}, path, expected, kind, where)


def function(name: str, value: Any, path: str = "", expected: Any = None, kind: str = FUNCTION, where: str = "") -> Case:
    return part("function", "FunctionSpec", name, value, path or name, value if expected is None else expected, kind, where)


def plan(model: str, name: str, options: dict[str, Any], path: str, expected: Any, kind: str = PLAN) -> Case:
    whole = {"keys": ["partner"], "rate_limit": 5, "burst_limit": 7, **options}
    return Case(f"{model}.{name}", {"authorization": {"kind": "api_key", "usage_plans": {"gold": whole}}}, path, expected, kind)


QUOTA = {"quota": {"limit": 9, "period": "WEEK", "offset": 2}}
COGNITO = {"authorization": {"kind": "cognito", "provider_arns": [POOL], "scopes": ["wine/read"]}}
WITH_DOMAIN = {"domain_name": "api.example.com", "regional_certificate_arn": CERTIFICATE}
ORIGIN = "https://app.example.com"
ROUTE = "routes.POST /endpoints/wine/invocations"
SCHEMA = {"type": "object", "required": ["instances"]}
CORS_HEADER = "response_parameters.method~response~header~Access-Control-{}"

CASES = [
    Case("ApiSpec.endpoints", {}, "path_part", "invocations", "aws_api_gateway_resource", "gateway/resource_endpoints_wine_invocations"),
    Case("ApiSpec.authorization", COGNITO, "authorization", "COGNITO_USER_POOLS", METHOD, POST),
    Case("ApiSpec.function", {"function": {"memory_size": 256}}, "memory_size", 256, FUNCTION),
    Case("ApiSpec.throttle", {"throttle": {"throttling_rate_limit": 7}}, "settings.throttling_rate_limit", 7, SETTINGS),
    Case("ApiSpec.logging", {"logging": {"execution_level": "INFO"}}, "settings.logging_level", "INFO", SETTINGS),
    Case("ApiSpec.xray_tracing_enabled", {"xray_tracing_enabled": False}, "xray_tracing_enabled", False, STAGE),
    Case("ApiSpec.binary_media_types", {"binary_media_types": ["*/*"]}, "binary_media_types", ["*/*"]),
    Case("ApiSpec.minimum_compression_size", {"minimum_compression_size": 1024}, "minimum_compression_size", "1024"),
    Case("ApiSpec.cors", {"cors": {"allow_origin": ORIGIN}}, "authorization", "NONE", METHOD, OPTIONS),
    Case("ApiSpec.waf", {"waf": {}}, "scope", "REGIONAL", ACL),
    Case("ApiSpec.domain", {"domain": WITH_DOMAIN}, "security_policy", "TLS_1_2", DOMAIN),
    Case("ApiSpec.canary", {"canary": {"percent_traffic": 5, "target_variants": {"wine": "next"}}}, "canary_settings.use_stage_cache", False, STAGE),
    endpoint("path", "/predict/wine", "path_part", "wine", "aws_api_gateway_resource", "gateway/resource_predict_wine"),
    endpoint("method", "PUT", "authorization", "AWS_IAM", METHOD, "gateway/method_put"),
    endpoint("content_types", ["text/csv"], f"{ROUTE}.content_types", ["text/csv"]),
    endpoint("max_request_bytes", 1000, f"{ROUTE}.max_request_bytes", 1000),
    endpoint("request_schema", SCHEMA, "name", "RequestWine", MODEL, content_types=["application/json"]),
    endpoint("response_stream", True, f"{ROUTE}.mode", "stream"),
    endpoint("request_headers", ["X-Amzn-SageMaker-Session-Id"], f"{ROUTE}.request_headers", ["X-Amzn-SageMaker-Session-Id"]),
    endpoint(
        "throttle",
        {"throttling_rate_limit": 3, "throttling_burst_limit": 4},
        "method_path",
        "~1endpoints~1wine~1invocations/POST",
        SETTINGS,
        "stage/method_settings_wine",
    ),
    *(
        Case(
            f"MethodThrottle.{name}",
            {"endpoints": {"wine": {"throttle": {"throttling_rate_limit": 3, "throttling_burst_limit": 4}}}},
            f"settings.{name}",
            value,
            SETTINGS,
            "stage/method_settings_wine",
        )
        for name, value in (("throttling_rate_limit", 3), ("throttling_burst_limit", 4))
    ),
    part("throttle", "Throttle", "throttling_rate_limit", 11, "settings.throttling_rate_limit", 11, SETTINGS),
    part("throttle", "Throttle", "throttling_burst_limit", 12, "settings.throttling_burst_limit", 12, SETTINGS),
    part("logging", "Logging", "log_retention_in_days", 30, "retention_in_days", 30, LOGS, "stage/access_log_group"),
    part("logging", "Logging", "execution_level", "OFF", "settings.logging_level", "OFF", SETTINGS),
    part("logging", "Logging", "metrics_enabled", False, "settings.metrics_enabled", False, SETTINGS),
    part("logging", "Logging", "create_account_role", True, "depends_on[0]", "aws_api_gateway_account", STAGE),
    function("runtime", "python3.12"),
    function("architecture", "x86_64", "architectures", ["x86_64"]),
    function("memory_size", 1024),
    function("timeout", 20),
    function("reserved_concurrent_executions", 7),
    function("tracing", "PassThrough", "tracing_config.mode"),
    function("permissions_boundary", LIMIT, kind="aws_iam_role", where="function/role"),
    function("log_level", "WARNING", "environment.variables.LOG_LEVEL"),
    function("log_retention_in_days", 14, "retention_in_days", kind=LOGS, where="function/log_group"),
    function("network", "private", "vpc_config.subnet_ids", ["subnet-1", "subnet-2"]),
    part("cors", "Cors", "allow_origin", ORIGIN, CORS_HEADER.format("Allow-Origin"), f"'{ORIGIN}'", ANSWER),
    part("cors", "Cors", "allow_headers", ["X-One"], CORS_HEADER.format("Allow-Headers"), "'X-One'", ANSWER, allow_origin="*"),
    part("cors", "Cors", "max_age", 5, CORS_HEADER.format("Max-Age"), "'5'", ANSWER, allow_origin="*"),
    part("waf", "Waf", "managed_rule_groups", ["AWSManagedRulesSQLiRuleSet"], "rule[1].name", "AWSManagedRulesSQLiRuleSet", ACL),
    part("waf", "Waf", "rate_limit", 50, "rule[0].statement.rate_based_statement.limit", 50, ACL),
    part("domain", "Domain", "domain_name", "api.example.com", "domain_name", "api.example.com", DOMAIN, regional_certificate_arn=CERTIFICATE),
    part("domain", "Domain", "regional_certificate_arn", CERTIFICATE, "regional_certificate_arn", CERTIFICATE, DOMAIN, domain_name="a.example.com"),
    part("domain", "Domain", "security_policy", "TLS_1_2", "security_policy", "TLS_1_2", DOMAIN, **WITH_DOMAIN),
    part("domain", "Domain", "base_path", "v1", "base_path", "v1", "aws_api_gateway_base_path_mapping", **WITH_DOMAIN),
    part("domain", "Domain", "disable_execute_api_endpoint", True, "disable_execute_api_endpoint", True, API, **WITH_DOMAIN),
    part("canary", "Canary", "percent_traffic", 2.5, "canary_settings.percent_traffic", 2.5, STAGE, target_variants={"wine": "next"}),
    part("canary", "Canary", "target_variants", {"wine": "next"}, "canary_settings.stage_variable_overrides", {"target_variant_wine": "next"}, STAGE, percent_traffic=5),
    Case("AwsIam.kind", {"authorization": {"kind": "aws_iam"}}, "authorization", "AWS_IAM", METHOD, POST),
    Case("Open.kind", {"authorization": {"kind": "open"}}, "authorization", "NONE", METHOD, POST),
    Case("Cognito.kind", COGNITO, "type", "COGNITO_USER_POOLS", "aws_api_gateway_authorizer"),
    Case("Cognito.provider_arns", COGNITO, "provider_arns", [POOL], "aws_api_gateway_authorizer"),
    Case("Cognito.scopes", COGNITO, "authorization_scopes", ["wine/read"], METHOD, POST),
    Case("ApiKey.kind", {"authorization": {"kind": "api_key", "usage_plans": {"gold": {"keys": ["a"], "rate_limit": 1, "burst_limit": 1}}}}, "api_key_required", True, METHOD, POST),
    plan("ApiKey", "usage_plans", {}, "name", "slipway-test-api-gold"),
    plan("UsagePlan", "keys", {}, "name", "slipway-test-api-partner", "aws_api_gateway_api_key"),
    plan("UsagePlan", "rate_limit", {}, "throttle_settings.rate_limit", 5),
    plan("UsagePlan", "burst_limit", {}, "throttle_settings.burst_limit", 7),
    plan("UsagePlan", "quota", QUOTA, "quota_settings.limit", 9),
    plan("Quota", "limit", QUOTA, "quota_settings.limit", 9),
    plan("Quota", "period", QUOTA, "quota_settings.period", "WEEK"),
    plan("Quota", "offset", QUOTA, "quota_settings.offset", 2),
]  # fmt: skip


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
    seen = value(found[0], case.path)
    assert (seen.partition(".")[0] if case.expected == "aws_api_gateway_account" else seen) == case.expected


def test_every_option_has_a_case() -> None:
    assert untested(all_options(ApiSpec), (case.option for case in CASES)) == []


def test_unsigned_requests_get_nowhere() -> None:
    document = synth(lambda stack: build(stack, "api", {}))
    assert {body["authorization"] for body in resources(document, METHOD)} == {"AWS_IAM"}
    assert len({body["http_method"] + str(body["resource_id"]) for body in resources(document, METHOD)}) == len(resources(document, METHOD))


def test_a_key_is_required_by_every_method() -> None:
    document = synth(
        lambda stack: build(
            stack,
            "api",
            {"authorization": {"kind": "api_key", "usage_plans": {"gold": {"keys": ["a", "b"], "rate_limit": 1, "burst_limit": 1}}}},
        )
    )
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
    assert {body["type"] for body in resources(document, "aws_api_gateway_integration")} == {"AWS_PROXY"}


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
