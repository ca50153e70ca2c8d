"""Every option of the load testers reaches the Terraform JSON or the function's package; the role may do nothing else."""

from __future__ import annotations

import io
import json
import subprocess
import sys
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.load_test import example
from modules.load_test.cases import LoadCase
from modules.load_test.construct import ApiRefs, LoadTest, LoadTestRefs, function_package
from modules.load_test.spec import LoadTestSpec
from modules.load_test.widgets import dashboard_body
from tests.modules.policy_documents import assert_exact_actions, statements
from tests.modules.support import all_options, at, resource, resources, synth, untested

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY, LOGS = ("arn:aws:kms:eu-west-1:111111111111:key/" + name for name in ("1", "2"))
CASES = [LoadCase("first", b"1"), LoadCase("second", b"2")]
ENDPOINT = LoadTestRefs(CASES, KEY, LOGS, endpoint_name="slipway-test-Wine")
ROUTE = ApiRefs(
    "abc", "abc.execute-api.eu-west-1.amazonaws.com", "/test/endpoints/wine/invocations", "POST", "test", "/endpoints/wine/invocations"
)
API = LoadTestRefs(CASES, KEY, LOGS, api=ROUTE)
LEAST: dict[str, Any] = {"target": {"name": "wine"}, "case_file": "cases.yaml"}
FUNCTION, ROLE, GROUP = "aws_lambda_function", "aws_iam_role", "aws_cloudwatch_log_group"


def build(refs: LoadTestRefs = ENDPOINT, **options: Any) -> dict[str, Any]:
    spec = LoadTestSpec.model_validate({**LEAST, **options})
    return synth(lambda stack: LoadTest(stack, "load_test", naming=NAMING, spec=spec, refs=refs))


def packaged(name: str, refs: LoadTestRefs = ENDPOINT, **options: Any) -> Any:
    package = function_package(NAMING, LoadTestSpec.model_validate({**LEAST, **options}), refs)
    return json.loads(zipfile.ZipFile(io.BytesIO(package.content)).read(name))


IN_JSON: dict[str, tuple[dict[str, Any], str, str, Any]] = {
    "EndpointTarget.kind": ({"target": {"kind": "endpoint", "name": "wine"}}, FUNCTION, "description", "One load tester of wine"),
    "EndpointTarget.name": ({"target": {"name": "beer"}}, FUNCTION, "description", "One load tester of beer"),
    "LoadTestSpec.target": ({"target": {"name": "beer"}}, FUNCTION, "description", "One load tester of beer"),
    "LoadTestSpec.clients": ({"clients": 7}, FUNCTION, "reserved_concurrent_executions", 8),
    "LoadTestSpec.runtime": ({"runtime": "python3.12"}, FUNCTION, "runtime", "python3.12"),
    "LoadTestSpec.architecture": ({"architecture": "x86_64"}, FUNCTION, "architectures", ["x86_64"]),
    "LoadTestSpec.memory_size": ({"memory_size": 1024}, FUNCTION, "memory_size", 1024),
    "LoadTestSpec.reserved_concurrent_executions": (
        {"reserved_concurrent_executions": 50}, FUNCTION, "reserved_concurrent_executions", 50
    ),
    "LoadTestSpec.duration_in_seconds": ({"duration_in_seconds": 300}, FUNCTION, "timeout", 390),
    "LoadTestSpec.request_timeout_in_seconds": ({"request_timeout_in_seconds": 5}, FUNCTION, "timeout", 95),
    "LoadTestSpec.tracing": ({"tracing": "PassThrough"}, FUNCTION, "tracing_config.mode", "PassThrough"),
    "LoadTestSpec.log_retention_in_days": ({"log_retention_in_days": 7}, GROUP, "retention_in_days", 7),
    "LoadTestSpec.permissions_boundary": (
        {"permissions_boundary": "arn:aws:iam::111111111111:policy/limit"}, ROLE, "permissions_boundary",
        "arn:aws:iam::111111111111:policy/limit",
    ),
}  # fmt: skip
IN_PACKAGE: dict[str, tuple[dict[str, Any], str, Any]] = {
    "EndpointTarget.target_variant": ({"target": {"name": "wine", "target_variant": "blue"}}, "target_variant", "blue"),
    "LoadTestSpec.interval_in_seconds": ({"interval_in_seconds": 0.25}, "limits.interval_in_seconds", 0.25),
    "LoadTestSpec.max_concurrent_requests": ({"max_concurrent_requests": 33}, "max_concurrent_requests", 33),
}
ELSEWHERE = {
    "LoadTestSpec.dashboard",  # test_the_dashboard_can_be_left_out
    "LoadTestSpec.case_file",  # tests/contract/test_testers.py
    "LoadTestSpec.cases",  # tests/contract/test_testers.py
    "ApiTarget.kind",  # test_an_api_is_named_by_what_only_terraform_knows
    "ApiTarget.name",
    "ApiTarget.api_key",  # tests/stacks/test_load_test_stack.py
}


