"""The front door's part of the Terraform document: a function, an API with everything that can be said of one, a user pool, a web ACL."""

from __future__ import annotations

import base64
import hashlib
import json
import zipfile
from pathlib import Path
from typing import Any

from tests.localaws.serving_document import ACCOUNT, REGION, Resources

PACKAGE = "function.zip"
DOOR: dict[str, Any] = {
    "memory": 256,
    "level": "INFO",
    "schema": {"type": "object"},
    "wanted": True,
    "wait": 29_000,
    "rate": 50,
    "percent": 10,
    "media": ["image/png", "application/x-npy"],
    "quota": 1000,
    "requests": 2000,
}
"""Options: function, request model, required header, milliseconds to wait, requests per second, canary's percent, and so on."""
DOOR_CHANGED = {
    **{"memory": 512, "level": "DEBUG", "schema": {"type": "array"}, "wanted": False, "wait": 20_000, "rate": 20.5, "percent": 20},
    **{"media": ["image/png", "text/plain"], "quota": 2000, "requests": 1000},
}
_API, _STAGE = "${aws_api_gateway_rest_api.front.id}", "${aws_api_gateway_stage.front.stage_name}"


def write_package(folder: Path) -> None:
    """The function's code, beside the document."""
    with zipfile.ZipFile(folder / PACKAGE, "w") as file:
        file.writestr(zipfile.ZipInfo("app.py", (1980, 1, 1, 0, 0, 0)), "def handle(event, context):\n    return {'statusCode': 200}\n")


def front(options: dict[str, Any]) -> Resources:
    """All of it, with the options of DOOR."""
    return {**_function(options), **_api(options), **_methods(options), **_stage(options), **_access(options)}


def _function(options: dict[str, Any]) -> Resources:
    code = hashlib.sha256(b"one").digest()
    function = {
        "function_name": "tf-front",
        "role": "${aws_iam_role.execution.arn}",
        "handler": "app.handle",
        "runtime": "python3.13",
        "filename": PACKAGE,
        "source_code_hash": base64.b64encode(code).decode(),
        "memory_size": options["memory"],
        "timeout": 29,
        "publish": True,
        "architectures": ["arm64"],
        "reserved_concurrent_executions": 10,
        "kms_key_arn": "${aws_kms_key.main.arn}",
        "environment": [{"variables": {"LOG_LEVEL": "INFO"}}],
        "tracing_config": [{"mode": "Active"}],
        "dead_letter_config": [{"target_arn": f"arn:aws:sns:{REGION}:{ACCOUNT}:tf-dead"}],
        "logging_config": [{"log_format": "JSON", "application_log_level": options["level"], "system_log_level": "WARN"}],
    }
    named = {"function_name": "${aws_lambda_function.front.function_name}"}
    alias = {**named, "name": "live", "function_version": "${aws_lambda_function.front.version}"}
    permission = {
        **named,
        "statement_id": "ApiGateway",
        "action": "lambda:InvokeFunction",
        "principal": "apigateway.amazonaws.com",
        "source_arn": "${aws_api_gateway_rest_api.front.execution_arn}/*",
    }
    return {
        "aws_lambda_function": {"front": function},
        "aws_lambda_alias": {"live": alias},
        "aws_lambda_permission": {"front": permission},
        "aws_lambda_function_event_invoke_config": {"front": {**named, "maximum_retry_attempts": 1, "maximum_event_age_in_seconds": 600}},
    }


