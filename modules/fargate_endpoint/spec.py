"""Options of a model on ECS Fargate behind an internal load balancer."""

from __future__ import annotations

import math
from typing import Annotated, Literal

from pydantic import Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.naming import Naming
from modules._shared.spec import Spec
from modules.fargate_endpoint.alarm_spec import FargateAlarms
from modules.fargate_endpoint.autoscaling import ServiceAutoscaling
from modules.fargate_endpoint.sizes import problem

PORT = 8080
"""Where SageMaker's container contract has the container listen."""
LONGEST_BAKE_SECONDS = 900
"""Longest time that an alarm may look back: a deployment is under way for so long, and Terraform waits 20 minutes for it."""
LOAD_BALANCER_NAME = 32
"""Longest name of a load balancer and of a target group."""
_CertificateArn = Annotated[str, Field(pattern=r"^arn:aws(-cn|-us-gov)?:acm:[a-z0-9-]+:[0-9]{12}:certificate/[0-9a-f-]+$")]
_HostName = Annotated[str, Field(pattern=r"^([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\.)+[a-z]{2,63}$", max_length=253)]


def service_name(naming: Naming, name: str) -> str:
    """Name of the cluster, the service and the family of task definitions."""
    return naming.name(name, max_length=255)


def load_balancer_name(naming: Naming, name: str) -> str:
    """Name of the load balancer and of its target group."""
    return naming.name(name, max_length=LOAD_BALANCER_NAME)


def log_group(naming: Naming, name: str) -> str:
    """Log group of the containers."""
    return f"/aws/ecs/{service_name(naming, name)}"


def role_name(naming: Naming, name: str, kind: Literal["task", "execution"]) -> str:
    """Name of the role that the container has, or of the one that ECS starts it with (IAM: at most 64 characters)."""
    return naming.name("fargate", name, kind, max_length=64)


class FargateHosting(Spec):
    """One task: how large it is and what it runs on. Fargate has no GPUs."""

    kind: Literal["fargate"] = Field(description="ECS Fargate behind an internal load balancer.")
    cpu: Literal[256, 512, 1024, 2048, 4096, 8192, 16384] = Field(1024, description="CPU units of a task; 1024 are one vCPU.")
    memory: int = Field(2048, ge=512, le=122880, description="MiB of memory of a task; which values there are depends on cpu.")
    cpu_architecture: Literal["X86_64", "ARM64"] | None = Field(None, description="Processor. Default: that of the model's image.")
    platform_version: Literal["LATEST", "1.4.0"] = Field("LATEST", description="Version of the Fargate platform.")
    ephemeral_storage_in_gib: int | None = Field(
        None, ge=21, le=200, description="GiB of disk for image, model and temporary files. Default: Fargate's 20."
    )

    @model_validator(mode="after")
    def _pair(self) -> FargateHosting:
        if text := problem(self.cpu, self.memory):
            raise ValueError(text)
        return self


class Deployment(Spec):
    """How tasks are replaced. The circuit breaker with rollback is always on; `alarms` roll back too."""

    minimum_healthy_percent: int = Field(100, ge=0, le=100, description="Part of desired_count that keeps answering during a deployment.")
    maximum_percent: int = Field(200, ge=100, le=400, description="Tasks during a deployment at most, in percent of desired_count.")

    @model_validator(mode="after")
    def _moves(self) -> Deployment:
        if self.minimum_healthy_percent == 100 and self.maximum_percent == 100:
            raise ValueError("with 100 and 100 no task can be stopped and none started: a deployment would never begin")
        return self


class HealthCheck(Spec):
    """GET /ping, asked by the load balancer."""

    interval: int = Field(15, ge=5, le=300, description="Seconds between two checks of a task.")
    timeout: int = Field(5, ge=2, le=120, description="Seconds that a task has to answer; less than interval.")
    healthy_threshold: int = Field(2, ge=2, le=10, description="Good answers in a row until a task gets requests.")
    unhealthy_threshold: int = Field(3, ge=2, le=10, description="Bad answers in a row until it is replaced.")
    grace_period: int = Field(180, ge=0, le=3600, description="Seconds a new task has to load its model before bad answers count.")
    command: Annotated[tuple[str, ...], Field(strict=False)] = Field(
        ("CMD", "python", "-c", f"import urllib.request as u; u.urlopen('http://127.0.0.1:{PORT}/ping', timeout=4)"),
        max_length=20,
        description="Check that ECS runs inside the container, CMD or CMD-SHELL first. []: none, for images without Python.",
    )

    @model_validator(mode="after")
    def _possible(self) -> HealthCheck:
        if self.timeout >= self.interval:
            raise ValueError(f"timeout {self.timeout} must be below interval {self.interval}")
        if self.command and (self.command[0] not in ("CMD", "CMD-SHELL") or len(self.command) < 2):
            raise ValueError("command begins with CMD or CMD-SHELL and then says what to run")
        return self


