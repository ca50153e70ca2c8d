"""Options of the alarms. null switches an alarm off; what an environment does not have needs no switching off."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from modules._shared.spec import Spec
from modules.alarms.kinds import (
    Alarm,
    ApiLatencyAlarm,
    AtMaxAlarm,
    BacklogAgeAlarm,
    BacklogWithoutCapacityAlarm,
    ColdStartAlarm,
    ConcurrencyAlarm,
    CountAlarm,
    CriticalRateAlarm,
    DataCaptureAlarm,
    LambdaDurationAlarm,
    LockHeldAlarm,
    LockRefusedAlarm,
    NoInvocationsAlarm,
    OverheadLatencyAlarm,
    RateAlarm,
    RunningTasksAlarm,
    UtilizationAlarm,
)


class AlarmGroup(Spec):
    """Alarms on one kind of thing."""

    def enabled(self) -> dict[str, Alarm]:
        """The alarms that are on, by option name."""
        values = {name: getattr(self, name) for name in type(self).model_fields}
        return {name: value for name, value in values.items() if isinstance(value, Alarm)}


class _EndpointAlarms(AlarmGroup):
    invocation_4xx_errors: RateAlarm | None = Field(default_factory=RateAlarm, description="Client errors of each variant; null for none.")
    memory_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="Memory of each variant's instances; null for none."
    )
    no_invocations: NoInvocationsAlarm | None = Field(
        default_factory=NoInvocationsAlarm, description="A variant that gets no requests; null for none."
    )


class _MachineAlarms(_EndpointAlarms):
    cpu_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="CPUs of each variant's instances; null for none."
    )
    disk_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="Disk of each variant's instances; null for none."
    )
    gpu_memory_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="GPU memory, for instance types with GPUs; null for none."
    )
    autoscaling_at_max: AtMaxAlarm | None = Field(
        default_factory=AtMaxAlarm, description="Variants with autoscaling that cannot grow any more; null for none."
    )
    data_capture_failures: DataCaptureAlarm | None = Field(
        default_factory=DataCaptureAlarm, description="Endpoints with data capture that stop capturing; null for none."
    )


class InstancesAlarms(_MachineAlarms):
    """Alarms on a real-time endpoint on instances."""

    kind: Literal["instances"] = Field("instances", description="Hosting of the endpoint.")
    overhead_latency: OverheadLatencyAlarm | None = Field(
        default_factory=OverheadLatencyAlarm, description="Time that SageMaker adds to each request; null for none."
    )


class ServerlessAlarms(_EndpointAlarms):
    """Alarms on a serverless endpoint."""

    kind: Literal["serverless"] = Field("serverless", description="Hosting of the endpoint.")
    overhead_latency: ColdStartAlarm | None = Field(default_factory=ColdStartAlarm, description="Cold starts; null for none.")
    concurrency_utilization: ConcurrencyAlarm | None = Field(
        default_factory=ConcurrencyAlarm, description="Requests at a time near max_concurrency; null for none."
    )


class AsynchronousAlarms(_MachineAlarms):
    """Alarms on an asynchronous endpoint. SageMaker publishes neither Invocations nor OverheadLatency for one."""

    kind: Literal["asynchronous"] = Field("asynchronous", description="Hosting of the endpoint.")
    backlog_age: BacklogAgeAlarm | None = Field(default_factory=BacklogAgeAlarm, description="Requests that wait too long; null for none.")
    backlog_without_capacity: BacklogWithoutCapacityAlarm | None = Field(
        default_factory=BacklogWithoutCapacityAlarm, description="Requests that wait while nothing runs; null for none."
    )
    invocation_failures: CountAlarm | None = Field(
        default_factory=CountAlarm, description="Requests of each variant that failed for good; null for none."
    )
    response_upload_failures: CountAlarm | None = Field(
        default_factory=CountAlarm, description="Answers that could not be written to S3; null for none."
    )


class ApiAlarms(AlarmGroup):
    """Alarms on the API's stage."""

    errors_5xx: CriticalRateAlarm | None = Field(default_factory=CriticalRateAlarm, description="Server errors (5XXError); null for none.")
    errors_4xx: RateAlarm | None = Field(default_factory=RateAlarm, description="Client errors (4XXError); null for none.")
    latency: ApiLatencyAlarm | None = Field(default_factory=ApiLatencyAlarm, description="Slow answers; null for none.")


