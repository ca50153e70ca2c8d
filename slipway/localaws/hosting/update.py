"""UpdateEndpoint of an endpoint that runs: roll the new configuration out, or roll back to the old one.

After a roll-back the endpoint is `InService` with its old configuration and a FailureReason. Terraform's provider waits for
`InService` only, so that it takes such an update for a success: that is how it is on AWS, and so it is here.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from slipway.localaws.ec2 import interfaces
from slipway.localaws.hosting import registry, states
from slipway.localaws.hosting.bake import Watch
from slipway.localaws.hosting.blue_green import shift_blue_green
from slipway.localaws.hosting.create import log_failure
from slipway.localaws.hosting.definition import Definition
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.replay import remember_roll_back
from slipway.localaws.hosting.rolling import shift_rolling, unroll
from slipway.localaws.lock import LOCK


@dataclass
class Update:
    """One UpdateEndpoint: what the endpoint is to become. `variants` and `shadows` are what DescribeEndpoint is to say of them."""

    hosted: Hosted
    definition: Definition
    variants: list[dict[str, Any]]
    shadows: list[dict[str, Any]]
    deployment: dict[str, Any]
    started: datetime = field(default_factory=utcnow)

    @property
    def policy(self) -> dict[str, Any]:
        """The policy of the deployment; without one SageMaker moves everything at once."""
        policy: dict[str, Any] = self.deployment.get("BlueGreenUpdatePolicy") or self.deployment.get("RollingUpdatePolicy") or {}
        return policy

    @property
    def rolling(self) -> bool:
        """Whether instances are replaced batch by batch."""
        return bool(self.deployment.get("RollingUpdatePolicy")) and self.hosted.blue is not None


def begin_update(update: Update) -> None:
    """Roll out in the background; the endpoint is `Updating` until then."""
    hosted = update.hosted
    states.set_status(hosted, "Updating")
    registry.add(hosted)
    registry.run(hosted, "update", lambda: _update(update), lambda reason: states.set_status(hosted, "UpdateRollbackFailed", reason))


def _update(update: Update) -> None:
    hosted = update.hosted
    if left_over := hosted.drop_green():
        left_over.close()
    before = hosted.blue.sizes if hosted.blue else {}
    try:
        _roll_out(update)
    except HostingFailed as failed:
        hosted.check()
        log_failure(hosted.place, failed)
        _roll_back(update, before, failed)
        return
    _finish(update)


def _roll_out(update: Update) -> None:
    hosted, watch = update.hosted, Watch(update.hosted, update.deployment)
    green = Generation(update.definition, hosted.place, states.weights_of(update.variants))
    hosted.green = green
    sizes = states.sizes_of([*update.variants, *update.shadows])

    def show(stage: str) -> None:
        states.show_pending(hosted, green, update.variants, stage, update.started)
        if hosted.blue:
            states.show_current(hosted, hosted.blue)

    shift = shift_rolling if update.rolling else shift_blue_green
    shift(hosted, green, sizes, update.policy, watch, show)


def _finish(update: Update) -> None:
    """Green is live: the endpoint has the new configuration from now on, and is in service when the old fleet has ended."""
    hosted = update.hosted
    old = hosted.promote()
    endpoint = hosted.endpoint
    with LOCK:
        interfaces.release(endpoint.definition)
        endpoint.endpoint_config_name = update.definition.config_name
        endpoint.request = dict(update.definition.config)
        endpoint.definition = update.definition
        endpoint.production_variants, endpoint.shadow_variants = update.variants, update.shadows
        endpoint.pending = None
    if old:
        old.close()
    if hosted.blue:
        states.settled(hosted, hosted.blue)


def _roll_back(update: Update, before: dict[str, int], failed: HostingFailed) -> None:
    """Blue gets its traffic and its instances back; when that fails, the endpoint stays with a mix of both."""
    hosted = update.hosted
    states.set_status(hosted, "RollingBack", failed.reason)
    with LOCK:
        interfaces.release(update.definition)
    try:
        if update.rolling and hosted.green:
            unroll(hosted, hosted.green, before, update.policy)
    except HostingFailed as again:
        hosted.check()
        states.set_status(hosted, "UpdateRollbackFailed", f"{failed.reason} The roll-back failed: {again.reason}")
        return
    if green := hosted.drop_green():
        green.close()
    if hosted.blue:
        remember_roll_back(hosted)
        states.settled(hosted, hosted.blue, failed.reason)
    else:
        registry.discard(hosted)
        _simulated_again(hosted, failed.reason)


def _simulated_again(hosted: Hosted, reason: str) -> None:
    """Before this update nothing ran, so nothing runs again."""
    with LOCK:
        hosted.endpoint.hosted = None
        hosted.endpoint.pending = None
        states.set_status(hosted, "InService", reason)
