"""Options of load testers that run in Lambda."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.naming import Naming
from modules._shared.spec import Spec

LAMBDA_LIMIT = 900
"""Seconds that Lambda lets a function run."""
FINISH_SECONDS = 30
"""Kept free beside the run: starting together before the first request, publishing the last metrics after it."""
_Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
_CaseName = Annotated[str, Field(min_length=1, max_length=120)]


def function_name(naming: Naming) -> str:
    """Name of the Lambda function: the dimension FunctionName."""
    return naming.name("load-test")


def topic_name(naming: Naming) -> str:
    """Name of the SNS topic whose messages start a run."""
    return naming.name("load-test")


def role_name(naming: Naming) -> str:
    """Name of the testers' role (IAM: at most 64 characters)."""
    return naming.name("load-test", max_length=64)


def dashboard_name(naming: Naming) -> str:
    """Name of the testers' dashboard."""
    return naming.name("load-test")


def log_group(naming: Naming) -> str:
    """Log group of the testers."""
    return f"/aws/lambda/{function_name(naming)}"


class EndpointTarget(Spec):
    """An endpoint, by SageMaker's InvokeEndpoint."""

    kind: Literal["endpoint"] = Field("endpoint", description="The endpoint itself.")
    name: _Name = Field(description="Key of the endpoint in `endpoints`.")
    target_variant: str | None = Field(
        None, pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$", description="Send everything to this variant. Default: by weight."
    )

    @property
    def label(self) -> str:
        """The dimension Target."""
        return self.name


class ApiTarget(Spec):
    """An endpoint as the environment's API offers it: signed, with an API key, or open, as the API is configured."""

    kind: Literal["api"] = Field(description="Through the API.")
    name: _Name = Field(description="Key of the endpoint in `api.endpoints`.")
    api_key: str | None = Field(None, max_length=64, description="Name of the API's key to send, where the API asks for one.")

    @property
    def label(self) -> str:
        """The dimension Target."""
        return f"api/{self.name}"


def _kind(value: object) -> str:
    kind = value.get("kind", "endpoint") if isinstance(value, dict) else getattr(value, "kind", "endpoint")
    return str(kind)


Target = EndpointTarget | ApiTarget
TargetSpec = Annotated[Annotated[EndpointTarget, Tag("endpoint")] | Annotated[ApiTarget, Tag("api")], Discriminator(_kind)]
"""What is tested; `kind` decides how (default: endpoint)."""


class LoadTestSpec(Spec):
    """Load testers: what they send where, how many there are, and how long each sends.

    `clients`, `interval_in_seconds` and `duration_in_seconds` are what a start message gets that says nothing, and the most that
    one may ask for: fewer clients, longer intervals and a shorter time are allowed, more load is not.
    """

    target: TargetSpec = Field(description="What is tested.")
    case_file: str = Field(
        min_length=1, max_length=255, description="Case file with the requests and the answers they must get, relative to the project."
    )
    cases: Annotated[tuple[_CaseName, ...], Field(strict=False)] = Field((), description="Names of the cases to send. Default: all.")
    clients: int = Field(2, ge=1, le=100, description="Testers at a time; each is one running Lambda function.")
    interval_in_seconds: float = Field(1.0, ge=0.01, le=3600, description="Seconds between two requests of one client.")
    duration_in_seconds: int = Field(60, ge=1, le=LAMBDA_LIMIT - FINISH_SECONDS - 1, description="Seconds that each client sends.")
    max_concurrent_requests: int = Field(10, ge=1, le=200, description="Requests of one client that may wait for their answers.")
    request_timeout_in_seconds: int = Field(60, ge=1, le=480, description="Seconds after which a request without an answer has failed.")
    runtime: Literal["python3.12", "python3.13"] = Field("python3.13", description="Lambda runtime.")
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="Processor; arm64 costs a fifth less.")
    memory_size: int = Field(512, ge=128, le=10_240, description="MiB; the processor's share grows with it.")
    reserved_concurrent_executions: int | None = Field(
        None, ge=2, le=10_000, description="Most invocations at once, kept free for the testers. Default: clients + 1."
    )
    tracing: Literal["Active", "PassThrough"] = Field("Active", description="Whether the testers send traces to X-Ray by themselves.")
    log_retention_in_days: LogRetention = Field(365, description="Days the testers' logs are kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of the testers' role.")
    dashboard: bool = Field(True, description="A dashboard with the widgets of every case.")

    @model_validator(mode="after")
    def _fits_into_lambda(self) -> LoadTestSpec:
        if self.timeout > LAMBDA_LIMIT:
            raise ValueError(
                f"duration_in_seconds + request_timeout_in_seconds + {FINISH_SECONDS} is {self.timeout} s; "
                f"Lambda runs a function for at most {LAMBDA_LIMIT} s"
            )
        return self

    @model_validator(mode="after")
    def _room_for_the_start(self) -> LoadTestSpec:
        reserved = self.reserved_concurrent_executions
        if reserved is not None and reserved <= self.clients:
            raise ValueError(f"reserved_concurrent_executions {reserved} must be above clients {self.clients}: the start takes one more")
        return self

    @property
    def timeout(self) -> int:
        """The function's time-out in seconds: enough for the whole run and its last answer."""
        return self.duration_in_seconds + self.request_timeout_in_seconds + FINISH_SECONDS

    @property
    def reserved(self) -> int:
        """Invocations at once."""
        return self.reserved_concurrent_executions or self.clients + 1
