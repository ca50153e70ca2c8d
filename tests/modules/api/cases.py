"""One case for each option of the API: a value that is not its default, and where it ends up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

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
    """Options, and where one of them ends up: in the resource of `kind` below `where`, or with kind `package` in the function's routes.

    With an empty `path` there is no such resource at all.
    """

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
    part("logging", "Logging", "create_account_role", False, "", None, "aws_api_gateway_account"),
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
    part("domain", "Domain", "disable_execute_api_endpoint", False, "disable_execute_api_endpoint", False, API, **WITH_DOMAIN),
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
