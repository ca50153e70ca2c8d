"""Violations of the policies for APIs and functions, planted into the clean platform with a clean API beside it."""

from __future__ import annotations

import json

from tests.policies.planted import Case, Change, add, both, drop, gone, put
from tests.policies.platform import ARN, Body, Documents, merge, policy, stack

API, DEPLOYMENT, STAGE = "aws_api_gateway_rest_api.api", "aws_api_gateway_deployment.current", "aws_api_gateway_stage.prod"
METHOD, SETTINGS, FUNCTION = "aws_api_gateway_method.post", "aws_api_gateway_method_settings.all", "aws_lambda_function.handler"
ACCESS, EXECUTION, LOGS = (f"aws_cloudwatch_log_group.{name}" for name in ("access", "execution", "function"))
PLAN, PLAN_KEY = "aws_api_gateway_usage_plan.gold", "aws_api_gateway_usage_plan_key.gold_partner"
_ID = f"${{{API}.id}}"
_NAME = "slipway-prod-api"
_FORMAT = {"request_id": "$context.requestId", "status": "$context.status", "key": "$context.identity.apiKeyId"}


def _group(name: str) -> Body:
    return {"name": name, "retention_in_days": 365, "kms_key_id": "${data.terraform_remote_state.shared.outputs.key_arn}"}


def api_stack() -> Body:
    """The document of `prod-api`: one signed method, one stage, one function."""
    before = {"create_before_destroy": True}
    at = {"rest_api_id": _ID}
    settings = {"logging_level": "ERROR", "data_trace_enabled": False, "caching_enabled": False, "metrics_enabled": True}
    method = {**at, "resource_id": f"${{{API}.root_resource_id}}", "http_method": "POST", "authorization": "AWS_IAM"}
    stage = {
        **at,
        "deployment_id": f"${{{DEPLOYMENT}.id}}",
        "stage_name": "prod",
        "xray_tracing_enabled": True,
        "access_log_settings": {"destination_arn": f"${{{ACCESS}.arn}}", "format": json.dumps(_FORMAT)},
    }
    resources = merge(
        {
            "aws_api_gateway_rest_api": {"api": {"name": _NAME, "endpoint_configuration": {"types": ["REGIONAL"]}, "lifecycle": before}},
            "aws_api_gateway_request_validator": {"body": {**at, "name": "body", "validate_request_body": True}},
            "aws_api_gateway_method": {"post": {**method, "request_validator_id": "${aws_api_gateway_request_validator.body.id}"}},
            "aws_api_gateway_deployment": {"current": {**at, "lifecycle": before}},
            "aws_api_gateway_stage": {"prod": stage},
            "aws_api_gateway_method_settings": {
                "all": {**at, "stage_name": f"${{{STAGE}.stage_name}}", "method_path": "*/*", "settings": settings}
            },
        },
        {
            "aws_cloudwatch_log_group": {
                "access": _group(f"/aws/apigateway/{_NAME}/access"),
                "execution": _group(f"API-Gateway-Execution-Logs_{_ID}/prod"),
                "function": _group(f"/aws/lambda/{_NAME}"),
            }
        },
        _function(),
    )
    remote = {
        "backend": "s3",
        "config": {"bucket": "slipway-prod-tfstate-333333333333", "key": "prod-shared.tfstate", "region": "eu-west-1"},
    }
    return stack("prod-api", resources, data={"terraform_remote_state": {"shared": remote}})


def _function() -> Body:
    function = {
        "function_name": _NAME,
        "role": f"{ARN}:role/slipway-prod-api-function",
        "runtime": "python3.13",
        "handler": "function.handler.handle",
        "filename": "assets/x.zip",
        "timeout": 29,
        "reserved_concurrent_executions": 10,
        "tracing_config": {"mode": "Active"},
    }
    permission = {
        "action": "lambda:InvokeFunction",
        "function_name": f"${{{FUNCTION}.function_name}}",
        "principal": "apigateway.amazonaws.com",
        "source_arn": f"${{{API}.execution_arn}}/prod/*",
    }
    trust = {"Effect": "Allow", "Principal": {"Service": "lambda.amazonaws.com"}, "Action": "sts:AssumeRole"}
    return {
        "aws_lambda_function": {"handler": function},
        "aws_lambda_permission": {"caller": permission},
        "aws_iam_role": {"function_role": {"name": "slipway-prod-api-function", "assume_role_policy": policy(trust)}},
    }


def with_api(*changes: Change) -> Change:
    """The platform with an API, changed."""

    def change(documents: Documents) -> None:
        documents["prod-api"] = api_stack()
        for one in changes:
            one(documents)

    return change


def keyed(*changes: Change) -> Change:
    """The API asks for a key instead of a signature."""
    limits = {"rate_limit": 5, "burst_limit": 10}
    plan = {"name": "gold", "api_stages": [{"api_id": _ID, "stage": "prod"}], "throttle_settings": limits}
    return with_api(
        put(METHOD, "authorization", "NONE"),
        put(METHOD, "api_key_required", True),
        add("prod-api", "aws_api_gateway_api_key.partner", {"name": "partner"}),
        add("prod-api", PLAN, plan),
        add(
            "prod-api",
            PLAN_KEY,
            {"key_id": "${aws_api_gateway_api_key.partner.id}", "key_type": "API_KEY", "usage_plan_id": f"${{{PLAN}.id}}"},
        ),
        *changes,
    )


