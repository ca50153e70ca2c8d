"""How an update of an endpoint is rolled out (API: DeploymentConfig)."""

from __future__ import annotations

import math
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from modules._shared.spec import Spec

START_MARGIN_SECONDS = 1800
"""Time left for starting instances when the timeout is computed: SageMaker's own default is of this size."""
_LONGEST = 28800


class CapacitySize(Spec):
    """A part of the fleet: a number of instances or a percentage of its capacity."""

    kind: Literal["INSTANCE_COUNT", "CAPACITY_PERCENT"] = Field("CAPACITY_PERCENT", description="Unit of `value` (API: CapacitySize.Type).")
    value: int = Field(ge=1, description="Instances, or percent: 1-50 for a canary, 10-50 for a linear step, 5-50 for a rolling batch.")

    def steps(self, instances: int | None = None) -> int:
        """How many steps of this size make up the whole fleet of `instances` (only needed for INSTANCE_COUNT)."""
        whole = 100 if self.kind == "CAPACITY_PERCENT" else instances or self.value
        return math.ceil(whole / self.value)


class Rollout(Spec, ABC):
    """What every rollout has."""

    maximum_execution_timeout_in_seconds: int | None = Field(
        None,
        ge=600,
        le=_LONGEST,
        description="Seconds after which SageMaker gives up and rolls back; above all waits together. Default: the waits plus 1800.",
    )

    @abstractmethod
    def waits(self, instances: int | None = None) -> int:
        """Seconds an update waits in all, without the time it takes to start instances."""

    @abstractmethod
    def bake_time(self) -> int:
        """Seconds the alarms watch new instances before the next step makes a roll-back slow."""

    def size(self) -> tuple[str, CapacitySize] | None:
        """The option that says how much of the fleet moves at a time, and its value."""
        return None

    def timeout(self, instances: int | None = None) -> int:
        """The timeout given, or the waits plus a margin, within SageMaker's 600 to 28800 seconds."""
        return self.maximum_execution_timeout_in_seconds or min(_LONGEST, self.waits(instances) + START_MARGIN_SECONDS)

    def _check_timeout(self, instances: int | None = None) -> None:
        waits = self.waits(instances)
        if waits >= self.timeout(instances):
            raise ValueError(
                f"the waits add up to {waits} s, which is not below maximum_execution_timeout_in_seconds {self.timeout(instances)}"
            )


class _BlueGreen(Rollout):
    termination_wait_in_seconds: int = Field(
        300, ge=0, le=3600, description="Seconds the old fleet is kept after all traffic has moved; a roll-back is instant until then."
    )

    @model_validator(mode="after")
    def _within_timeout(self) -> Any:
        self._check_timeout()
        return self


class AllAtOnce(_BlueGreen):
    """All traffic moves to the new fleet in one step."""

    kind: Literal["all_at_once"] = Field("all_at_once", description="One step.")

    def waits(self, instances: int | None = None) -> int:
        """The termination wait."""
        return self.termination_wait_in_seconds

    def bake_time(self) -> int:
        """The termination wait: the old fleet stands by."""
        return self.termination_wait_in_seconds


class _Shifting(_BlueGreen):
    wait_interval_in_seconds: int = Field(
        300, ge=0, le=3600, description="Seconds after each traffic shift in which the alarms watch the new fleet."
    )

    def bake_time(self) -> int:
        """The wait after one traffic shift."""
        return self.wait_interval_in_seconds


class Canary(_Shifting):
    """A small part of the traffic first, then the rest."""

    kind: Literal["canary"] = Field(description="A small part first.")
    canary_size: CapacitySize = Field(description="The first part; at most half of the fleet.")

    @model_validator(mode="after")
    def _size(self) -> Canary:
        _check_percent(self.canary_size, "canary_size", 1, 50)
        return self

    def waits(self, instances: int | None = None) -> int:
        """The wait after the canary, the one after the rest (SageMaker bakes after every shift), and the termination wait."""
        return 2 * self.wait_interval_in_seconds + self.termination_wait_in_seconds

    def size(self) -> tuple[str, CapacitySize]:
        """The canary."""
        return "canary_size", self.canary_size


class Linear(_Shifting):
    """Equal steps with a wait after each."""

    kind: Literal["linear"] = Field(description="Equal steps.")
    linear_step_size: CapacitySize = Field(description="One step; 10 to 50 percent.")

    @model_validator(mode="after")
    def _size(self) -> Linear:
        _check_percent(self.linear_step_size, "linear_step_size", 10, 50)
        return self

    def waits(self, instances: int | None = None) -> int:
        """One wait for each step and the termination wait."""
        return self.linear_step_size.steps(instances) * self.wait_interval_in_seconds + self.termination_wait_in_seconds

    def size(self) -> tuple[str, CapacitySize]:
        """One step."""
        return "linear_step_size", self.linear_step_size


class Rolling(Rollout):
    """Old instances are replaced batch by batch: no second fleet."""

    kind: Literal["rolling"] = Field(description="Batch by batch.")
    maximum_batch_size: CapacitySize = Field(description="Instances replaced at a time; 5 to 50 percent.")
    rollback_maximum_batch_size: CapacitySize | None = Field(
        None, description="Batch of a roll-back; 5 to 100 percent. Default: the whole fleet at once."
    )
    wait_interval_in_seconds: int = Field(
        300, ge=0, le=3600, description="Seconds after each batch in which the alarms watch the new instances."
    )

    @model_validator(mode="after")
    def _size(self) -> Rolling:
        _check_percent(self.maximum_batch_size, "maximum_batch_size", 5, 50)
        if self.rollback_maximum_batch_size:
            _check_percent(self.rollback_maximum_batch_size, "rollback_maximum_batch_size", 5, 100)
        self._check_timeout()
        return self

    def waits(self, instances: int | None = None) -> int:
        """One wait for each batch."""
        return self.maximum_batch_size.steps(instances) * self.wait_interval_in_seconds

    def bake_time(self) -> int:
        """The wait after one batch."""
        return self.wait_interval_in_seconds

    def size(self) -> tuple[str, CapacitySize]:
        """One batch."""
        return "maximum_batch_size", self.maximum_batch_size


def _check_percent(size: CapacitySize, name: str, low: int, high: int) -> None:
    if size.kind == "CAPACITY_PERCENT" and not low <= size.value <= high:
        raise ValueError(f"{name} must be {low} to {high} percent, not {size.value}")


def rollout_kind(value: Any) -> str:
    """The tag of a rollout: what `kind` says, or `all_at_once`."""
    kind = value.get("kind", "all_at_once") if isinstance(value, Mapping) else getattr(value, "kind", "all_at_once")
    return str(kind)


RolloutSpec = Annotated[
    Annotated[AllAtOnce, Tag("all_at_once")]
    | Annotated[Canary, Tag("canary")]
    | Annotated[Linear, Tag("linear")]
    | Annotated[Rolling, Tag("rolling")],
    Discriminator(rollout_kind),
]
"""Any rollout; `kind` decides which."""
