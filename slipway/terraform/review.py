"""Reads a plan's JSON representation and says what a reviewer has to know."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, field
from typing import Any

from slipway.errors import InputError
from slipway.terraform.fingerprint import fingerprint
from slipway.terraform.plan_values import UNKNOWN, Difference, causes, differences, masked_values

STATEFUL = frozenset(
    {
        *("aws_s3_bucket", "aws_s3_object", "aws_dynamodb_table", "aws_kms_key", "aws_ecr_repository", "aws_secretsmanager_secret"),
        *("aws_cloudwatch_log_group", "aws_efs_file_system", "aws_db_instance", "aws_rds_cluster", "aws_sqs_queue"),
        *("aws_sagemaker_model_package_group", "aws_sagemaker_feature_group", "aws_iam_openid_connect_provider"),
    }
)
"""Types that hold what cannot be made again: data, keys, images, logs, trust."""
SERVING = frozenset(
    {
        *("aws_sagemaker_endpoint", "aws_appautoscaling_target", "aws_api_gateway_rest_api", "aws_api_gateway_stage"),
        *("aws_apigatewayv2_api", "aws_lambda_function", "aws_lambda_alias", "aws_lb"),
        *("aws_vpc", "aws_subnet", "aws_security_group", "aws_vpc_endpoint", "aws_nat_gateway", "aws_vpn_connection"),
    }
)
"""Types that answer requests, carry them, or keep enough of what answers: without them callers get errors."""
STOPPABLE = frozenset(
    {"aws_sagemaker_endpoint", "aws_appautoscaling_target", "aws_appautoscaling_policy", "aws_appautoscaling_scheduled_action"}
)
"""What is missing while an endpoint is stopped."""
ACTIONS = ("create", "update", "replace", "destroy", "read", "import", "forget", "no-op")
DENIABLE = ("replace", "destroy")
_REASONS = {
    "replace_because_tainted": "it is tainted: its creation failed half way",
    "replace_by_request": "it was asked for with -replace",
    "replace_by_triggers": "a resource in replace_triggered_by changes",
    "delete_because_no_resource_config": "it is no longer configured",
    "delete_because_no_module": "its module is no longer configured",
    "delete_because_count_index": "its count is smaller now",
    "delete_because_each_key": "its for_each key is gone",
}


@dataclass(frozen=True)
class Change:
    """What a plan does to one resource. `kind` is stateful, serving or empty; `reason` is Terraform's, in words."""

    address: str
    type: str
    action: str
    kind: str = ""
    reason: str = ""
    causes: tuple[Difference, ...] = ()
    differences: tuple[Difference, ...] = ()

    @property
    def called_out(self) -> bool:
        """Whether data or serving is at stake."""
        return bool(self.kind) and self.action in DENIABLE


@dataclass(frozen=True)
class StackReview:
    """The review of one stack's plan. `note` says why there is no plan, where there cannot be one yet.

    `digest` is the checksum of what the plan does (fingerprint.py), empty without a plan.
    """

    stack: str
    changes: tuple[Change, ...] = ()
    capacity: tuple[str, ...] = ()
    drift: tuple[str, ...] = ()
    outputs: tuple[str, ...] = ()
    note: str = ""
    digest: str = ""

    def count(self, action: str) -> int:
        """Resources with that action."""
        return sum(change.action == action for change in self.changes)

    @property
    def empty(self) -> bool:
        """True when applying would change neither resources nor outputs."""
        return not self.outputs and not self.note and all(change.action in ("no-op", "read") for change in self.changes)


@dataclass(frozen=True)
class Review:
    """The reviews of an environment's stacks, in the order they are applied. `stopped`: endpoints that are missing on purpose, in words."""

    environment: str
    stacks: tuple[StackReview, ...] = field(default_factory=tuple)
    stopped: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        """True when nothing changes anywhere."""
        return all(stack.empty for stack in self.stacks)

    @property
    def only_starts(self) -> bool:
        """True when nothing changes but that endpoints which are missing on purpose would come back."""
        changed = [change for stack in self.stacks for change in stack.changes if change.action not in ("no-op", "read")]
        return bool(self.stopped) and not any(stack.note for stack in self.stacks) and all(map(_starts, changed))

    def call_outs(self) -> list[tuple[StackReview, Change]]:
        """Stateful or serving resources that would be destroyed or replaced."""
        return [(stack, change) for stack in self.stacks for change in stack.changes if change.called_out]

    def denied(self, deny: Iterable[str]) -> list[str]:
        """Addresses that `--deny` refuses: called-out resources with one of these actions."""
        wanted = set(deny)
        return [f"{stack.stack}: {change.address} ({change.action})" for stack, change in self.call_outs() if change.action in wanted]

    def as_dict(self) -> dict[str, Any]:
        """For `--json`; holds no sensitive value. Resources without a change are counted only."""
        stacks = []
        for stack in self.stacks:
            document = {**asdict(stack), "counts": {action: stack.count(action) for action in ACTIONS}, "empty": stack.empty}
            document["changes"] = [{**asdict(c), "called_out": c.called_out} for c in stack.changes if c.action != "no-op"]
            stacks.append(document)
        return {"environment": self.environment, "empty": self.empty, "stacks": stacks, "stopped": list(self.stopped)}


