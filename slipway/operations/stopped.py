"""What is stopped right now, for plan, deploy, drift and destroy: Terraform itself only sees that something is missing."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, cast

from modules.operations.function.clients import Clients
from modules.operations.function.endpoints import describe
from modules.operations.function.records import Record, Records
from modules.operations.spec import record_prefix
from slipway.operations.hosted import settings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from modules._shared.naming import Naming
    from slipway.config.environment import EnvironmentConfig

_PAGE = 10
"""Parameters that SSM gives in one answer, at most."""


@dataclass(frozen=True)
class Stopped:
    """An endpoint that is not as Terraform left it, on purpose. `at` in UTC; `state`: stopping, stopped or starting."""

    endpoint: str
    state: str
    at: str
    reason: str

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)

    def line(self, environment: str) -> str:
        """For people who see a plan that creates the endpoint again."""
        if self.state == "starting":
            return f"{self.endpoint} is being started; what a plan says about its scaling is temporary"
        return (
            f"{self.endpoint} is {self.state} since {self.at} ({self.reason}): the plan creates what is missing, and a deploy starts it. "
            f"`slipway start {environment} {self.endpoint}` starts it without a deploy."
        )


def read_stopped(naming: Naming, client: Callable[[str], Any]) -> list[Stopped]:
    """What is stopped, by key. Empty where the environment has nothing of its own yet."""
    found = _all(record_prefix(naming), client)
    return [Stopped(key, record.state, record.at, record.reason) for key, record in found.items()]


def state_of(naming: Naming, client: Callable[[str], Any], endpoint: str, missing: str) -> tuple[str, str]:
    """State and reason of an endpoint that is not there: `missing`, or stopped on purpose."""
    found = [one for one in read_stopped(naming, client) if one.endpoint == endpoint]
    return (found[0].state, f"{found[0].reason}, {found[0].at}") if found else (missing, "")


def tidy(config: EnvironmentConfig, client: Callable[[str], Any]) -> None:
    """After a deploy: what runs again is not stopped any more. Where the function is there, it has done so by itself."""
    settings, clients = settings_of(config), Clients(client)
    records = Records(clients.ssm, settings.record_prefix, settings.tags)
    for key, record in _all(settings.record_prefix, client).items():
        hosted = {one.key: one for one in settings.endpoints}.get(key)
        found = describe(clients, hosted.name) if hosted is not None and hosted.kind == "sagemaker" else None
        if hosted is None or (record.state == "stopped" and found is not None and found["EndpointStatus"] == "InService"):
            records.delete(key)


def forget(naming: Naming, client: Callable[[str], Any]) -> None:
    """After a destroy: records of endpoints that are gone for good."""
    prefix = record_prefix(naming)
    for key in _all(prefix, client):
        Records(client("ssm"), prefix, {}).delete(key)


def _all(prefix: str, client: Callable[[str], Any]) -> dict[str, Record]:
    pages = client("ssm").get_paginator("get_parameters_by_path").paginate(Path=prefix, MaxResults=_PAGE)
    found = {item["Name"].rpartition("/")[2]: json.loads(item["Value"]) for page in pages for item in page["Parameters"]}
    return {key: Record(**cast(dict[str, Any], value)) for key, value in sorted(found.items())}