def _api(options: dict[str, Any]) -> Resources:
    api = {
        "name": "tf-front",
        "binary_media_types": options["media"],
        "minimum_compression_size": "1024",
        "disable_execute_api_endpoint": True,
        "endpoint_configuration": [{"types": ["REGIONAL"]}],
    }
    tokens = {"rest_api_id": _API, "name": "pool", "type": "COGNITO_USER_POOLS", "identity_source": "method.request.header.Authorization"}
    answer = {"rest_api_id": _API, "response_type": "DEFAULT_4XX", "response_templates": {"application/json": "{}"}}
    return {
        "aws_api_gateway_rest_api": {"front": api},
        "aws_api_gateway_resource": {
            "path": {"rest_api_id": _API, "parent_id": "${aws_api_gateway_rest_api.front.root_resource_id}", "path_part": "p"}
        },
        "aws_api_gateway_request_validator": {
            "all": {"rest_api_id": _API, "name": "all", "validate_request_body": True, "validate_request_parameters": True}
        },
        "aws_api_gateway_model": {
            "request": {"rest_api_id": _API, "name": "Request", "content_type": "application/json", "schema": json.dumps(options["schema"])}
        },
        "aws_api_gateway_gateway_response": {"client": {**answer, "response_parameters": {"gatewayresponse.header.X": "'1'"}}},
        "aws_api_gateway_authorizer": {"pool": {**tokens, "provider_arns": ["${aws_cognito_user_pool.front.arn}"]}},
        "aws_cognito_user_pool": {"front": {"name": "tf-front", "mfa_configuration": "OFF"}},
        "aws_cognito_user_pool_client": {
            "front": {"name": "tf-front", "user_pool_id": "${aws_cognito_user_pool.front.id}", "generate_secret": False}
        },
    }


def _methods(options: dict[str, Any]) -> Resources:
    at = {"rest_api_id": _API, "resource_id": "${aws_api_gateway_resource.path.id}"}
    post = {
        **at,
        "http_method": "POST",
        "authorization": "COGNITO_USER_POOLS",
        "authorizer_id": "${aws_api_gateway_authorizer.pool.id}",
        "authorization_scopes": ["api/invoke"],
        "api_key_required": True,
        "request_validator_id": "${aws_api_gateway_request_validator.all.id}",
        "request_models": {"application/json": "${aws_api_gateway_model.request.name}"},
        "request_parameters": {"method.request.header.X-Wanted": options["wanted"]},
    }
    proxy = {
        **at,
        "http_method": "${aws_api_gateway_method.post.http_method}",
        "type": "AWS_PROXY",
        "integration_http_method": "POST",
        "uri": "${aws_lambda_alias.live.invoke_arn}",
        "timeout_milliseconds": options["wait"],
    }
    options_at = {**at, "http_method": "${aws_api_gateway_method.options.http_method}"}
    header = "method.response.header.Access-Control-Allow-Origin"
    return {
        "aws_api_gateway_method": {"post": post, "options": {**at, "http_method": "OPTIONS", "authorization": "NONE"}},
        "aws_api_gateway_integration": {
            "post": proxy,
            "options": {**options_at, "type": "MOCK", "request_templates": {"application/json": '{"statusCode":204}'}},
        },
        "aws_api_gateway_method_response": {"options": {**options_at, "status_code": "204", "response_parameters": {header: True}}},
        "aws_api_gateway_integration_response": {
            "options": {
                **options_at,
                "status_code": "${aws_api_gateway_method_response.options.status_code}",
                "response_parameters": {header: "'*'"},
                "depends_on": ["aws_api_gateway_integration.options"],
            }
        },
    }


