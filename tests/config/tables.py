"""Hand-picked ways to break an environment: (what, where, value, path that must be named when it is not `where`)."""

from __future__ import annotations

from typing import Any

from tests.config.full import SCHEDULED, STEP, TRACKING

Route = tuple[str | int, ...]


def at(data: Any, route: Route) -> Any:
    """The value at `route`."""
    for step in route:
        data = data[step]
    return data


WINE: Route = ("endpoints", "wine")
MAIN: Route = (*WINE, "variants", 0)
SCALING: Route = (*WINE, "autoscaling", "main")
POLICY: Route = (*SCALING, "policies", 0)
QUIET: Route = ("endpoints", "quiet", "variants", 0)
CONTAINER: Route = ("models", "wine", "container")

TEXTS: dict[Route, list[str]] = {
    ("account_id",): ["", "12345678901", "1234567890123", "12345678901a", "１２３４５６７８９０１２", "123456789012 "],
    ("project",): ["", "Acme", "-acme", "acme-", "a--b", "acme.io", "acme_x", "../acme", "a" * 41, "ünïcode", "a b"],
    ("region",): ["", "eu", "eu-west", "EU-WEST-1", "eu-west-1a", "eu_west_1", "../../x"],
    ("provider", "version"): ["", "latest", ">= ", "5.x", "5.100.0 || 6", "^5"],
    ("state", "lock"): ["", "BOTH", "none", "dynamo"],
    ("state", "table"): ["", "ab", "lock table", "a" * 256, "tëble"],
    ("storage", "data_capture", "bucket"): ["", "ab", "UPPER", "a..b", "xn--bucket", "my_bucket", "a" * 64, "bucket/key"],
    ("registries", "inference", "repository"): ["", "a", "UPPER/x", "a//b", "/a", "a/", "a b", "a" * 257],
    (*CONTAINER, "image"): ["", "nothing", "Inference", "../inference"],
    (*CONTAINER, "model_data"): ["", "zip", "Compressed"],
    (*MAIN, "instance_type"): ["", "m5.large", "ml.m5", "ml.m99.large", "ml.M5.large", "ml.m5.large "],
    (*MAIN, "variant_name"): ["", "a_b", "-a", "a-", "a" * 64, "ä", "next"],
    (*MAIN, "model"): ["", "wines", "Wine"],
    (*WINE, "rollout", "kind"): ["", "blue_green", "Canary"],
    (*POLICY, "metric"): ["", "CPUUtilization", "SageMakerVariantProvisionedConcurrencyUtilization"],
    (*POLICY, "name"): ["", "surge", "a" * 65, "a b"],
    (*SCALING, "policies", 2, "schedule"): ["", "daily", "cron(0 7 * * *)", "rate(0 hours)", "at(yesterday)", "cron(99 7 ? * MON *)"],
    (*SCALING, "policies", 2, "timezone"): ["", "Berlin", "CEST+1"],
    ("models", "chain", "execution_role", "role_arn"): ["", "role/x", "arn:aws:iam::1:role/x", "arn:aws:iam::123456789012:user/x"],
    ("access", "deploy_principals", 0): ["", "*", "arn:aws:iam::*:root", "arn:aws:iam::123456789012:role/*"],
    ("access", "github", "repository"): ["", "acme", "acme/*", "https://github.com/acme/platform"],
    ("access", "github", "deploy_subjects", 0): ["", "*", "pull_request", "environment:*", "ref:refs/heads/*"],
    ("acknowledgements", 0, "rule"): ["", "*", "ckv_aws_1"],
    ("acknowledgements", 0, "reason"): ["", "because", "x" * 501],
    ("acknowledgements", 0, "expires"): ["", "never", "2027-13-01", "01.06.2027", "2027-6-1", "20270601"],
}

WIDER = {"surge": "endpoints.wine", "next": "endpoints.wine", "pull_request": "access.github"}
"""Values that only a rule about several options refuses, with the path such a rule names."""

NUMBERS: dict[Route, list[Any]] = {
    ("kms", "deletion_window_in_days"): [6, 31],
    ("state", "noncurrent_version_expiration_days"): [0, 89],
    (*MAIN, "initial_instance_count"): [0, 1001],
    (*MAIN, "initial_variant_weight"): [-1, 0.1, 1e39],
    (*MAIN, "volume_size_in_gb"): [0, 513],
    (*WINE, "data_capture", "sampling_percentage"): [101],
    (*WINE, "log_retention_in_days"): [0, 2, 8, 3654],
    (*WINE, "rollout", "canary_size", "value"): [0, 51],
    (*WINE, "rollout", "wait_interval_in_seconds"): [3601, 60],
    (*WINE, "alarms", "model_latency", "period"): [0, 45, 90],
    (*SCALING, "min_capacity"): [0, 9],
    (*SCALING, "max_capacity"): [0, 1],
    (*QUIET, "memory_size_in_mb"): [512, 1000, 7168],
    (*QUIET, "max_concurrency"): [0, 201, 1],
    (*QUIET, "provisioned_concurrency"): [0, 21],
}

