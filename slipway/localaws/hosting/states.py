"""What DescribeEndpoint says of an endpoint that runs: written onto moto's object, always under the lock of the local AWS."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from moto.core.utils import utcnow

from slipway.localaws.hosting.generation import Generation
from slipway.localaws.hosting.hosted import Hosted
from slipway.localaws.hosting.plan import VariantPlan
from slipway.localaws.lock import LOCK
from slipway.localaws.sagemaker import notices
from slipway.localaws.sagemaker.variants import settle

Summary = dict[str, Any]


def set_status(hosted: Hosted, status: str, reason: str | None = None) -> None:
    """Set EndpointStatus and FailureReason."""
    with LOCK:
        hosted.endpoint.endpoint_status = status
        hosted.endpoint.failure_reason = reason
        hosted.endpoint.last_modified_time = utcnow()
        notices.endpoint_changed(hosted.place.account, hosted.place.region, hosted.endpoint)


def show_current(hosted: Hosted, generation: Generation) -> None:
    """Instances in service and images, of a generation that is live or on its way."""
    with LOCK:
        for summary in [*hosted.endpoint.production_variants, *hosted.endpoint.shadow_variants]:
            if fleet := generation.all_fleets.get(summary["VariantName"]):
                summary["DeployedImages"] = deployed_images(fleet.plan, hosted.endpoint.last_modified_time)
                if "DesiredInstanceCount" in summary:
                    summary["CurrentInstanceCount"] = fleet.current


def settled(hosted: Hosted, generation: Generation, reason: str | None = None) -> None:
    """The transition is over: in service, and what was desired is current. `reason`: why it is not what was asked for."""
    with LOCK:
        settle(hosted.endpoint.production_variants)
        settle(hosted.endpoint.shadow_variants)
        generation.weights = weights_of(hosted.endpoint.production_variants)
        show_current(hosted, generation)
        hosted.endpoint.pending = None
        set_status(hosted, "InService", reason)


def abandoned(hosted: Hosted, reason: str) -> None:
    """Weights and capacities that could not be had: what is current is desired again."""
    with LOCK:
        for summary in hosted.endpoint.production_variants:
            for name in ("InstanceCount", "Weight", "ServerlessConfig"):
                if f"Current{name}" in summary:
                    summary[f"Desired{name}"] = summary[f"Current{name}"]
        set_status(hosted, "InService", reason)


def show_pending(hosted: Hosted, green: Generation, variants: list[Summary], status: str, started: datetime) -> None:
    """PendingDeploymentSummary: the new configuration's variants, all in the stage `status` (API: VariantStatus)."""
    with LOCK:
        hosted.endpoint.pending = {
            "EndpointConfigName": green.definition.config_name,
            "StartTime": started,
            "ProductionVariants": [_pending(green, summary, status) for summary in variants if summary["VariantName"] in green.fleets],
        }


def weights_of(variants: list[Summary]) -> dict[str, float]:
    """The weights that are wanted."""
    return {summary["VariantName"]: float(summary["DesiredWeight"]) for summary in variants}


def sizes_of(variants: list[Summary]) -> dict[str, int]:
    """The instance counts that are wanted; a serverless variant counts as one."""
    return {summary["VariantName"]: int(summary.get("DesiredInstanceCount", 1)) for summary in variants}


def deployed_images(plan: VariantPlan, resolved: datetime) -> list[Summary]:
    """API: DeployedImages."""
    return [
        {"SpecifiedImage": container.image.specified, "ResolvedImage": container.image.resolved, "ResolutionTime": resolved}
        for container in plan.containers
    ]


def _pending(green: Generation, summary: Summary, status: str) -> Summary:
    fleet = green.fleets[summary["VariantName"]]
    shown = {
        **summary,
        "VariantStatus": [{"Status": status, "StartTime": utcnow()}],
        "DeployedImages": deployed_images(fleet.plan, utcnow()),
    }
    if "DesiredInstanceCount" in summary:
        shown["CurrentInstanceCount"] = fleet.current
    if instance_type := fleet.plan.spec.get("InstanceType"):
        shown["InstanceType"] = instance_type
    return shown
