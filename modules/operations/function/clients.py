"""The AWS clients that stopping, starting and reporting use."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timezone
from functools import cached_property
from typing import Any

Make = Callable[[str], Any]
"""A boto3 client by the name of its service."""


class Clients:
    """Clients by what they are used for, each made when it is first used."""

    def __init__(self, make: Make) -> None:
        self._make = make

    @cached_property
    def sagemaker(self) -> Any:
        """SageMaker."""
        return self._make("sagemaker")

    @cached_property
    def ecs(self) -> Any:
        """ECS."""
        return self._make("ecs")

    @cached_property
    def scaling(self) -> Any:
        """Application Auto Scaling."""
        return self._make("application-autoscaling")

    @cached_property
    def cloudwatch(self) -> Any:
        """CloudWatch."""
        return self._make("cloudwatch")

    @cached_property
    def ssm(self) -> Any:
        """SSM."""
        return self._make("ssm")

    @cached_property
    def sns(self) -> Any:
        """SNS."""
        return self._make("sns")


def is_missing(error: Any) -> bool:
    """Whether SageMaker says that there is no such thing: it has no error code of its own for that."""
    told = error.response["Error"]
    return told["Code"] == "ResourceNotFound" or (told["Code"] == "ValidationException" and "Could not find" in told["Message"])


def moment() -> str:
    """Now, in UTC, to the second."""
    return datetime.now(timezone.utc).strftime("%Y-%m-%dT%H:%M:%SZ")