def test_no_option_is_untested() -> None:
    assert untested(all_options(LoadTestSpec), [*IN_JSON, *IN_PACKAGE, *ELSEWHERE]) == []


@pytest.mark.parametrize("option", IN_JSON)
def test_an_option_reaches_the_json(option: str) -> None:
    options, kind, path, expected = IN_JSON[option]
    assert at(resource(build(**options), kind), path) == expected
    assert at(resource(build(), kind), path) != expected or option == "EndpointTarget.kind"


@pytest.mark.parametrize("option", IN_PACKAGE)
def test_an_option_reaches_the_package(option: str) -> None:
    options, path, expected = IN_PACKAGE[option]
    assert at(packaged("settings.json", **options), path) == expected != at(packaged("settings.json"), path)


def test_the_message_starts_the_function_and_nobody_else_may() -> None:
    document = build()
    permission, subscription = resource(document, "aws_lambda_permission"), resource(document, "aws_sns_topic_subscription")
    topic = "${aws_sns_topic.load_test_topic_CFAB6E5E.arn}"
    assert (permission["principal"], permission["source_arn"]) == ("sns.amazonaws.com", topic)
    assert "source_account" not in permission, "SNS says which topic it is, whose ARN holds the account, and promises no more"
    assert (subscription["protocol"], subscription["topic_arn"]) == ("lambda", topic)
    assert resource(document, "aws_sns_topic")["kms_master_key_id"] == KEY
    deny = statements(resource(document, "aws_sns_topic_policy")["policy"])["TlsOnly"]
    assert (deny["Effect"], deny["Condition"]) == ("Deny", {"Bool": {"aws:SecureTransport": "false"}})
    once = resource(document, "aws_lambda_function_event_invoke_config")
    assert (once["maximum_retry_attempts"], once["maximum_event_age_in_seconds"]) == (0, 60), "a repeated tester doubles the load"


def test_logs_are_encrypted_and_made_beforehand() -> None:
    document = build()
    assert resource(document, GROUP)["kms_key_id"] == LOGS
    assert resource(document, FUNCTION)["depends_on"] == ["aws_cloudwatch_log_group.load_test_log_group_F90DEB40"]


