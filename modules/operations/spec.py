"""Options of an environment's life: working hours, time to live, budget, idle report."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn
from modules._shared.naming import Naming
from modules._shared.schedule import check_schedule, check_timezone, parse_utc
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

_EndpointName = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
_Email = Annotated[str, Field(min_length=3, max_length=254, pattern=r"^[^@\s]+@[^@\s]+\.[^@\s]+$")]
BUDGET_NOTIFICATIONS = 5
"""Notifications that AWS takes for one budget (AWS Budgets quotas)."""


def function_name(naming: Naming) -> str:
    """Name of the Lambda function that stops and starts endpoints."""
    return naming.name("operations")


def log_group(naming: Naming) -> str:
    """Log group of that function."""
    return f"/aws/lambda/{function_name(naming)}"


def topic_name(naming: Naming) -> str:
    """Name of the SNS topic that hears of budgets, idle endpoints and failures."""
    return naming.name("operations")


def role_name(naming: Naming, who: Literal["function", "scheduler"]) -> str:
    """Name of the function's or the scheduler's role (IAM: at most 64 characters)."""
    return naming.name("operations", who, max_length=64)


def schedule_group_name(naming: Naming) -> str:
    """Name of the group of schedules (Scheduler: at most 64 characters)."""
    return naming.name("operations", max_length=64)


def rule_name(naming: Naming) -> str:
    """Name of the EventBridge rule for endpoints that come into service (EventBridge: at most 64 characters)."""
    return naming.name("operations", max_length=64)


def budget_name(naming: Naming) -> str:
    """Name of the budget."""
    return naming.name("operations", max_length=100)


def record_prefix(naming: Naming) -> str:
    """Path of the SSM parameters that hold what was stopped; the endpoint's key follows."""
    return naming.parameter("operations", "stopped")


def _cron(schedule: str) -> str:
    if not schedule.startswith("cron("):
        raise ValueError(
            f"{schedule!r}: working hours begin and end at times of day; write cron(minutes hours day-of-month month day year)"
        )
    return check_schedule(schedule)


def _repeating(schedule: str) -> str:
    if schedule.startswith("at("):
        raise ValueError(f"{schedule!r}: a report comes again and again; write rate(7 days) or cron(...)")
    return check_schedule(schedule)


def _moment(text: str) -> str:
    parse_utc(text)
    return text


Cron = Annotated[str, AfterValidator(_cron)]
Repeating = Annotated[str, AfterValidator(_repeating)]
Timezone = Annotated[str, AfterValidator(check_timezone)]
Moment = Annotated[str, AfterValidator(_moment)]
"""A time in UTC such as 2026-12-31T18:00:00Z."""


class WorkingHours(Spec):
    """When endpoints run. Outside of it they are deleted; their models and configurations stay."""

    stop: Cron = Field(description="When endpoints are stopped, such as cron(0 20 ? * MON-FRI *).")
    start: Cron = Field(description="When they are started again, such as cron(0 7 ? * MON-FRI *).")
    timezone: Timezone = Field(description="IANA time zone of both, such as Europe/Berlin.")
    endpoints: Literal["all"] | Annotated[tuple[_EndpointName, ...], Field(strict=False), AtLeast(1)] = Field(
        "all", description="Keys of the endpoints, or `all`."
    )

    @model_validator(mode="after")
    def _differ(self) -> WorkingHours:
        if self.stop == self.start:
            raise ValueError("stop and start are the same time")
        return self


class Threshold(Spec):
    """When the budget tells its topic."""

    type: Literal["ACTUAL", "FORECASTED"] = Field(description="What has been spent, or what AWS expects to be spent by the end.")
    percentage: float = Field(gt=0, le=1000, description="Percent of the limit.")


class Budget(Spec):
    """A limit of what the environment may cost, by its cost allocation tags `project` and `environment`."""

    limit_amount: float = Field(gt=0, le=1_000_000_000, description="Limit for each time unit.")
    limit_unit: Literal["USD"] = Field("USD", description="Currency of the limit; AWS Budgets counts in US dollars.")
    time_unit: Literal["DAILY", "MONTHLY", "QUARTERLY", "ANNUALLY"] = Field("MONTHLY", description="What the limit holds for.")
    thresholds: Annotated[tuple[Threshold, ...], Field(strict=False), AtLeast(1)] = Field(
        (Threshold(type="ACTUAL", percentage=80), Threshold(type="FORECASTED", percentage=100)),
        max_length=BUDGET_NOTIFICATIONS,
        description="When the topic is told.",
    )

    @model_validator(mode="after")
    def _thresholds_fit(self) -> Budget:
        if self.time_unit == "DAILY" and any(threshold.type == "FORECASTED" for threshold in self.thresholds):
            raise ValueError("AWS forecasts no daily budget: give thresholds of type ACTUAL only")
        if len(set(self.thresholds)) < len(self.thresholds):
            raise ValueError("two thresholds are the same")
        return self


class IdleReport(Spec):
    """A message about endpoints that nobody asks."""

    days: int = Field(7, ge=1, le=455, description="Days without a request after which a variant counts as idle (CloudWatch keeps 455).")
    schedule: Repeating = Field("cron(0 8 ? * MON *)", description="When it is looked for: cron() or rate().")
    timezone: Timezone = Field("UTC", description="IANA time zone of the schedule.")


class OperationsSpec(Spec):
    """Schedules, time to live, budget and idle report of an environment."""

    working_hours: WorkingHours | None = Field(
        None, description="Stop endpoints at night and start them in the morning. Not in production."
    )
    expires_at: Moment | None = Field(
        None, description="Time to live of all endpoints, in UTC, such as 2026-12-31T18:00:00Z: then they stop for good. Not in production."
    )
    endpoint_expires_at: dict[_EndpointName, Moment] = Field(
        default_factory=dict, description="Another time to live for single endpoints, by their key."
    )
    budget: Budget | None = Field(None, description="A budget with messages. Default: none.")
    idle_report: IdleReport | None = Field(None, description="A message about endpoints that nobody asks. Default: none.")
    subscribers: Annotated[tuple[_Email, ...], Field(strict=False)] = Field(
        (), max_length=10, description="E-mail addresses that hear of budget, idle endpoints, and stops and starts that failed."
    )
    activate_cost_allocation_tags: bool = Field(
        False,
        description="Activate `project` and `environment` for billing; only in an account that pays for itself, a day after first use.",
    )
    runtime: Literal["python3.12", "python3.13"] = Field("python3.13", description="Lambda runtime.")
    architecture: Literal["arm64", "x86_64"] = Field("arm64", description="Processor; arm64 costs a fifth less.")
    tracing: Literal["Active", "PassThrough"] = Field("Active", description="Whether the function sends traces to X-Ray by itself.")
    log_retention_in_days: LogRetention = Field(365, description="Days the function's log is kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of both roles.")

    @model_validator(mode="after")
    def _somebody_hears(self) -> OperationsSpec:
        if len(set(self.subscribers)) < len(self.subscribers):
            raise ValueError("subscribers: an address is named twice")
        return self

    def stopped_at_night(self, endpoints: list[str]) -> list[str]:
        """Those of `endpoints` that have working hours."""
        if self.working_hours is None:
            return []
        chosen = self.working_hours.endpoints
        return endpoints if chosen == "all" else [name for name in endpoints if name in chosen]

    def expiry(self, endpoint: str) -> str | None:
        """When an endpoint expires: its own time, or the environment's."""
        return self.endpoint_expires_at.get(endpoint, self.expires_at)