def _starts(change: Change) -> bool:
    """An endpoint or its scaling that comes back, or what only refers to them."""
    if change.action == "update":
        return all(difference.after == UNKNOWN for difference in change.differences)
    return change.action == "create" and change.type in STOPPABLE


def parse_deny(value: str) -> frozenset[str]:
    """`replace,destroy` as a set; InputError for anything else."""
    names = frozenset(part.strip() for part in value.split(",") if part.strip())
    if names - set(DENIABLE):
        raise InputError(
            f"--deny {value}: unknown action {sorted(names - set(DENIABLE))[0]}", fix="Use replace, destroy or replace,destroy."
        )
    return names


def review_plan(stack: str, plan: dict[str, Any]) -> StackReview:
    """Review one plan, given as the document that `terraform show -json PLAN` prints."""
    changes = tuple(_change(item) for item in plan.get("resource_changes", []))
    drift = tuple(item["address"] for item in plan.get("resource_drift", []) if _drifted(item["change"]))
    outputs = tuple(sorted(name for name, item in plan.get("output_changes", {}).items() if item["actions"] != ["no-op"]))
    capacity = tuple(line for item in plan.get("resource_changes", []) for line in _capacity(item))
    return StackReview(stack, changes, capacity, drift, outputs, digest=fingerprint(plan))


def _change(item: dict[str, Any]) -> Change:
    change, kind = item["change"], item["type"]
    action = _action(change)
    return Change(
        address=item["address"],
        type=kind,
        action=action,
        kind="stateful" if kind in STATEFUL else "serving" if kind in SERVING else "",
        reason=_REASONS.get(item.get("action_reason", ""), ""),
        causes=tuple(causes(change)) if action == "replace" else (),
        differences=tuple(_differences(change, action)),
    )


def _differences(change: dict[str, Any], action: str) -> list[Difference]:
    """What differs; of a replacement without what every new resource gets, such as its id."""
    found = differences(change) if action in ("update", "replace", "import") else []
    return [item for item in found if action != "replace" or item.after != UNKNOWN]


def _drifted(change: dict[str, Any]) -> bool:
    """A refresh that only fills in defaults is no drift."""
    return change["actions"] == ["delete"] or bool(differences(change))


def _action(change: dict[str, Any]) -> str:
    actions = change["actions"]
    if len(actions) > 1:
        return "replace"
    if change.get("importing") and actions in (["no-op"], ["update"]):
        return "import"
    return {"delete": "destroy"}.get(actions[0], str(actions[0]))


def _capacity(item: dict[str, Any]) -> list[str]:
    """Lines such as `endpoint_config.x variant main: instances 6 -> 1`: what would serve with less than now."""
    before, after = masked_values(item["change"], "before"), masked_values(item["change"], "after")
    if item["type"] == "aws_appautoscaling_target" and before and after:
        return [
            f"{item['address']}: {name} {before[name]} -> {after[name]}"
            for name in ("min_capacity", "max_capacity")
            if _less(after.get(name), before.get(name))
        ]
    if item["type"] != "aws_sagemaker_endpoint_configuration" or not (before and after):
        return []
    old = {variant["variant_name"]: variant for variant in before.get("production_variants") or []}
    new = {variant["variant_name"]: variant for variant in after.get("production_variants") or []}
    lines = [f"{item['address']} variant {name}: removed" for name in old if name not in new]
    for name in old.keys() & new.keys():
        if _less(new[name].get("initial_instance_count"), old[name].get("initial_instance_count")):
            counts = f"{old[name]['initial_instance_count']} -> {new[name]['initial_instance_count']}"
            lines.append(f"{item['address']} variant {name}: instances {counts}")
    return sorted(lines)


def _less(after: Any, before: Any) -> bool:
    return isinstance(after, int | float) and isinstance(before, int | float) and after < before
