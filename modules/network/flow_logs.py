"""Records of the VPC's traffic in an encrypted log group, and the role that writes them."""

from __future__ import annotations

from typing import Any

from constructs import Construct

from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.spec import FlowLogs

ROLE = "flow-logs"
"""Last part of the role's name and of the log group's."""


def log_group_name(naming: Naming) -> str:
    """Name of the log group; it holds `<project>-<environment>`, which the key's policy asks for."""
    return f"/aws/vpc/{naming.name(ROLE)}"


def flow_logs(scope: Construct, naming: Naming, spec: FlowLogs, vpc: Any, kms_key_arn: str) -> None:
    """Log group, role and flow log of the VPC."""
    group = encrypted_log_group(scope, log_group_name(naming), spec.retention_in_days, kms_key_arn, "flow_log_group")
    role = aws.iam_role.IamRole(
        scope,
        "flow_log_role",
        name=naming.name(ROLE, max_length=64),
        description=f"Writes the flow logs of {naming.name()}",
        assume_role_policy=trust(naming),
        permissions_boundary=spec.permissions_boundary,
    )
    policy = aws.iam_role_policy.IamRolePolicy(scope, "flow_log_policy", name="write", role=role.name, policy=permissions(naming))
    aws.flow_log.FlowLog(
        scope,
        "flow_log",
        vpc_id=vpc.id,
        traffic_type=spec.traffic_type,
        max_aggregation_interval=spec.max_aggregation_interval,
        log_destination_type="cloud-watch-logs",
        log_destination=group.arn,
        iam_role_arn=role.arn,
        tags={"Name": naming.name(ROLE)},
        depends_on=[policy],
    )


def trust(naming: Naming) -> str:
    """The flow log service, for flow logs of this account and region only."""
    condition = {
        "ArnLike": {"aws:SourceArn": naming.arn("ec2", "vpc-flow-log/*")},
        "StringEquals": {"aws:SourceAccount": naming.account_id},
    }
    principal = {"Service": "vpc-flow-logs.amazonaws.com"}
    return document([{"Sid": "FlowLogs", "Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole", "Condition": condition}])


def permissions(naming: Naming) -> str:
    """Write into the one log group; AWS offers no narrower resource for describing groups."""
    group = naming.arn("logs", f"log-group:{log_group_name(naming)}")
    write = ["logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return document(
        [
            {"Sid": "Write", "Effect": "Allow", "Action": write, "Resource": [group, f"{group}:*"]},
            {"Sid": "Find", "Effect": "Allow", "Action": ["logs:DescribeLogGroups"], "Resource": ["*"]},
        ]
    )
