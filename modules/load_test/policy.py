"""What the testers may do, and who may start them. Pure: loads no toolkit."""

from __future__ import annotations

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules._shared.statements import Statement, allow
from modules.load_test.metrics import NAMESPACE
from modules.load_test.spec import function_name, log_group


def tester_statements(naming: Naming, target: list[Statement], *, tracing: bool) -> list[Statement]:
    """The testers' role: send to exactly the `target`, publish metrics, log, and start further testers."""
    group = naming.arn("logs", f"log-group:{log_group(naming)}")
    metrics: Statement = {"StringEquals": {"cloudwatch:namespace": NAMESPACE}}
    found = [
        *target,
        allow("PutMetrics", ["cloudwatch:PutMetricData"], "*", metrics),
        allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], f"{group}:*"),
        allow("StartTesters", ["lambda:InvokeFunction"], naming.arn("lambda", f"function:{function_name(naming)}")),
    ]
    # X-Ray offers no resource for its Put actions.
    return [*found, allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")] if tracing else found


def invoke_endpoint(naming: Naming, endpoint_name: str) -> Statement:
    """Ask exactly this endpoint."""
    return allow("Invoke", ["sagemaker:InvokeEndpoint"], naming.arn("sagemaker", f"endpoint/{endpoint_name.lower()}"))


def invoke_api(naming: Naming, api_id: str, stage: str, method: str, route: str) -> Statement:
    """Call exactly this method of the API."""
    return allow("Invoke", ["execute-api:Invoke"], naming.arn("execute-api", f"{api_id}/{stage}/{method}{route}"))


def read_api_key(naming: Naming, api_key_id: str) -> Statement:
    """Read the value of exactly this API key: it is in no environment variable and in no state of this stack."""
    return allow("ReadApiKey", ["apigateway:GET"], naming.arn("apigateway", f"/apikeys/{api_key_id}", account=False))


def read_variables(naming: Naming, kms_key_arn: str) -> Statement:
    """Lambda decrypts the function's variables with the function's permissions."""
    return allow("ReadVariables", ["kms:Decrypt"], kms_key_arn, {"StringEquals": {"kms:ViaService": hosts(naming, "lambda")}})