class Https(Spec):
    """TLS between the callers and the load balancer."""

    certificate_arn: _CertificateArn = Field(description="ACM certificate of host_name, in the environment's region.")
    host_name: _HostName = Field(description="Name that your private DNS leads to the load balancer; callers use it.")


class LoadBalancer(Spec):
    """The internal application load balancer."""

    https: Https | None = Field(None, description="TLS listener with your certificate. Default: HTTP inside the VPC.")
    idle_timeout: int = Field(60, ge=1, le=4000, description="Seconds without a byte after which a connection is closed.")
    algorithm: Literal["round_robin", "least_outstanding_requests"] = Field("round_robin", description="Which task gets a request.")
    deregistration_delay: int = Field(30, ge=0, le=3600, description="Seconds that requests under way have when their task leaves.")
    access_logs: bool = Field(True, description="Write one line for each request into the environment's bucket of access logs.")
    deletion_protection: bool = Field(False, description="Refuse to delete it; then `slipway destroy` needs a deploy without it before.")


class FargateConfig(Spec):
    """A model on ECS Fargate behind an internal load balancer."""

    hosting: FargateHosting = Field(description="Size and kind of a task.")
    model: str = Field(description="Key of the model in `models`: one of kind single.")
    desired_count: int = Field(2, ge=1, le=5000, description="Tasks. With autoscaling only the number to begin with.")
    autoscaling: ServiceAutoscaling | None = Field(None, description="How the number of tasks changes by itself. Default: it does not.")
    deployment: Deployment = Field(Deployment(), description="How tasks are replaced.")
    health_check: HealthCheck = Field(HealthCheck(), description="When a task answers requests, and when it is replaced.")
    load_balancer: LoadBalancer = Field(LoadBalancer(), description="The load balancer.")
    stop_timeout: int = Field(30, ge=2, le=120, description="Seconds between SIGTERM and SIGKILL when a task stops.")
    alarms: FargateAlarms = Field(FargateAlarms(), description="Alarms that roll a deployment back.")
    container_insights: Literal["enabled", "enhanced", "disabled"] = Field("enabled", description="Metrics of the cluster and its tasks.")
    log_retention_in_days: LogRetention = Field(365, description="Days the containers' logs are kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(None, description="ARN of the managed policy that caps both roles.")

    @model_validator(mode="after")
    def _begins_within_bounds(self) -> FargateConfig:
        scaling = self.autoscaling
        if scaling and not scaling.min_capacity <= self.desired_count <= scaling.max_capacity:
            raise ValueError(
                f"desired_count {self.desired_count} is outside autoscaling's {scaling.min_capacity} to {scaling.max_capacity}"
            )
        return self

    @model_validator(mode="after")
    def _watched_for_a_while(self) -> FargateConfig:
        for option, alarm in self.alarms.generated().items():
            if (seconds := alarm.period * alarm.evaluation_periods) > LONGEST_BAKE_SECONDS:
                raise ValueError(
                    f"alarms.{option} looks {seconds} s back, and ECS watches each deployment for so long; at most {LONGEST_BAKE_SECONDS} s"
                )
        return self

    @model_validator(mode="after")
    def _loading_is_no_alarm(self) -> FargateConfig:
        alarm, grace = self.alarms.unhealthy_hosts, self.health_check.grace_period
        if alarm is not None and alarm.detection_time() <= grace:
            raise ValueError(
                f"alarms.unhealthy_hosts goes off after {alarm.detection_time()} s, and new tasks have {grace} s to load"
                " (health_check.grace_period); give it more evaluation_periods, or null"
            )
        return self

    @model_validator(mode="after")
    def _deploys(self) -> FargateConfig:
        """ECS rounds the lower bound up and the upper one down: where they meet, no task can be started and none stopped."""
        fewest = self.autoscaling.min_capacity if self.autoscaling else self.desired_count
        least = math.ceil(fewest * self.deployment.minimum_healthy_percent / 100)
        most = math.floor(fewest * self.deployment.maximum_percent / 100)
        if least >= most:
            tasks = f"{fewest} task{'s' if fewest > 1 else ''}"
            text = f"with {tasks} deployment allows at most {most} and at least {least}: it would never begin"
            raise ValueError(f"{text}; raise maximum_percent or lower minimum_healthy_percent")
        return self
