"""How much is left in each account: what `make demo` shows to be zero after it has destroyed everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.awslambda.models import lambda_backends
from moto.budgets.models import budgets_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.codebuild.models import codebuild_backends
from moto.codepipeline.models import codepipeline_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.base_backend import BackendDict
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.ecs.models import ecs_backends
from moto.elbv2.models import elbv2_backends
from moto.events.models import events_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends
from moto.scheduler.models import scheduler_backends
from moto.sns.models import sns_backends
from moto.ssm.models import ssm_backends
from moto.wafv2.models import wafv2_backends

from slipway.localaws.connections import connections_backends
from slipway.localaws.ec2 import counters
from slipway.localaws.logs import definitions
from slipway.localaws.states import machines

Counter = Callable[[Any], int]


def _object_versions(backend: Any) -> int:
    """Every version and delete marker: a versioned bucket is empty only when they are gone too."""
    return sum(len(bucket.keys.getlist(key)) for bucket in backend.buckets.values() for key in bucket.keys)


def _customer_keys(backend: Any) -> int:
    """Keys that cost money: not AWS's own, not scheduled for deletion."""
    return sum(key.key_manager == "CUSTOMER" and key.key_state != "PendingDeletion" for key in backend.keys.values())


def _images(backend: Any) -> int:
    return sum(len(repository.images) for repository in backend.repositories.values())


def _customer_policies(backend: Any) -> int:
    return sum(not arn.startswith("arn:aws:iam::aws:") for arn in backend.managed_policies)


def _own_parameters(backend: Any) -> int:
    return sum(not name.startswith("/aws/") for name in backend._parameters)


def _log_groups(backend: Any) -> int:
    """All but the three that SageMaker makes for the jobs of a whole account: no stack owns them, on AWS they stay as well."""
    jobs = {f"/aws/sagemaker/{kind}Jobs" for kind in ("Training", "Processing", "Transform")}
    return sum(name not in jobs for name in backend.groups)


COUNTERS: dict[str, tuple[Mapping[str, Any] | BackendDict[Any], dict[str, Counter]]] = {
    "apigateway": (
        apigateway_backends,
        {
            "rest_apis": lambda b: len(b.apis),
            "api_keys": lambda b: len(b.keys),
            "usage_plans": lambda b: len(b.usage_plans),
            "domain_names": lambda b: len(b.domain_names),
        },
    ),
    "application-autoscaling": (
        applicationautoscaling_backends,
        {
            "scalable_targets": lambda b: sum(map(len, b.targets.values())),
            "policies": lambda b: len(b.policies),
            "scheduled_actions": lambda b: len(b.scheduled_actions),
        },
    ),
    "budgets": (budgets_backends, {"budgets": lambda b: sum(map(len, b.budgets.values()))}),
    "cloudwatch": (cloudwatch_backends, {"alarms": lambda b: len(b.alarms), "dashboards": lambda b: len(b.dashboards)}),
    "codebuild": (codebuild_backends, {"projects": lambda b: len(b.codebuild_projects)}),
    "codeconnections": (connections_backends, {"connections": lambda b: len(b.connections)}),
    "codepipeline": (codepipeline_backends, {"pipelines": lambda b: len(b.pipelines)}),
    "cognito-idp": (cognitoidp_backends, {"user_pools": lambda b: len(b.user_pools)}),
    "dynamodb": (dynamodb_backends, {"tables": lambda b: len(b.tables)}),
    "ec2": (ec2_backends, counters.COUNTERS),
    "ecr": (
        ecr_backends,
        {"repositories": lambda b: len(b.repositories), "images": _images},
    ),
    "events": (events_backends, {"rules": lambda b: sum(len(bus.rules) for bus in b.event_buses.values())}),
    "ecs": (
        ecs_backends,
        {
            "clusters": lambda b: sum(cluster.status == "ACTIVE" for cluster in b.clusters.values()),
            "services": lambda b: sum(service.status == "ACTIVE" for service in b.services.values()),
            "tasks": lambda b: sum(task.status != "STOPPED" for tasks in b.tasks.values() for task in tasks.values()),
            "task_definitions": lambda b: sum(item.status == "ACTIVE" for kept in b.task_definitions.values() for item in kept.values()),
        },
    ),
    "elbv2": (
        elbv2_backends,
        {"load_balancers": lambda b: len(b.load_balancers), "target_groups": lambda b: len(b.target_groups)},
    ),
    "iam": (
        iam_backends,
        {
            "roles": lambda b: len(b.roles),
            "policies": _customer_policies,
            "users": lambda b: len(b.users),
            "open_id_connect_providers": lambda b: len(b.open_id_providers),
        },
    ),
    "kms": (kms_backends, {"keys": _customer_keys}),
    "lambda": (
        lambda_backends,
        {
            "functions": lambda b: len(b._lambdas._functions),
            "event_source_mappings": lambda b: len(b._event_source_mappings),
            "layers": lambda b: len(b._layers._layers),
        },
    ),
    "logs": (logs_backends, {"log_groups": _log_groups, "query_definitions": lambda b: len(definitions(b))}),
    "s3": (s3_backends, {"buckets": lambda b: len(b.buckets), "object_versions": _object_versions}),
    "sagemaker": (
        sagemaker_backends,
        {
            "models": lambda b: len(b._models),
            "endpoint_configs": lambda b: len(b.endpoint_configs),
            "endpoints": lambda b: len(b.endpoints),
            "pipelines": lambda b: len(b.pipelines),
            "model_package_groups": lambda b: len(b.model_package_groups),
            "model_packages": lambda b: len(b.model_packages),
        },
    ),
    "scheduler": (
        scheduler_backends,
        {
            "schedule_groups": lambda b: len(b.schedule_groups) - 1,
            "schedules": lambda b: sum(len(group.schedules) for group in b.schedule_groups.values()),
        },
    ),
    "sns": (sns_backends, {"topics": lambda b: len(b.topics)}),
    "ssm": (ssm_backends, {"parameters": _own_parameters}),
    "stepfunctions": (machines.Backends(), {"state_machines": lambda b: len(b.state_machines)}),
    "wafv2": (wafv2_backends, {"web_acls": lambda b: len(b.wacls), "ip_sets": lambda b: len(b.ip_sets)}),
}


def inventory(account: str = "") -> dict[str, Any]:
    """Counts for each account that has been used, over all regions: `{"accounts": {id: {"total", "services": {service: {what: n}}}}}`.

    With `account` only that one, with zeros if nobody has used it.
    """
    accounts = [account] if account else sorted({known for backends, _ in COUNTERS.values() for known in backends})
    return {"accounts": {name: _account(name) for name in accounts}}


def _account(account: str) -> dict[str, Any]:
    services = {}
    for service, (backends, counted) in COUNTERS.items():
        regions = _used_backends(backends, account)
        services[service] = {what: sum(count(backend) for backend in regions) for what, count in counted.items()}
    total = sum(sum(counts.values()) for counts in services.values())
    return {"total": total, "services": services}


def _used_backends(backends: Mapping[str, Any] | BackendDict[Any], account: str) -> Iterable[Any]:
    return list(backends[account].values()) if account in backends else []