class LambdaAlarms(AlarmGroup):
    """Alarms on a Lambda function."""

    errors: CountAlarm | None = Field(default_factory=CountAlarm, description="Invocations that raised or timed out; null for none.")
    throttles: CountAlarm | None = Field(default_factory=CountAlarm, description="Invocations that got no concurrency; null for none.")
    duration: LambdaDurationAlarm | None = Field(
        default_factory=LambdaDurationAlarm, description="Invocations near the timeout; null for none."
    )


class ServiceAlarms(AlarmGroup):
    """Alarms on a model on ECS Fargate, beside those that roll a deployment back."""

    cpu_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="CPU of all tasks together; null for none."
    )
    memory_utilization: UtilizationAlarm | None = Field(
        default_factory=UtilizationAlarm, description="Memory of all tasks together; null for none."
    )
    running_tasks: RunningTasksAlarm | None = Field(
        default_factory=RunningTasksAlarm, description="Fewer tasks run than wanted, with container_insights; null for none."
    )
    autoscaling_at_max: AtMaxAlarm | None = Field(
        default_factory=AtMaxAlarm, description="Autoscaling that cannot add tasks any more, with container_insights; null for none."
    )


class StateLockAlarms(AlarmGroup):
    """Alarms on the environment's locks."""

    held: LockHeldAlarm | None = Field(default_factory=LockHeldAlarm, description="A deploy that lasts or died; null for none.")
    refused: LockRefusedAlarm | None = Field(
        default_factory=LockRefusedAlarm, description="Terraform runs that find the state locked, in its DynamoDB table; null for none."
    )


def _kind(value: Any) -> str:
    return str(value.get("kind", "instances") if isinstance(value, Mapping) else getattr(value, "kind", "instances"))


EndpointAlarms = Annotated[
    Annotated[InstancesAlarms, Tag("instances")]
    | Annotated[ServerlessAlarms, Tag("serverless")]
    | Annotated[AsynchronousAlarms, Tag("asynchronous")],
    Discriminator(_kind),
]
"""Alarms on one endpoint; `kind` is its hosting."""


class AlarmsSpec(Spec):
    """Alarms of an environment, beside those of each endpoint that roll an update back (`endpoints.<name>.alarms`)."""

    instances: InstancesAlarms = Field(default_factory=InstancesAlarms, description="Alarms on every endpoint on instances.")
    serverless: ServerlessAlarms = Field(default_factory=ServerlessAlarms, description="Alarms on every serverless endpoint.")
    asynchronous: AsynchronousAlarms = Field(default_factory=AsynchronousAlarms, description="Alarms on every asynchronous endpoint.")
    endpoints: dict[str, EndpointAlarms] = Field(
        default_factory=dict, description="Alarms on single endpoints, by name, in place of those for their hosting."
    )
    api: ApiAlarms = Field(default_factory=ApiAlarms, description="Alarms on the API, where there is one.")
    function: LambdaAlarms = Field(default_factory=LambdaAlarms, description="Alarms on the API's function, where there is one.")
    functions: LambdaAlarms = Field(default_factory=LambdaAlarms, description="Alarms on every model that is a Lambda function.")
    services: ServiceAlarms = Field(default_factory=ServiceAlarms, description="Alarms on every model on ECS Fargate.")
    state_lock: StateLockAlarms = Field(default_factory=StateLockAlarms, description="Alarms on the environment's locks.")

    def of(self, key: str, hosting: str) -> InstancesAlarms | ServerlessAlarms | AsynchronousAlarms:
        """The alarms on the endpoint with this key and hosting kind."""
        own = self.endpoints.get(key)
        return own if own is not None else getattr(self, hosting)
