"""One class for each kind of alarm, with the defaults that fit its metric. All of them are `MetricAlarm`s."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from modules._shared.alarm import PERCENTILE, MetricAlarm, Severity


class Alarm(MetricAlarm):
    """What every alarm here has."""

    severity: Severity = Field("warning", description="Topic that is told: critical or warning.")
    period: int = Field(300, description="Seconds of one period: 10, 30 or a multiple of 60.")
    evaluation_periods: int = Field(3, ge=1, le=1440, description="Periods that are looked at.")


class RateAlarm(Alarm):
    """An alarm on the part of all requests that failed."""

    threshold: float = Field(0.2, gt=0, le=1, description="The alarm goes off at or above this part of all requests, 0 to 1.")


class CriticalRateAlarm(RateAlarm):
    """A rate that somebody must act on now."""

    severity: Severity = Field("critical", description="Topic that is told: critical or warning.")
    period: int = Field(60, description="Seconds of one period: 10, 30 or a multiple of 60.")
    threshold: float = Field(0.05, gt=0, le=1, description="The alarm goes off at or above this part of all requests, 0 to 1.")


class CountAlarm(Alarm):
    """An alarm on a number of events in one period."""

    threshold: int = Field(1, ge=1, le=1_000_000, description="The alarm goes off at or above this number in one period.")


class UtilizationAlarm(Alarm):
    """An alarm on a part of a machine, or of all tasks, that is nearly used up."""

    threshold: float = Field(90, gt=0, le=100, description="Percent of the whole machine or task (all its CPUs or GPUs together).")


class OverheadLatencyAlarm(Alarm):
    """An alarm on the time that SageMaker adds to the container's own (metric OverheadLatency)."""

    extended_statistic: str = Field("p99", pattern=PERCENTILE, description="Percentile, such as p99 or p99.9.")
    threshold: float = Field(500_000, ge=100, description="MICROSECONDS at or above which the alarm goes off: 500000 is half a second.")


class ColdStartAlarm(OverheadLatencyAlarm):
    """The same for a serverless endpoint, where it includes the start of a container."""

    threshold: float = Field(10_000_000, ge=100, description="MICROSECONDS at or above which the alarm goes off: 10000000 is ten seconds.")


class AtMaxAlarm(Alarm):
    """An alarm on what runs as many instances or tasks as its scaling allows; its threshold is that max_capacity.

    Running instances are the samples of CPUUtilization in a minute: each instance publishes one. So the period is a minute.
    Running tasks have a metric of their own (RunningTaskCount), also by the minute.
    """

    period: Literal[60] = Field(60, description="Seconds of one period: instances and tasks are counted by the minute.")
    evaluation_periods: int = Field(15, ge=1, le=1440, description="Minutes that are looked at.")
    datapoints_to_alarm: int | None = Field(12, ge=1, le=1440, description="How many of those minutes at the maximum raise the alarm.")


class RunningTasksAlarm(Alarm):
    """An alarm on a service that runs fewer tasks than it wants (metrics DesiredTaskCount less RunningTaskCount).

    ECS counts the tasks of a service only while one of them runs: without a datapoint none does, so missing data breaches.
    """

    severity: Severity = Field("critical", description="Topic that is told: critical or warning.")
    period: int = Field(60, description="Seconds of one period: 10, 30 or a multiple of 60.")
    evaluation_periods: int = Field(10, ge=1, le=1440, description="Periods; deployments and scale-outs take some minutes.")
    treat_missing_data: Literal["missing", "ignore", "breaching", "notBreaching"] = Field(
        "breaching", description="What a period counts as in which no task ran. Default with working hours or an end: notBreaching."
    )
    threshold: int = Field(1, ge=1, le=5000, description="The alarm goes off when this many tasks are missing, or more.")


class NoInvocationsAlarm(Alarm):
    """An alarm on an endpoint that nobody calls: forgotten and paid for, or its callers cannot reach it.

    No request means no datapoint, so missing data must breach; with any other treatment the alarm could never go off.
    """

    period: int = Field(3600, description="Seconds of one period: a multiple of 60.")
    evaluation_periods: int = Field(24, ge=1, le=1440, description="Periods without a request that raise the alarm.")
    treat_missing_data: Literal["breaching"] = Field("breaching", description="What a period without traffic counts as: the very case.")


class DataCaptureAlarm(Alarm):
    """An alarm on data capture that stops. SageMaker publishes no metric for it, but says when it happens: when the disk fills.

    AWS: "Data Capture stops capturing requests at high levels of disk usage"; keep DiskUtilization below 75 percent.
    """

    threshold: float = Field(75, gt=0, le=100, description="Percent of the disk (metric DiskUtilization).")


class ConcurrencyAlarm(Alarm):
    """An alarm on a serverless variant near its max_concurrency, beyond which requests are throttled."""

    threshold: float = Field(0.9, gt=0, le=1, description="Part of max_concurrency in use, 0 to 1.")


class BacklogAgeAlarm(Alarm):
    """An alarm on the oldest waiting request of an asynchronous endpoint (metric ApproximateAgeOfOldestRequest)."""

    severity: Severity = Field("critical", description="Topic that is told: critical or warning.")
    threshold: int = Field(900, ge=1, le=604_800, description="Seconds the oldest request has waited.")


class BacklogWithoutCapacityAlarm(Alarm):
    """An alarm on requests that wait while no instance runs (metric HasBacklogWithoutCapacity): waking from zero does not work."""

    severity: Severity = Field("critical", description="Topic that is told: critical or warning.")
    period: int = Field(60, description="Seconds of one period: 10, 30 or a multiple of 60.")
    evaluation_periods: int = Field(20, ge=1, le=1440, description="Periods; starting an instance takes some minutes.")


class ApiLatencyAlarm(Alarm):
    """An alarm on slow answers of the API (metric Latency)."""

    extended_statistic: str = Field("p99", pattern=PERCENTILE, description="Percentile, such as p99 or p99.9.")
    threshold: float = Field(10_000, gt=0, le=29_000, description="Milliseconds; API Gateway gives up after 29000.")


class LambdaDurationAlarm(Alarm):
    """An alarm on a function that comes near its timeout (metric Duration)."""

    extended_statistic: str = Field("p99", pattern=PERCENTILE, description="Percentile, such as p99 or p99.9.")
    threshold: float = Field(80, gt=0, le=100, description="Percent of the function's timeout.")


class LockHeldAlarm(Alarm):
    """An alarm on a deploy that holds the environment's lock for long (metric LockHeldSeconds, which `slipway` publishes)."""

    evaluation_periods: int = Field(1, ge=1, le=1440, description="Periods that are looked at.")
    threshold: int = Field(3600, ge=60, le=604_800, description="Seconds the lock has been held.")


class LockRefusedAlarm(CountAlarm):
    """An alarm on Terraform runs that find the state locked again and again (metric ConditionalCheckFailedRequests)."""

    evaluation_periods: int = Field(6, ge=1, le=1440, description="Periods that are looked at.")
    datapoints_to_alarm: int | None = Field(2, ge=1, le=1440, description="In how many of those periods a run was refused.")