SHAPES: list[tuple[str, Route, Any, str]] = [
    ("no variants", (*WINE, "variants"), [], ""),
    ("eleven variants", (*WINE, "variants"), [{"variant_name": f"v{i}", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": 1} for i in range(11)], ""),
    ("null variant", MAIN, None, ""),
    ("endpoint is null", ("endpoints", "batch"), None, ""),
    ("model is null", ("models", "many"), None, ""),
    ("no subnets", ("models", "private", "vpc_config", "subnets"), [], ""),
    ("one subnet", ("models", "private", "vpc_config", "subnets"), ["subnet-0a1"], ""),
    ("one container in a pipeline", ("models", "chain", "containers"), [{"name": "a", "image": "inference"}], ""),
    ("same step name twice", ("models", "chain", "containers"), [{"name": "a", "image": "inference"}] * 2, "models.chain"),
    ("secret in the environment", (*CONTAINER, "environment"), {"API_TOKEN": "ghp_0123456789abcdef0123456789abcdef0123"}, "models.wine.container.environment"),
    ("variable name", (*CONTAINER, "environment"), {"a-b": "x"}, "models.wine.container.environment"),
    ("burstable and scaled", (*MAIN, "instance_type"), "ml.t2.medium", "endpoints.wine.autoscaling.main"),
    ("volume on NVMe", (*MAIN, "instance_type"), "ml.m5d.large", "endpoints.wine.variants[0].volume_size_in_gb"),
    ("autoscaling of nothing", (*WINE, "autoscaling"), {"mian": {"min_capacity": 1, "max_capacity": 2, "policies": [TRACKING]}}, "endpoints.wine.autoscaling.mian"),
    ("no policy", (*SCALING, "policies"), [], "endpoints.wine.autoscaling.main"),
    ("same policy twice", (*SCALING, "policies"), [TRACKING, TRACKING], "endpoints.wine.autoscaling.main"),
    ("steps with a gap", (*SCALING, "policies"), [{**STEP, "steps": [{"metric_interval_lower_bound": 0, "metric_interval_upper_bound": 5, "scaling_adjustment": 1}, {"metric_interval_lower_bound": 9, "scaling_adjustment": 2}]}], "endpoints.wine.autoscaling.main.policies[0]"),
    ("steps overlap", (*SCALING, "policies"), [{**STEP, "steps": [{"metric_interval_lower_bound": 0, "metric_interval_upper_bound": 5, "scaling_adjustment": 1}, {"metric_interval_lower_bound": 3, "scaling_adjustment": 2}]}], "endpoints.wine.autoscaling.main.policies[0]"),
    ("schedule above the base", (*SCALING, "policies"), [TRACKING, {**SCHEDULED, "min_capacity": 9, "max_capacity": None}], "endpoints.wine.autoscaling.main"),
    ("target above the machine", POLICY, {"kind": "target_tracking", "name": "cpu", "custom": {"metric_name": "CPUUtilization"}, "target_value": 250}, "endpoints.wine.autoscaling.main.policies[0].target_value"),
    ("GPU metric without GPU", POLICY, {"kind": "target_tracking", "name": "gpu", "custom": {"metric_name": "GPUUtilization"}, "target_value": 60}, "endpoints.wine.autoscaling.main.policies[0].custom.metric_name"),
    ("queue metric on a real-time endpoint", POLICY, {"kind": "target_tracking", "name": "q", "custom": {"metric_name": "ApproximateBacklogSizePerInstance"}, "target_value": 5}, "endpoints.wine.autoscaling.main.policies[0].custom.metric_name"),
    ("capture on serverless", ("endpoints", "quiet", "data_capture"), {"sampling_percentage": 10}, ""),
    ("shadow on serverless", ("endpoints", "quiet", "shadow_variants"), [], ""),
    ("isolated model on serverless", (*QUIET, "model"), "wine", "models.wine.enable_network_isolation"),
    ("pipeline on serverless", (*QUIET, "model"), "chain", "models.chain.kind"),
    ("instances option on serverless", ("endpoints", "quiet", "variants", 0, "instance_type"), "ml.m5.large", ""),
    ("serverless option on instances", (*MAIN, "max_concurrency"), 5, ""),
    ("model that is another kind", ("models", "wine", "kind"), "pipeline", "models.wine.container"),
    ("role and boundary", ("models", "chain", "execution_role", "path"), "/x/", "models.chain.execution_role"),
    ("tag key", ("tags", "a" * 129), "x", "tags"),
    ("tag value", ("tags", "owner"), "x" * 257, ""),
    ("tag of aws", ("tags", "aws:x"), "y", ""),
    ("tag that Slipway sets", ("tags", "Environment"), "prod", ""),
    ("tags that differ in case", ("tags", "Owner"), "x", "tags"),
    ("tags in excess", ("tags",), {f"t{i}": "x" for i in range(41)}, ""),
    ("models bucket expires", ("storage", "models", "expiration_days"), 30, "storage.models"),
    ("unknown bucket", ("storage", "logs"), {}, ""),
    ("purpose of a bucket", ("storage", "models", "purpose"), "access_logs", ""),
]  # fmt: skip

BROKEN: list[tuple[str, Route, Any, str]] = [
    *((f"{'.'.join(map(str, route))} = {value[:30]!r}", route, value, _path) for route, values in TEXTS.items() for value in values for _path in [WIDER.get(value, "")]),
    *((f"{'.'.join(map(str, route))} = {value}", route, value, "endpoints.quiet" if route[1] == "quiet" else "endpoints.wine" if route[1] == "wine" else "") for route, values in NUMBERS.items() for value in values),
    *SHAPES,
]  # fmt: skip
