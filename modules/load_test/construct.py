"""Load testers in Lambda: a topic whose messages start them, the function, its role, logs and dashboard."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from constructs import Construct

from modules._shared.function_package import FunctionPackage, code, zip_members
from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules._shared.statements import Statement, lambda_trust
from modules._shared.topic_policy import tls_only
from modules.load_test.cases import LoadCase, dump
from modules.load_test.policy import invoke_api, invoke_endpoint, read_api_key, read_variables, tester_statements
from modules.load_test.spec import EndpointTarget, LoadTestSpec, dashboard_name, function_name, log_group, role_name, topic_name
from modules.load_test.widgets import dashboard_body

HANDLER = "modules.load_test.function.handler.handler"
_MODULES = Path(__file__).resolve().parents[1]
_CODE = ("_shared/compare.py", "_shared/expected.py", "load_test/cases.py", "load_test/metrics.py", "load_test/function/*.py")
"""What the function consists of. It keeps its place below `modules`, so that code and tests import it by one name."""


@dataclass(frozen=True)
class ApiRefs:
    """The API's route. `auth`: aws_iam | api_key | open. `host`: its host name, `path`: stage (or base path) and route in the URL.

    `method`, `stage` and `route` name it in IAM. `api_key_id` only for api_key.
    """

    api_id: str
    host: str
    path: str
    method: str
    stage: str
    route: str
    auth: str = "aws_iam"
    api_key_id: str = ""


@dataclass(frozen=True)
class LoadTestRefs:
    """What others provide.

    `cases`: the chosen cases of the case file. `endpoint_name`: the endpoint's whole name, for a target of kind endpoint; `api`: the
    route, for one of kind api. `kms_key_arn` encrypts the topic and the function's variables, `logs_kms_key_arn` the log group.
    """

    cases: Sequence[LoadCase]
    kms_key_arn: str
    logs_kms_key_arn: str
    endpoint_name: str = ""
    api: ApiRefs | None = None


@dataclass(frozen=True)
class LoadTestOutputs:
    """What starting a run needs."""

    topic_arn: str = output("ARN of the topic whose messages start a run; `{}` starts one with the module's options.")
    function_name: str = output("Name of the testers' Lambda function.")
    log_group_name: str = output("Log group of the testers.")
    dashboard_name: str | None = output("Name of the testers' dashboard; absent without one.")


class LoadTest(Construct):
    """The testers of one environment: `project-environment-load-test`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: LoadTestSpec, refs: LoadTestRefs) -> None:
        super().__init__(scope, id)
        _refuse(spec, refs)
        self._naming, self._spec, self._refs = naming, spec, refs
        logs = self._create_log_group()
        role = self._create_role()
        function = self._create_function(role, logs)
        topic_arn = self._create_topic(function)
        dashboard = self._create_dashboard() if spec.dashboard else None
        self.outputs = LoadTestOutputs(topic_arn, function.function_name, logs.name, dashboard.dashboard_name if dashboard else None)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_role(self) -> Any:
        role = aws.iam_role.IamRole(
            self,
            "role",
            name=role_name(self._naming),
            description=f"Load testers of {self._naming.name()}",
            assume_role_policy=document(lambda_trust()),
            permissions_boundary=self._spec.permissions_boundary,
        )
        statements = tester_statements(self._naming, self._target_statements(), tracing=self._spec.tracing == "Active")
        return aws.iam_role_policy.IamRolePolicy(self, "policy", name="tester", role=role.name, policy=document(statements))

    def _target_statements(self) -> list[Statement]:
        api, naming = self._refs.api, self._naming
        if api is None:
            return [invoke_endpoint(naming, self._refs.endpoint_name)]
        found = [read_variables(naming, self._refs.kms_key_arn)]
        if api.auth == "aws_iam":
            found.append(invoke_api(naming, api.api_id, api.stage, api.method, api.route))
        if api.auth == "api_key":
            found.append(read_api_key(naming, api.api_key_id))
        return found

    def _create_function(self, policy: Any, logs: Any) -> Any:
        """The role's name is read back from its policy, so that no tester starts before it may do anything."""
        role_arn = self._naming.arn("iam", f"role/{policy.role}", region=False)
        function = aws.lambda_function.LambdaFunction(
            self,
            "function",
            function_name=function_name(self._naming),
            description=f"One load tester of {self._spec.target.label}",
            role=role_arn,
            handler=HANDLER,
            runtime=self._spec.runtime,
            architectures=[self._spec.architecture],
            memory_size=self._spec.memory_size,
            timeout=self._spec.timeout,
            reserved_concurrent_executions=self._spec.reserved,
            **self._environment(),
            tracing_config={"mode": self._spec.tracing},
            depends_on=[logs],
            **code(self, "code", function_package(self._naming, self._spec, self._refs)),
        )
        # A tester that failed must not run again: the load would come twice, and late.
        aws.lambda_function_event_invoke_config.LambdaFunctionEventInvokeConfig(
            self, "once", function_name=function.function_name, maximum_retry_attempts=0, maximum_event_age_in_seconds=60
        )
        return function

    def _environment(self) -> dict[str, Any]:
        """Variables for what only Terraform knows, encrypted; everything else is in the package."""
        api = self._refs.api
        if api is None:
            return {}
        key = {"API_KEY_ID": api.api_key_id} if api.auth == "api_key" else {}
        variables = {"API_URL": f"https://{api.host}{api.path}", **key}
        return {"kms_key_arn": self._refs.kms_key_arn, "environment": {"variables": variables}}

    def _create_topic(self, function: Any) -> str:
        """The topic, known once its messages start testers."""
        topic = aws.sns_topic.SnsTopic(self, "topic", name=topic_name(self._naming), kms_master_key_id=self._refs.kms_key_arn)
        policy = document([tls_only(self._naming.arn("sns", topic_name(self._naming)))])
        aws.sns_topic_policy.SnsTopicPolicy(self, "topic_policy", arn=topic.arn, policy=policy)
        permission = aws.lambda_permission.LambdaPermission(
            self,
            "permission",
            statement_id="start-message",
            action="lambda:InvokeFunction",
            function_name=function.function_name,
            principal="sns.amazonaws.com",
            source_arn=topic.arn,
        )
        subscription = aws.sns_topic_subscription.SnsTopicSubscription(
            self, "subscription", topic_arn=topic.arn, protocol="lambda", endpoint=function.arn, depends_on=[permission]
        )
        return str(subscription.topic_arn)

    def _create_dashboard(self) -> Any:
        naming, names = self._naming, [case.name for case in self._refs.cases]
        body = dashboard_body(naming.region, naming.environment, self._spec.target.label, names, function_name(naming))
        return aws.cloudwatch_dashboard.CloudwatchDashboard(self, "dashboard", dashboard_name=dashboard_name(naming), dashboard_body=body)


