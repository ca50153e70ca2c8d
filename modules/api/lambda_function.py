"""The Lambda function: its code, its role with what it needs, its log group."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from constructs import Construct

from modules._shared.function_package import FunctionPackage, code, package
from modules._shared.key_policy import Statement, document, hosts
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules._shared.statements import allow
from modules.api.definition import offered
from modules.api.endpoints import ApiEndpoint
from modules.api.refs import ApiRefs, Target
from modules.api.spec import ApiSpec, function_log_group, function_name

SOURCE = Path(__file__).with_name("function")
HANDLER = "function.handler.handle"
_ACTIONS = {
    "sync": "sagemaker:InvokeEndpoint",
    "stream": "sagemaker:InvokeEndpointWithResponseStream",
    "async": "sagemaker:InvokeEndpointAsync",
    "lambda": "lambda:InvokeFunction",
    "fargate": "",
}
"""What a call of each mode needs; a load balancer asks for no permission, but for a way through the network."""


class ApiFunction(Construct):
    """`function` and `log_group`. Nothing in its environment is secret; a key encrypts it all the same."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: ApiSpec, refs: ApiRefs) -> None:
        super().__init__(scope, id)
        self._naming, self._spec, self._refs = naming, spec, refs
        self.log_group = self._create_log_group()
        self._role = self._create_role()
        self._policy = self._create_policy()
        self.function = self._create_function()

    def _create_log_group(self) -> Any:
        return encrypted_log_group(
            self, function_log_group(self._naming), self._spec.function.log_retention_in_days, self._refs.logs_kms_key_arn
        )

    def _create_role(self) -> Any:
        return aws.iam_role.IamRole(
            self,
            "role",
            name=self._naming.name("api-function", max_length=64),
            description=f"The API of {self._naming.name()} calls endpoints",
            assume_role_policy=document([service_trust("lambda.amazonaws.com")]),
            permissions_boundary=self._spec.function.permissions_boundary,
        )

    def _create_policy(self) -> Any:
        statements = list(_statements(self._naming, self._spec, self._refs))
        return aws.iam_role_policy.IamRolePolicy(self, "policy", name="api", role=self._role.name, policy=document(statements))

    def _create_function(self) -> Any:
        options = self._spec.function
        private = options.network == "private"
        vpc = {"subnet_ids": list(self._refs.subnet_ids), "security_group_ids": list(self._refs.security_group_ids)}
        return aws.lambda_function.LambdaFunction(
            self,
            "function",
            function_name=function_name(self._naming),
            description=f"Front door of the endpoints of {self._naming.name()}",
            role=self._role.arn,
            runtime=options.runtime,
            architectures=[options.architecture],
            handler=HANDLER,
            memory_size=options.memory_size,
            timeout=options.timeout,
            reserved_concurrent_executions=options.reserved_concurrent_executions,
            kms_key_arn=self._refs.kms_key_arn,
            environment={"variables": {"LOG_LEVEL": options.log_level, **_addresses(self._spec, self._refs)}},
            tracing_config={"mode": options.tracing},
            vpc_config=vpc if private else None,
            depends_on=[self._policy, self.log_group],
            **code(self, "code", function_package(self._spec, self._refs)),
        )


def function_package(spec: ApiSpec, refs: ApiRefs) -> FunctionPackage:
    """The function's code with `routes.json`: what it serves, which endpoint is behind it, and how that is called."""
    routes = {f"{method} {path}": _route(name, endpoint, refs.targets[name]) for path, method, name, endpoint in offered(spec)}
    content = {"routes": routes, "timeout": spec.function.timeout, "allow_origin": spec.cors.allow_origin if spec.cors else None}
    return package(SOURCE, {"routes.json": json.dumps(content, indent=1, sort_keys=True).encode()})


def _route(name: str, endpoint: ApiEndpoint, target: Target) -> dict[str, Any]:
    route = {
        "name": name,
        "endpoint": _variable(name) if target.hosting_kind == "fargate" else target.address or target.name,
        "mode": _mode(endpoint, target),
        "content_types": list(endpoint.content_types),
        "max_request_bytes": endpoint.max_request_bytes,
        "request_headers": list(endpoint.request_headers),
    }
    if target.async_input:
        bucket, _, prefix = target.async_input.partition("/")
        route |= {"input_bucket": bucket, "input_prefix": prefix}
    return route


def _addresses(spec: ApiSpec, refs: ApiRefs) -> dict[str, str]:
    """Load balancers' addresses, which only Terraform knows: the package names the variables that hold them."""
    found = {name: refs.targets[name] for name in spec.endpoints if refs.targets[name].hosting_kind == "fargate"}
    return {_variable(name): target.address for name, target in sorted(found.items())}


def _variable(name: str) -> str:
    return f"ADDRESS_{name.replace('-', '_')}"


def _mode(endpoint: ApiEndpoint, target: Target) -> str:
    """How the function calls the endpoint (function/invoke.py has the calls)."""
    if target.hosting_kind in ("lambda", "fargate"):
        return target.hosting_kind
    return "async" if target.async_input else "stream" if endpoint.response_stream else "sync"


def service_trust(service: str) -> Statement:
    """A service that takes roles of its own account only: Lambda and API Gateway refuse to be handed another account's."""
    return {"Sid": "Service", "Effect": "Allow", "Principal": {"Service": service}, "Action": "sts:AssumeRole"}


def _statements(naming: Naming, spec: ApiSpec, refs: ApiRefs) -> Iterator[Statement]:
    """Exactly what the function calls: one invoke action for each kind of endpoint, and logs, keys and traces."""
    group = naming.arn("logs", f"log-group:{function_log_group(naming)}:*")
    yield allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], [group])
    kinds: dict[str, list[str]] = {}
    for *_, name, endpoint in offered(spec):
        target = refs.targets[name]
        if action := _ACTIONS[_mode(endpoint, target)]:
            kinds.setdefault(action, []).append(target.address or naming.arn("sagemaker", f"endpoint/{target.name.lower()}"))
    for action, endpoints in sorted(kinds.items()):
        yield allow(action.partition(":")[2], [action], sorted(set(endpoints)))
    yield allow("DecryptEnvironment", ["kms:Decrypt"], [refs.kms_key_arn], _via(naming, "lambda"))
    inputs = sorted({refs.targets[name].async_input or "" for name in spec.endpoints} - {""})
    if inputs:
        yield allow("PutAsyncInput", ["s3:PutObject"], [naming.arn("s3", f"{place}*", region=False, account=False) for place in inputs])
        if refs.inference_kms_key_arn:
            yield allow("EncryptAsyncInput", ["kms:GenerateDataKey"], [refs.inference_kms_key_arn], _via(naming, "s3"))
    if spec.function.tracing == "Active" or spec.xray_tracing_enabled:
        yield allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], ["*"])
    if spec.function.network == "private":
        actions = ["CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets"]
        yield allow("NetworkInterfaces", [f"ec2:{action}" for action in actions], ["*"])


def _via(naming: Naming, service: str) -> dict[str, Any]:
    return {"StringEquals": {"kms:ViaService": hosts(naming, service)}}
