"""One builder for each permission an execution role can have. Plain dicts, exact actions, no toolkit.

Resources are ARNs of what one model uses. The only actions on `*` are those that AWS cannot scope (`UNSCOPABLE`).
"""

from __future__ import annotations

from collections.abc import Sequence

from modules._shared.key_policy import hosts
from modules._shared.naming import Naming
from modules._shared.statements import allow
from modules.identity.policy import Statement

UNSCOPABLE = frozenset(
    {
        "application-autoscaling:DescribeScalableTargets",
        "application-autoscaling:DescribeScalingActivities",
        "application-autoscaling:DescribeScalingPolicies",
        "application-autoscaling:DescribeScheduledActions",
        "ce:ListCostAllocationTags",
        "ce:UpdateCostAllocationTagsStatus",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:GetMetricData",
        "cloudwatch:ListMetrics",
        "cloudwatch:PutCompositeAlarm",
        "cloudwatch:PutMetricData",
        "ec2:DescribeAddresses",
        "ec2:DescribeAddressesAttribute",
        "ec2:DescribeAvailabilityZones",
        "ec2:DescribeCustomerGateways",
        "ec2:DescribeDhcpOptions",
        "ec2:DescribeFlowLogs",
        "ec2:DescribeInternetGateways",
        "ec2:DescribeNatGateways",
        "ec2:DescribeNetworkAcls",
        "ec2:DescribeNetworkInterfaces",
        "ec2:DescribePrefixLists",
        "ec2:DescribeRouteTables",
        "ec2:DescribeSecurityGroupRules",
        "ec2:DescribeSecurityGroups",
        "ec2:DescribeSubnets",
        "ec2:DescribeVpcEndpoints",
        "ec2:DescribeVpcs",
        "ec2:DescribeVpnConnections",
        "ec2:DescribeVpnGateways",
        "ecr:GetAuthorizationToken",
        "ecs:DeregisterTaskDefinition",
        "ecs:DescribeTaskDefinition",
        "ecs:ListTaskDefinitions",
        "ecs:RegisterTaskDefinition",
        "elasticloadbalancing:DescribeCapacityReservation",
        "elasticloadbalancing:DescribeListenerAttributes",
        "elasticloadbalancing:DescribeListeners",
        "elasticloadbalancing:DescribeLoadBalancerAttributes",
        "elasticloadbalancing:DescribeLoadBalancers",
        "elasticloadbalancing:DescribeTags",
        "elasticloadbalancing:DescribeTargetGroupAttributes",
        "elasticloadbalancing:DescribeTargetGroups",
        "elasticloadbalancing:DescribeTargetHealth",
        "kms:CreateKey",
        "kms:ListAliases",
        "logs:CreateLogDelivery",
        "logs:DeleteLogDelivery",
        "logs:DeleteQueryDefinition",
        "logs:DescribeLogGroups",
        "logs:DescribeQueryDefinitions",
        "logs:DescribeResourcePolicies",
        "logs:PutQueryDefinition",
        "logs:PutResourcePolicy",
        "sns:GetSubscriptionAttributes",
        "sns:SetSubscriptionAttributes",
        "sns:Unsubscribe",
        "ssm:DescribeParameters",
        "states:ValidateStateMachineDefinition",
    }
)
"""Actions that AWS's service authorization reference gives no resource type for, or that act before one exists."""


def bucket_arn(naming: Naming, bucket: str, objects: str = "") -> str:
    """ARN of a bucket, or of the objects below `objects` in it."""
    return naming.arn("s3", f"{bucket}{objects}", region=False, account=False)


def read_objects(naming: Naming, sid: str, bucket: str, prefix: str) -> Statement:
    """Get the objects below `prefix`, which ends in `/`."""
    return allow(sid, ["s3:GetObject"], [bucket_arn(naming, bucket, f"/{prefix}*")])


def list_objects(naming: Naming, sid: str, bucket: str, prefix: str) -> Statement:
    """List the keys below `prefix`: SageMaker does so for uncompressed and multi-model artifacts."""
    return allow(sid, ["s3:ListBucket"], [bucket_arn(naming, bucket)], {"StringLike": {"s3:prefix": [f"{prefix}*"]}})