def test_the_role_of_an_endpoints_testers() -> None:
    found = statements(resource(build(), "aws_iam_role_policy")["policy"])
    assert_exact_actions(found.values())
    assert {sid: (item["Action"], item["Resource"]) for sid, item in found.items()} == {
        "Invoke": (["sagemaker:InvokeEndpoint"], "arn:aws:sagemaker:eu-west-1:111111111111:endpoint/slipway-test-wine"),
        "PutMetrics": (["cloudwatch:PutMetricData"], "*"),
        "WriteLogs": (
            ["logs:CreateLogStream", "logs:PutLogEvents"],
            "arn:aws:logs:eu-west-1:111111111111:log-group:/aws/lambda/slipway-test-load-test:*",
        ),
        "StartTesters": (["lambda:InvokeFunction"], "arn:aws:lambda:eu-west-1:111111111111:function:slipway-test-load-test"),
        "Trace": (["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*"),
    }
    assert found["PutMetrics"]["Condition"] == {"StringEquals": {"cloudwatch:namespace": "Slipway/LoadTest"}}
    assert "Trace" not in statements(resource(build(tracing="PassThrough"), "aws_iam_role_policy")["policy"])


@pytest.mark.parametrize(
    ("auth", "expected"),
    [
        ("aws_iam", {"Invoke": "arn:aws:execute-api:eu-west-1:111111111111:abc/test/POST/endpoints/wine/invocations"}),
        ("api_key", {"ReadApiKey": "arn:aws:apigateway:eu-west-1::/apikeys/k1"}),
        ("open", {}),
    ],
)
def test_the_role_of_an_apis_testers(auth: str, expected: dict[str, str]) -> None:
    refs = replace(API, api=replace(ROUTE, auth=auth, api_key_id="k1" if auth == "api_key" else ""))
    document = build(refs, target={"kind": "api", "name": "wine"})
    found = statements(resource(document, "aws_iam_role_policy")["policy"])
    assert {sid: found[sid]["Resource"] for sid in ("Invoke", "ReadApiKey") if sid in found} == expected
    assert found["ReadVariables"]["Condition"] == {"StringEquals": {"kms:ViaService": ["lambda.eu-west-1.amazonaws.com"]}}


def test_an_api_is_named_by_what_only_terraform_knows() -> None:
    refs = replace(API, api=replace(ROUTE, auth="api_key", api_key_id="k1"))
    target = {"kind": "api", "name": "wine"}
    function = resource(build(refs, target=target), FUNCTION)
    assert function["kms_key_arn"] == KEY
    address = "https://abc.execute-api.eu-west-1.amazonaws.com/test/endpoints/wine/invocations"
    assert function["environment"]["variables"] == {"API_URL": address, "API_KEY_ID": "k1"}, "the key's value is nowhere"
    assert packaged("settings.json", refs, target=target) | {"limits": {}} == {
        "auth": "api_key",
        "endpoint_name": "",
        "environment": "test",
        "limits": {},
        "max_concurrent_requests": 10,
        "method": "POST",
        "request_timeout_in_seconds": 60,
        "target": "api/wine",
        "target_variant": "",
    }
    assert "environment" not in resource(build(), FUNCTION)


def test_a_target_without_its_refs_is_refused() -> None:
    with pytest.raises(ValueError, match="kind api needs the api"):
        build(ENDPOINT, target={"kind": "api", "name": "wine"})
    with pytest.raises(ValueError, match="cases.yaml has no case that can be sent to wine"):
        build(replace(ENDPOINT, cases=[]))


def test_the_package_runs_where_nothing_of_slipway_is_installed(tmp_path: Path) -> None:
    package = function_package(NAMING, LoadTestSpec.model_validate(LEAST), ENDPOINT)
    with zipfile.ZipFile(io.BytesIO(package.content)) as archive:
        archive.extractall(tmp_path)
        names = archive.namelist()
    assert all(name.startswith("modules/") or name in ("settings.json", "cases.json") for name in names)
    code = "import sys; sys.path.insert(0, '.'); import modules.load_test.function.handler; print('pydantic' in sys.modules, 'cdktf' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert done.stdout.split() == ["False", "False"]
    handler = resource(build(), FUNCTION)["handler"].rpartition(".")
    assert f"{handler[0].replace('.', '/')}.py" in names and handler[2] == "handler"


def test_the_package_is_the_same_every_time() -> None:
    first, second = (function_package(NAMING, LoadTestSpec.model_validate(LEAST), ENDPOINT) for _ in range(2))
    other = function_package(NAMING, LoadTestSpec.model_validate(LEAST), replace(ENDPOINT, cases=CASES[:1]))
    assert first.content == second.content != other.content
    assert resource(build(), FUNCTION)["source_code_hash"] == first.source_code_hash


def test_the_dashboard_is_of_the_cases() -> None:
    body = resource(build(), "aws_cloudwatch_dashboard")
    expected = dashboard_body("eu-west-1", "test", "wine", ["first", "second"], "slipway-test-load-test")
    assert (body["dashboard_name"], body["dashboard_body"]) == ("slipway-test-load-test", expected)


def test_the_dashboard_can_be_left_out() -> None:
    document = build(dashboard=False)
    assert resources(document, "aws_cloudwatch_dashboard") == [] and len(resources(build(), "aws_cloudwatch_dashboard")) == 1


def test_the_example_synthesizes() -> None:
    outputs = synth(example.build)["output"]
    assert set(outputs) == {"load_test_topic_arn", "load_test_function_name", "load_test_log_group_name", "load_test_dashboard_name"}
