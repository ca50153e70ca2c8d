"""Which AWS services the local AWS has, and how each of them words an error.

The key is the service's SigV4 signing name: that is what a request carries.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

Protocol = Literal["json", "rest-json", "query", "ec2", "rest-xml"]


@dataclass(frozen=True)
class Service:
    """One service: its boto3 name, and the protocol that its error bodies follow."""

    name: str
    protocol: Protocol


SERVICES: dict[str, Service] = {
    "apigateway": Service("apigateway", "rest-json"),
    "application-autoscaling": Service("application-autoscaling", "json"),
    "dynamodb": Service("dynamodb", "json"),
    "cognito-idp": Service("cognito-idp", "json"),
    "ec2": Service("ec2", "ec2"),
    "ecr": Service("ecr", "json"),
    "iam": Service("iam", "query"),
    "kms": Service("kms", "json"),
    "lambda": Service("lambda", "rest-json"),
    "logs": Service("logs", "json"),
    "monitoring": Service("cloudwatch", "query"),
    "s3": Service("s3", "rest-xml"),
    "sagemaker": Service("sagemaker", "json"),
    "sns": Service("sns", "query"),
    "ssm": Service("ssm", "json"),
    "sts": Service("sts", "query"),
    "wafv2": Service("wafv2", "json"),
}
RUNTIME = Service("sagemaker-runtime", "rest-json")
"""Signed as `sagemaker` too; told apart by its path."""