def write_objects(naming: Naming, sid: str, bucket: str, prefix: str) -> Statement:
    """Put objects below `prefix`, in parts when they are large."""
    return allow(sid, ["s3:AbortMultipartUpload", "s3:PutObject"], [bucket_arn(naming, bucket, f"/{prefix}*")])


def pull_images(repository_arns: Sequence[str]) -> Statement:
    """Pull from exactly these repositories."""
    actions = ["ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer"]
    return allow("PullImages", actions, sorted(repository_arns))


def registry_token() -> Statement:
    """Log in to ECR; AWS offers no resource for it."""
    return allow("RegistryToken", ["ecr:GetAuthorizationToken"], ["*"])


def write_logs(naming: Naming, endpoint_names: Sequence[str]) -> Statement:
    """Write into the log groups that SageMaker names after the endpoints."""
    groups = [naming.arn("logs", f"log-group:/aws/sagemaker/Endpoints/{name}") for name in sorted(endpoint_names)]
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return allow("WriteLogs", actions, [arn for group in groups for arn in (group, f"{group}:*")])


def write_transform_logs(naming: Naming) -> Statement:
    """Write into the one log group that all batch transform jobs of an account have."""
    group = naming.arn("logs", "log-group:/aws/sagemaker/TransformJobs")
    actions = ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogStreams", "logs:PutLogEvents"]
    return allow("WriteTransformLogs", actions, [group, f"{group}:*"])


def put_metrics(naming: Naming, *, transforms: bool = False) -> Statement:
    """Publish metrics into SageMaker's namespaces and the environment's own; AWS offers no resource for it."""
    jobs = ["/aws/sagemaker/TransformJobs"] if transforms else []
    namespaces = ["/aws/sagemaker/Endpoints", *jobs, "AWS/SageMaker", f"{naming.project}/{naming.environment}"]
    return allow("PutMetrics", ["cloudwatch:PutMetricData"], ["*"], {"StringEquals": {"cloudwatch:namespace": namespaces}})


def describe_alarms() -> Statement:
    """Look at the alarms that roll an update back; a composite one is shown only to those who may describe all.

    Developer guide, "Auto-Rollback Configuration and Monitoring": the execution role needs this.
    """
    return allow("DescribeAlarms", ["cloudwatch:DescribeAlarms"], ["*"])


def use_key(naming: Naming, sid: str, key_arn: str, service: str, *, write: bool) -> Statement:
    """Decrypt, and when writing also make data keys, only inside requests to one AWS service."""
    actions = ["kms:Decrypt", "kms:GenerateDataKey"] if write else ["kms:Decrypt"]
    return allow(sid, actions, [key_arn], {"StringEquals": {"kms:ViaService": hosts(naming, service)}})


def publish(topic_arns: Sequence[str]) -> Statement:
    """Publish to exactly these topics."""
    return allow("Publish", ["sns:Publish"], sorted(topic_arns))


def attach_network_interfaces(naming: Naming, subnet_ids: Sequence[str], security_group_ids: Sequence[str]) -> Statement:
    """Create and delete the interfaces that connect the model to these subnets."""
    actions = [
        "ec2:CreateNetworkInterface",
        "ec2:CreateNetworkInterfacePermission",
        "ec2:DeleteNetworkInterface",
        "ec2:DeleteNetworkInterfacePermission",
    ]
    resources = [
        naming.arn("ec2", "network-interface/*"),
        *(naming.arn("ec2", f"subnet/{subnet}") for subnet in subnet_ids),
        *(naming.arn("ec2", f"security-group/{group}") for group in security_group_ids),
    ]
    return allow("AttachNetworkInterfaces", actions, resources)


def describe_network() -> Statement:
    """Read the network; EC2 offers no resource for Describe actions."""
    kinds = ("DhcpOptions", "NetworkInterfaces", "SecurityGroups", "Subnets", "Vpcs")
    return allow("DescribeNetwork", [f"ec2:Describe{kind}" for kind in kinds], ["*"])
