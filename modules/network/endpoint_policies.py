"""What may be done through each endpoint: the actions that serving needs, by principals of this account. Pure: loads no toolkit.

An endpoint policy grants nothing by itself; it limits what any credentials, also foreign ones, can be used for from inside the VPC.
AWS: "Control access to VPC endpoints using endpoint policies" (PrivateLink guide).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from modules._shared.key_policy import document
from modules._shared.naming import Naming
from modules.network.spec import InterfaceService

_PULL = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetAuthorizationToken", "ecr:GetDownloadUrlForLayer")
_ACTIONS: Mapping[InterfaceService, Sequence[str]] = {
    "sagemaker.runtime": ("sagemaker:InvokeEndpoint", "sagemaker:InvokeEndpointAsync", "sagemaker:InvokeEndpointWithResponseStream"),
    "sagemaker.api": (
        "sagemaker:DescribeEndpoint",
        "sagemaker:DescribeEndpointConfig",
        "sagemaker:DescribeModel",
        "sagemaker:ListEndpoints",
        "sagemaker:ListModels",
        "sagemaker:ListTags",
    ),
    "ecr.api": _PULL,
    "ecr.dkr": _PULL,
    "logs": ("logs:CreateLogGroup", "logs:CreateLogStream", "logs:DescribeLogGroups", "logs:DescribeLogStreams", "logs:PutLogEvents"),
    "sts": ("sts:AssumeRole", "sts:GetCallerIdentity"),
    "kms": ("kms:Decrypt", "kms:DescribeKey", "kms:Encrypt", "kms:GenerateDataKey"),
    "lambda": ("lambda:InvokeFunction",),
    "monitoring": ("cloudwatch:GetMetricData", "cloudwatch:ListMetrics", "cloudwatch:PutMetricData"),
}
_READ = ("s3:GetObject", "s3:GetObjectVersion", "s3:ListBucket")
_WRITE = ("s3:AbortMultipartUpload", "s3:PutObject")


def interface_policy(naming: Naming, service: InterfaceService) -> str:
    """The policy of one interface endpoint."""
    return document(
        [
            {
                "Sid": "PrincipalsOfTheAccount",
                "Effect": "Allow",
                "Principal": {"AWS": "*"},
                "Action": sorted(_ACTIONS[service]),
                "Resource": "*",
                "Condition": {"StringEquals": {"aws:PrincipalAccount": naming.account_id}},
            }
        ]
    )


def s3_policy(naming: Naming, read_buckets: Sequence[str]) -> str:
    """Buckets of the account; reading of further ones; and the bucket that ECR keeps image layers in, which is AWS's own."""
    own = {"aws:PrincipalAccount": naming.account_id, "aws:ResourceAccount": naming.account_id}
    layers = f"arn:{naming.partition}:s3:::prod-{naming.region}-starport-layer-bucket/*"
    statements: list[dict[str, Any]] = [
        _allow("BucketsOfTheAccount", [*_READ, *_WRITE], ["*"], {"StringEquals": own}),
        _allow("ImageLayers", ["s3:GetObject"], [layers], {}),
    ]
    if read_buckets:
        resources = [arn for bucket in sorted(read_buckets) for arn in (bucket, f"{bucket}/*")]
        condition = {"StringEquals": {"aws:PrincipalAccount": naming.account_id}}
        statements.append(_allow("FurtherBuckets", _READ, resources, condition))
    return document(statements)


def _allow(sid: str, actions: Sequence[str], resources: Sequence[str], condition: Mapping[str, Any]) -> dict[str, Any]:
    statement: dict[str, Any] = {
        "Sid": sid,
        "Effect": "Allow",
        "Principal": {"AWS": "*"},
        "Action": sorted(actions),
        "Resource": list(resources),
    }
    return {**statement, "Condition": condition} if condition else statement