def function_package(naming: Naming, spec: LoadTestSpec, refs: LoadTestRefs) -> FunctionPackage:
    """The function's zip: code, settings.json and cases.json."""
    files = {f"modules/{path.relative_to(_MODULES).as_posix()}": path.read_bytes() for pattern in _CODE for path in _MODULES.glob(pattern)}
    settings = json.dumps(_settings(naming, spec, refs), sort_keys=True, separators=(",", ":")).encode()
    return zip_members({**files, "settings.json": settings, "cases.json": dump(refs.cases)})


def _settings(naming: Naming, spec: LoadTestSpec, refs: LoadTestRefs) -> dict[str, Any]:
    return {
        "environment": naming.environment,
        "target": spec.target.label,
        "endpoint_name": refs.endpoint_name,
        "target_variant": (spec.target.target_variant or "") if isinstance(spec.target, EndpointTarget) else "",
        "method": refs.api.method if refs.api else "POST",
        "auth": refs.api.auth if refs.api else "aws_iam",
        "limits": {
            "clients": spec.clients,
            "interval_in_seconds": spec.interval_in_seconds,
            "duration_in_seconds": spec.duration_in_seconds,
        },
        "max_concurrent_requests": spec.max_concurrent_requests,
        "request_timeout_in_seconds": spec.request_timeout_in_seconds,
    }


def _refuse(spec: LoadTestSpec, refs: LoadTestRefs) -> None:
    if not refs.cases:
        raise ValueError(f"load_test: {spec.case_file} has no case that can be sent to {spec.target.label}")
    if (spec.target.kind == "api") != (refs.api is not None):
        raise ValueError(f"load_test: a target of kind {spec.target.kind} needs the {spec.target.kind} it is sent to")
