"""What the function may do. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules._shared.statements import Statement, allow
from modules.lambda_endpoint.spec import LambdaHosting, log_group

_INTERFACES = ("CreateNetworkInterface", "DeleteNetworkInterface", "DescribeNetworkInterfaces", "DescribeSubnets")


def function_statements(
    naming: Naming, name: str, hosting: LambdaHosting, *, artifact: str, artifacts_key_arn: str, kms_key_arn: str, in_vpc: bool
) -> Iterator[Statement]:
    """Exactly what the container does: log, and read its one archive (`artifact` is `bucket/key`, empty for none)."""
    yield allow("WriteLogs", ["logs:CreateLogStream", "logs:PutLogEvents"], naming.arn("logs", f"log-group:{log_group(naming, name)}:*"))
    yield allow("ReadVariables", ["kms:Decrypt"], kms_key_arn, _via(naming, "lambda"))
    if artifact:
        yield allow("ReadModel", ["s3:GetObject"], naming.arn("s3", artifact, region=False, account=False))
        yield allow("DecryptModel", ["kms:Decrypt"], artifacts_key_arn, _via(naming, "s3"))
    if hosting.dead_letter_arn:
        action = "sns:Publish" if ":sns:" in hosting.dead_letter_arn else "sqs:SendMessage"
        yield allow("DeadLetter", [action], hosting.dead_letter_arn)
    # Neither X-Ray's Put actions nor those on network interfaces can be limited to a resource.
    if hosting.tracing == "Active":
        yield allow("Trace", ["xray:PutTelemetryRecords", "xray:PutTraceSegments"], "*")
    if in_vpc:
        yield allow("NetworkInterfaces", [f"ec2:{action}" for action in _INTERFACES], "*")


def _via(naming: Naming, service: str) -> Statement:
    return {"StringEquals": {"kms:ViaService": hosts(naming, service)}}
