"""What is deployed, as alarms, dashboards and queries see it: literal names and sizes, no tokens. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from modules._shared.naming import Naming

Hosting = Literal["instances", "serverless", "asynchronous"]


@dataclass(frozen=True)
class DeployedVariant:
    """A production variant.

    `instance_type`, `vcpus` and `gpus` of one instance; empty and 0 for serverless. `vcpus` is 0 for a type nobody knows.
    `count`: instances it starts with (serverless: 1). `weight`: its part of the traffic; 0 for one that waits for some.
    `min_capacity`, `max_capacity`: range of its scalable target, None without one.
    """

    name: str
    instance_type: str = ""
    vcpus: int = 0
    gpus: int = 0
    count: int = 1
    min_capacity: int | None = None
    max_capacity: int | None = None
    weight: float = 1.0

    @property
    def scales(self) -> bool:
        """Whether its number of instances (or its provisioned concurrency) can change by itself."""
        return self.max_capacity is not None and self.max_capacity != self.min_capacity


@dataclass(frozen=True)
class DeployedEndpoint:
    """An endpoint. `key` is its key in the environment file, `name` its physical name. `alarm_names`: those that roll it back,
    `composite_alarm_name` the one over them. `captures`: whether data capture is on.
    """

    key: str
    name: str
    hosting: Hosting
    variants: tuple[DeployedVariant, ...]
    composite_alarm_name: str = ""
    alarm_names: tuple[str, ...] = ()
    captures: bool = False

    @property
    def log_group(self) -> str:
        """Where its containers log."""
        return f"/aws/sagemaker/Endpoints/{self.name}"


@dataclass(frozen=True)
class DeployedFunction:
    """A model in a Lambda function. `key` is its key in the environment file; `timeout` in seconds, `memory` in MiB."""

    key: str
    name: str
    timeout: int
    memory: int

    @property
    def log_group(self) -> str:
        """Where its container logs."""
        return f"/aws/lambda/{self.name}"


@dataclass(frozen=True)
class DeployedService:
    """A model on ECS Fargate. `key` is its key in the environment file, `name` that of its cluster and of its service, `load_balancer`
    the name of what stands in front. `composite_alarm_name`: the alarm over those that roll it back; empty without any.

    `min_capacity`, `max_capacity`: range it scales in, None without autoscaling.
    `insights`: whether Container Insights count its tasks. `stops`: whether it is stopped at times, on purpose.
    """

    key: str
    name: str
    load_balancer: str
    composite_alarm_name: str = ""
    min_capacity: int | None = None
    max_capacity: int | None = None
    insights: bool = True
    stops: bool = False

    @property
    def scales(self) -> bool:
        """Whether its number of tasks can change by itself."""
        return self.max_capacity is not None and self.max_capacity != self.min_capacity

    @property
    def log_group(self) -> str:
        """Where its containers log."""
        return f"/aws/ecs/{self.name}"


@dataclass(frozen=True)
class DeployedApi:
    """The front door: an API Gateway stage and its function. `timeout` of the function in seconds, `memory` in MiB."""

    name: str
    stage: str
    function_name: str
    timeout: int = 29
    memory: int = 256

    @property
    def access_log_group(self) -> str:
        """Where the stage writes one line for each request."""
        return f"/aws/apigateway/{self.name}/access"

    @property
    def function_log_group(self) -> str:
        """Where the function logs."""
        return f"/aws/lambda/{self.function_name}"


@dataclass(frozen=True)
class Deployed:
    """Everything in an environment that can be watched.

    `lock_table`: DynamoDB table of Terraform's locks; empty without one. `capture_bucket` is empty when nothing is captured.
    """

    naming: Naming
    endpoints: tuple[DeployedEndpoint, ...] = ()
    api: DeployedApi | None = None
    lock_table: str = ""
    capture_bucket: str = ""
    functions: tuple[DeployedFunction, ...] = ()
    services: tuple[DeployedService, ...] = ()

    @property
    def log_groups(self) -> list[str]:
        """Where the containers of all models log."""
        endpoints, functions = [one.log_group for one in self.endpoints], [one.log_group for one in self.functions]
        return [*endpoints, *functions, *(one.log_group for one in self.services)]

    @property
    def composite_alarm_names(self) -> list[str]:
        """The alarms over those that roll an endpoint or a service back."""
        every = [*(one.composite_alarm_name for one in self.endpoints), *(one.composite_alarm_name for one in self.services)]
        return [name for name in every if name]

    def alarm_arn(self, name: str) -> str:
        """ARN of an alarm of this account and region."""
        return self.naming.arn("cloudwatch", f"alarm:{name}")