def guarded() -> Change:
    """A web ACL in front of the stage."""
    association = {"resource_arn": f"${{{STAGE}.arn}}", "web_acl_arn": "arn:aws:wafv2:eu-west-1:333333333333:regional/webacl/x/1"}
    return add("prod-api", "aws_wafv2_web_acl_association.guard", association)


def _case(label: str, change: Change, address: str, *builtin: str) -> Case:
    return Case(label, change, address, frozenset(builtin))


def _format(**fields: str) -> Change:
    return with_api(put(STAGE, "access_log_settings.format", json.dumps({**_FORMAT, **fields})))


_OPEN = (put(METHOD, "authorization", "NONE"), guarded())
PLANTED: dict[str, tuple[Case, ...]] = {
    "CKV_SLIPWAY_70": (
        _case("open to anybody", with_api(*_OPEN), METHOD, "CKV_AWS_59"),
        _case("keys that nothing asks for", keyed(drop(METHOD, "api_key_required"), guarded()), METHOD, "CKV_AWS_59"),
        _case("a key that does not exist", keyed(gone(PLAN_KEY)), METHOD),
        _case("a reference", with_api(put(METHOD, "authorization", "${var.authorization}")), METHOD, "CKV_SLIPWAY_28"),
    ),
    "CKV_SLIPWAY_71": (
        _case("no throttle", keyed(drop(PLAN, "throttle_settings")), PLAN),
        _case("no burst", keyed(drop(PLAN, "throttle_settings.burst_limit")), PLAN),
        _case("no stage", both(keyed(), put(PLAN, "api_stages", []), put(METHOD, "authorization", "AWS_IAM")), PLAN),
    ),
    "CKV_SLIPWAY_72": (
        _case("no access log", with_api(drop(STAGE, "access_log_settings")), STAGE, "CKV_AWS_76"),
        _case("the body", _format(body="$input.body"), STAGE),
        _case("claims of a token", _format(who="$context.authorizer.claims.email"), STAGE),
        _case("the key itself", _format(key="$context.identity.apiKey"), STAGE),
        _case("what validation quotes", _format(why="$context.error.validationErrorString"), STAGE),
        _case("no request id", with_api(put(STAGE, "access_log_settings.format", '{"status":"$context.status"}')), STAGE),
        _case("kept for ever", with_api(drop(ACCESS, "retention_in_days")), STAGE, "CKV_AWS_66", "CKV_AWS_338"),
        _case("an unknown place", with_api(put(STAGE, "access_log_settings.destination_arn", "${var.logs}")), STAGE),
    ),
    "CKV_SLIPWAY_73": (
        _case("whole requests", with_api(put(SETTINGS, "settings.data_trace_enabled", True)), SETTINGS, "CKV_AWS_276"),
        _case("no log group", with_api(gone(EXECUTION)), SETTINGS),
        _case("no key", with_api(drop(EXECUTION, "kms_key_id")), SETTINGS, "CKV_AWS_158"),
        _case("another stage's", with_api(put(EXECUTION, "name", f"API-Gateway-Execution-Logs_{_ID}/dev")), SETTINGS),
    ),
    "CKV_SLIPWAY_74": (
        _case("no log group", with_api(gone(LOGS)), FUNCTION),
        _case("no key", with_api(drop(LOGS, "kms_key_id")), FUNCTION, "CKV_AWS_158"),
        _case("another name", with_api(put(FUNCTION, "logging_config", {"log_group": "/other", "log_format": "JSON"})), FUNCTION),
    ),
    "CKV_SLIPWAY_75": (
        _case("a minute", with_api(put(FUNCTION, "timeout", 60)), FUNCTION),
        _case("a reference", with_api(put(FUNCTION, "timeout", "${var.timeout}")), FUNCTION),
    ),
    "CKV_SLIPWAY_76": (_case("nothing in front", keyed(drop(METHOD, "api_key_required")), STAGE, "CKV_AWS_59", "CKV_SLIPWAY_70"),),
    "CKV_SLIPWAY_25": (
        _case(
            "a function's own address",
            add("prod-serving", "aws_lambda_function_url.x", {"function_name": "x", "authorization_type": "AWS_IAM"}),
            "aws_lambda_function_url.x",
        ),
    ),
}

GOOD: dict[str, Change] = {
    "an API of signed requests": with_api(),
    "an API of keys": keyed(),
    "an API of tokens": with_api(put(METHOD, "authorization", "COGNITO_USER_POOLS"), put(METHOD, "authorizer_id", "x")),
    "a preflight request": with_api(put(METHOD, "authorization", "NONE"), put(METHOD, "http_method", "OPTIONS")),
    "no execution log": with_api(put(SETTINGS, "settings.logging_level", "ERROR")),
    "a function without an API may take longer": with_api(gone("aws_lambda_permission.caller"), put(FUNCTION, "timeout", 300)),
    "settings as lists": with_api(
        put(STAGE, "access_log_settings", [{"destination_arn": f"${{{ACCESS}.arn}}", "format": json.dumps(_FORMAT)}])
    ),
}
