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
    "budgets": Service("budgets", "json"),
    "codebuild": Service("codebuild", "json"),
    "codeconnections": Service("codeconnections", "json"),
    "codepipeline": Service("codepipeline", "json"),
    "codestar-connections": Service("codestar-connections", "json"),
    "cognito-idp": Service("cognito-idp", "json"),
    "ec2": Service("ec2", "ec2"),
    "ecr": Service("ecr", "json"),
    "ecs": Service("ecs", "json"),
    "elasticloadbalancing": Service("elbv2", "query"),
    "events": Service("events", "json"),
    "iam": Service("iam", "query"),
    "kms": Service("kms", "json"),
    "lambda": Service("lambda", "rest-json"),
    "logs": Service("logs", "json"),
    "monitoring": Service("cloudwatch", "query"),
    "s3": Service("s3", "rest-xml"),
    "sagemaker": Service("sagemaker", "json"),
    "scheduler": Service("scheduler", "rest-json"),
    "sns": Service("sns", "query"),
    "sqs": Service("sqs", "json"),
    "ssm": Service("ssm", "json"),
    "states": Service("stepfunctions", "json"),
    "sts": Service("sts", "query"),
    "wafv2": Service("wafv2", "json"),
}
RUNTIME = Service("sagemaker-runtime", "rest-json")
"""Signed as `sagemaker` too; told apart by its path."""