def _stage(options: dict[str, Any]) -> Resources:
    group = {"name": "/aws/apigateway/tf-front", "retention_in_days": 14}
    stage = {
        "rest_api_id": _API,
        "stage_name": "v1",
        "deployment_id": "${aws_api_gateway_deployment.front.id}",
        "xray_tracing_enabled": True,
        "variables": {"variant": "main"},
        "access_log_settings": [{"destination_arn": "${aws_cloudwatch_log_group.access.arn}", "format": "$context.requestId"}],
        "canary_settings": [
            {
                "deployment_id": "${aws_api_gateway_deployment.front.id}",
                "percent_traffic": options["percent"],
                "stage_variable_overrides": {"variant": "next"},
            }
        ],
        "depends_on": ["aws_api_gateway_account.logs"],
    }
    settings = {"metrics_enabled": True, "logging_level": "ERROR", "throttling_rate_limit": 100, "throttling_burst_limit": 200}
    method = {"throttling_rate_limit": options["rate"], "throttling_burst_limit": 5}
    at = {"rest_api_id": _API, "stage_name": _STAGE}
    after = ["aws_api_gateway_integration.post", "aws_api_gateway_integration_response.options", "aws_api_gateway_gateway_response.client"]
    return {
        "aws_api_gateway_account": {"logs": {"cloudwatch_role_arn": "${aws_iam_role.execution.arn}"}},
        "aws_api_gateway_deployment": {"front": {"rest_api_id": _API, "triggers": {"content": "1"}, "depends_on": after}},
        "aws_api_gateway_stage": {"front": stage},
        "aws_api_gateway_method_settings": {
            "all": {**at, "method_path": "*/*", "settings": [settings]},
            "post": {**at, "method_path": "p/POST", "settings": [method]},
        },
        "aws_cloudwatch_log_group": {"access": group},
        "aws_api_gateway_domain_name": {
            "front": {
                "domain_name": "api.example.com",
                "regional_certificate_arn": f"arn:aws:acm:{REGION}:{ACCOUNT}:certificate/00000000-0000-0000-0000-000000000000",
                "security_policy": "TLS_1_2",
                "endpoint_configuration": [{"types": ["REGIONAL"]}],
            }
        },
        "aws_api_gateway_base_path_mapping": {
            "front": {
                "api_id": _API,
                "stage_name": _STAGE,
                "base_path": "ml",
                "domain_name": "${aws_api_gateway_domain_name.front.domain_name}",
            }
        },
    }


def _access(options: dict[str, Any]) -> Resources:
    plan = {
        "name": "tf-front",
        "api_stages": [
            {"api_id": _API, "stage": _STAGE, "throttle": [{"path": "/p/POST", "rate_limit": options["rate"], "burst_limit": 2}]}
        ],
        "throttle_settings": [{"rate_limit": 10.5, "burst_limit": 20}],
        "quota_settings": [{"limit": options["quota"], "period": "MONTH", "offset": 3}],
    }
    visible = {"cloudwatch_metrics_enabled": True, "sampled_requests_enabled": False, "metric_name": "tf-front"}
    rate = {"limit": options["requests"], "aggregate_key_type": "IP"}
    rule = {
        "name": "rate",
        "priority": 1,
        "action": [{"block": [{}]}],
        "statement": [{"rate_based_statement": [rate]}],
        "visibility_config": [visible],
    }
    managed = {
        "name": "inputs",
        "priority": 2,
        "override_action": [{"none": [{}]}],
        "statement": [{"managed_rule_group_statement": [{"name": "AWSManagedRulesKnownBadInputsRuleSet", "vendor_name": "AWS"}]}],
        "visibility_config": [visible],
    }
    acl = {
        "name": "tf-front",
        "scope": "REGIONAL",
        "default_action": [{"allow": [{}]}],
        "rule": [rule, managed],
        "visibility_config": [visible],
    }
    return {
        "aws_api_gateway_api_key": {"front": {"name": "tf-front"}},
        "aws_api_gateway_usage_plan": {"front": plan},
        "aws_api_gateway_usage_plan_key": {
            "front": {
                "key_id": "${aws_api_gateway_api_key.front.id}",
                "key_type": "API_KEY",
                "usage_plan_id": "${aws_api_gateway_usage_plan.front.id}",
            }
        },
        "aws_wafv2_web_acl": {"front": acl},
        "aws_wafv2_web_acl_association": {
            "front": {"resource_arn": "${aws_api_gateway_stage.front.arn}", "web_acl_arn": "${aws_wafv2_web_acl.front.arn}"}
        },
    }
