"""How much is left in each account: what `make demo` shows to be zero after it has destroyed everything."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from moto.apigateway.models import apigateway_backends
from moto.applicationautoscaling.models import applicationautoscaling_backends
from moto.awslambda.models import lambda_backends
from moto.cloudwatch.models import cloudwatch_backends
from moto.cognitoidp.models import cognitoidp_backends
from moto.core.base_backend import BackendDict
from moto.dynamodb.models import dynamodb_backends
from moto.ec2.models import ec2_backends
from moto.ecr.models import ecr_backends
from moto.iam.models import iam_backends
from moto.kms.models import kms_backends
from moto.logs.models import logs_backends
from moto.s3.models import s3_backends
from moto.sagemaker.models import sagemaker_backends
from moto.sns.models import sns_backends
from moto.ssm.models import ssm_backends
from moto.wafv2.models import wafv2_backends

from slipway.localaws import inventory_ec2
from slipway.localaws.logs import definitions

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


COUNTERS: dict[str, tuple[BackendDict[Any], dict[str, Counter]]] = {
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
    "cloudwatch": (cloudwatch_backends, {"alarms": lambda b: len(b.alarms), "dashboards": lambda b: len(b.dashboards)}),
    "cognito-idp": (cognitoidp_backends, {"user_pools": lambda b: len(b.user_pools)}),
    "dynamodb": (dynamodb_backends, {"tables": lambda b: len(b.tables)}),
    "ec2": (ec2_backends, inventory_ec2.COUNTERS),
    "ecr": (
        ecr_backends,
        {"repositories": lambda b: len(b.repositories), "images": _images},
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
    "logs": (logs_backends, {"log_groups": lambda b: len(b.groups), "query_definitions": lambda b: len(definitions(b))}),
    "s3": (s3_backends, {"buckets": lambda b: len(b.buckets), "object_versions": _object_versions}),
    "sagemaker": (
        sagemaker_backends,
        {
            "models": lambda b: len(b._models),
            "endpoint_configs": lambda b: len(b.endpoint_configs),
            "endpoints": lambda b: len(b.endpoints),
        },
    ),
    "sns": (sns_backends, {"topics": lambda b: len(b.topics)}),
    "ssm": (ssm_backends, {"parameters": _own_parameters}),
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
    for service, (backends, counters) in COUNTERS.items():
        regions = _used_backends(backends, account)
        services[service] = {what: sum(count(backend) for backend in regions) for what, count in counters.items()}
    total = sum(sum(counts.values()) for counts in services.values())
    return {"total": total, "services": services}


def _used_backends(backends: BackendDict[Any], account: str) -> Iterable[Any]:
    return list(backends[account].values()) if account in backends else []
