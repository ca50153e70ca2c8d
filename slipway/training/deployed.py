"""Which endpoint and variant runs what, as AWS says it: image and model data of everything that is live, on every kind of hosting."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from modules.fargate_endpoint.spec import service_name
from modules.lambda_endpoint.spec import ALIAS, function_name
from slipway.artifacts.account import Account, error_code, explain

MODEL_URL = "SLIPWAY_MODEL_URL"
"""Where a container outside SageMaker fetches its model from."""
_ABSENT = (
    *("ValidationException", "ResourceNotFound", "ResourceNotFoundException"),
    *("ClusterNotFoundException", "ServiceNotFoundException"),
)


@dataclass(frozen=True)
class Deployed:
    """Something that answers with a model. `model` is the key of `models`; image and model data are those of the first container."""

    model: str
    endpoint: str
    variant: str
    status: str
    image: str = ""
    model_data: str = ""


def deployed_variants(account: Account) -> list[Deployed]:
    """Variants of SageMaker endpoints, functions and services that exist. Batch jobs run what is released when they start."""
    found = [item for key in account.config.sagemaker_endpoints for item in _of_endpoint(account, key)]
    for key, entry in account.config.other_hosting.items():
        if entry.hosting.kind == "lambda":
            found += _of_function(account, key, entry.model)
        if entry.hosting.kind == "fargate":
            found += _of_service(account, key, entry.model)
    return found


def _of_endpoint(account: Account, key: str) -> Iterator[Deployed]:
    endpoint = _ask(account, "sagemaker", "describe_endpoint", EndpointName=account.naming.name(key))
    if endpoint is None:
        return
    name = endpoint["EndpointConfigName"]
    config = _ask(account, "sagemaker", "describe_endpoint_config", EndpointConfigName=name) or {}
    models = {variant.variant_name: variant.model for variant in account.config.sagemaker_endpoints[key].variants}
    for variant in config.get("ProductionVariants", []):
        described = _ask(account, "sagemaker", "describe_model", ModelName=variant["ModelName"]) or {}
        containers = [*([described["PrimaryContainer"]] if "PrimaryContainer" in described else []), *described.get("Containers", [])]
        container: dict[str, Any] = containers[0] if containers else {}
        source = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri", "")
        yield Deployed(
            model=models.get(variant["VariantName"], ""),
            endpoint=key,
            variant=variant["VariantName"],
            status=endpoint["EndpointStatus"],
            image=container.get("Image", ""),
            model_data=container.get("ModelDataUrl", source),
        )


def _of_function(account: Account, key: str, model: str) -> Iterator[Deployed]:
    found = _ask(account, "lambda", "get_function", FunctionName=function_name(account.naming, key), Qualifier=ALIAS)
    if found is not None:
        given = found["Configuration"]
        variables = given.get("Environment", {}).get("Variables", {})
        image = found.get("Code", {}).get("ImageUri", "")
        yield Deployed(model, key, ALIAS, given.get("State", "Active"), image, variables.get(MODEL_URL, ""))


def _of_service(account: Account, key: str, model: str) -> Iterator[Deployed]:
    name = service_name(account.naming, key)
    found = _ask(account, "ecs", "describe_services", cluster=name, services=[name]) or {"services": []}
    for service in found["services"]:
        if service["status"] != "ACTIVE":
            continue
        described = _ask(account, "ecs", "describe_task_definition", taskDefinition=service["taskDefinition"]) or {}
        container: dict[str, Any] = next(iter(described.get("taskDefinition", {}).get("containerDefinitions", [])), {})
        variables = {item["name"]: item["value"] for item in container.get("environment", [])}
        revision = service["taskDefinition"].rpartition("/")[2]
        yield Deployed(model, key, revision, service["status"], container.get("image", ""), variables.get(MODEL_URL, ""))


def _ask(account: Account, service: str, action: str, **named: Any) -> dict[str, Any] | None:
    """What AWS says; None when there is no such thing."""
    from botocore.exceptions import ClientError

    try:
        found: dict[str, Any] = getattr(account.client(service), action)(**named)
    except ClientError as error:
        if error_code(error) in _ABSENT:
            return None
        raise explain(error, f"{action.replace('_', ' ')} {next(iter(named.values()))}", account) from None
    return found
