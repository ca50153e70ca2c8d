"""Endpoints that are stopped, in plans and deploys: told before somebody wonders why Terraform creates them again."""

from __future__ import annotations

from typing import TYPE_CHECKING

from slipway.deploy.target import Target

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def stopped_lines(target: Target) -> tuple[str, ...]:
    """One sentence for each endpoint that is stopped, or on its way there or back."""
    from slipway.operations.stopped import read_stopped

    config = _config(target)
    return tuple(one.line(config.name) for one in read_stopped(config.naming, target.client)) if config else ()


def announce(target: Target) -> None:
    """Say so before the first stack is planned."""
    for line in stopped_lines(target):
        target.reporter.info(target.name, line)


def tidy(target: Target) -> None:
    """After a deploy: what it started is not stopped any more."""
    from slipway.operations.stopped import tidy as tidy_records

    if config := _config(target):
        tidy_records(config, target.client)


def forget(target: Target) -> None:
    """After a destroy: nothing is left to be started."""
    from slipway.operations.stopped import forget as forget_records

    if config := _config(target):
        forget_records(config.naming, target.client)


def _config(target: Target) -> EnvironmentConfig | None:
    """The environment's whole configuration; tests of single stacks have less."""
    from slipway.config.environment import EnvironmentConfig

    return target.config if isinstance(target.config, EnvironmentConfig) else None
