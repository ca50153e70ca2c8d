"""Options of the `lambda_endpoint` module: a model in a Lambda function made of its container image."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.naming import Naming
from modules._shared.spec import Spec

ALIAS = "live"
"""The alias that is invoked: it points at the newest version."""
MAX_BODY = 6_291_456
"""Bytes of an event and of an answer (AWS Lambda quotas: 6 MB, synchronous)."""
_TARGET_ARN = r"^arn:aws(-cn|-us-gov)?:(sns|sqs):[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_.-]+$"


def function_name(naming: Naming, name: str) -> str:
    """Name of the function (Lambda: at most 64 characters): the dimension FunctionName."""
    return naming.name(name)


def alias_arn(naming: Naming, name: str) -> str:
    """What callers invoke, and what they may be allowed to."""
    return naming.arn("lambda", f"function:{function_name(naming, name)}:{ALIAS}")


def log_group(naming: Naming, name: str) -> str:
    """Log group of the container."""
    return f"/aws/lambda/{function_name(naming, name)}"


def role_name(naming: Naming, name: str) -> str:
    """Name of the function's role (IAM: at most 64 characters)."""
    return naming.name(name, "function", max_length=64)


class ProvisionedConcurrency(Spec):
    """Environments that are started before anybody asks: no cold starts, paid for by the hour."""

    minimum: int = Field(ge=1, le=1000, description="Environments that are always ready.")
    maximum: int | None = Field(None, ge=2, le=1000, description="Most of them under load, by target tracking. Default: minimum, unscaled.")
    target_utilization: float = Field(
        0.7, ge=0.1, le=0.9, description="Part of them in use that scaling keeps (LambdaProvisionedConcurrencyUtilization)."
    )

    @model_validator(mode="after")
    def _grows(self) -> ProvisionedConcurrency:
        if self.maximum is not None and self.maximum <= self.minimum:
            raise ValueError(f"maximum {self.maximum} must be above minimum {self.minimum}; leave it out for a fixed number")
        return self

    @property
    def most(self) -> int:
        """Environments at most."""
        return self.maximum or self.minimum


class LambdaHosting(Spec):
    """The function. It has one request at a time in each environment, no GPU, and no address of its own."""

    kind: Literal["lambda"] = Field(description="Lambda function from the container image.")
    memory_size: int = Field(2048, ge=128, le=10_240, description="MiB; 1769 are one vCPU, more are more.")
    timeout: int = Field(29, ge=3, le=900, description="Seconds of one request, a cold start's loading included; API Gateway waits for 29.")
    ephemeral_storage: int = Field(1024, ge=512, le=10_240, description="MiB of /tmp, where archive and unpacked model lie.")
    architecture: Literal["arm64", "x86_64"] | None = Field(
        None, description="Processor. Default: that of the model's image, as its other endpoints need it; x86_64 without any."
    )
    reserved_concurrent_executions: int | None = Field(
        50, ge=1, le=10_000, description="Requests at once, kept free for this function, and its limit; null: the account's common pool."
    )
    provisioned_concurrency: ProvisionedConcurrency | None = Field(
        None, description="Environments kept ready. Default: none; the first request of each environment waits for the model."
    )
    tracing: Literal["Active", "PassThrough"] = Field("Active", description="Whether the function sends traces to X-Ray by itself.")
    dead_letter_arn: Annotated[str, Field(pattern=_TARGET_ARN)] | None = Field(
        None, description="SNS topic or SQS queue for asynchronous events that failed three times. Default: they are dropped."
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="Least serious line of the container's log.")
    log_retention_in_days: LogRetention = Field(365, description="Days the logs are kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of the function's role.")

    @model_validator(mode="after")
    def _room(self) -> LambdaHosting:
        reserved, provisioned = self.reserved_concurrent_executions, self.provisioned_concurrency
        if reserved is not None and provisioned is not None and provisioned.most > reserved:
            raise ValueError(
                f"provisioned_concurrency goes to {provisioned.most}, above reserved_concurrent_executions {reserved}: Lambda refuses it"
            )
        return self


class LambdaConfig(Spec):
    """A model in a Lambda function made of the container image."""

    hosting: LambdaHosting = Field(description="The function.")
    model: str = Field(description="Key of the model in `models`: one container, whose archive is fetched at start.")
