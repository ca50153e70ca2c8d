"""What is deployed where: SageMaker endpoints, functions and services, from what AWS describes."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from modules._shared.naming import Naming
from slipway.training.deployed import Deployed, deployed_variants

IMAGE = "111111111111.dkr.ecr.eu-west-1.amazonaws.com/inference@sha256:" + "a" * 64
ANSWERS: dict[str, dict[str, Any]] = {
    "describe_endpoint slipway-dev-live": {"EndpointStatus": "InService", "EndpointConfigName": "c"},
    "describe_endpoint_config c": {
        "ProductionVariants": [{"VariantName": "a", "ModelName": "m1"}, {"VariantName": "b", "ModelName": "m2"}]
    },
    "describe_model m1": {"PrimaryContainer": {"Image": IMAGE, "ModelDataUrl": "s3://models/one.tar.gz"}},
    "describe_model m2": {"Containers": [{"Image": IMAGE, "ModelDataSource": {"S3DataSource": {"S3Uri": "s3://models/two/"}}}]},
    "get_function slipway-dev-fast": {
        "Configuration": {"State": "Active", "Environment": {"Variables": {"SLIPWAY_MODEL_URL": "s3://models/fast.tar.gz"}}},
        "Code": {"ImageUri": IMAGE},
    },
    "describe_services slipway-dev-busy": {"services": [{"status": "ACTIVE", "taskDefinition": "arn:x:task-definition/busy:3"}]},
    "describe_task_definition arn:x:task-definition/busy:3": {
        "taskDefinition": {
            "containerDefinitions": [{"image": IMAGE, "environment": [{"name": "SLIPWAY_MODEL_URL", "value": "s3://models/busy.tar.gz"}]}]
        }
    },
}


class Client:
    """Answers what is above; anything else does not exist."""

    def __getattr__(self, action: str) -> Any:
        def call(**named: Any) -> dict[str, Any]:
            try:
                return ANSWERS[f"{action} {next(iter(named.values()))}"]
            except KeyError:
                raise ClientError({"Error": {"Code": "ResourceNotFoundException"}}, action) from None

        return call


def test_every_kind_of_hosting():
    def variants(**models: str) -> Any:
        return SimpleNamespace(variants=[SimpleNamespace(variant_name=name, model=model) for name, model in models.items()])

    def other(kind: str, model: str) -> Any:
        return SimpleNamespace(hosting=SimpleNamespace(kind=kind), model=model)

    config = SimpleNamespace(
        name="dev",
        sagemaker_endpoints={"live": variants(a="wine", b="beer"), "gone": variants(a="wine")},
        other_hosting={
            **{"fast": other("lambda", "wine"), "busy": other("fargate", "beer"), "nightly": other("batch_transform", "wine")},
            **{"lost": other("lambda", "wine"), "none": other("fargate", "wine")},
        },
    )
    naming = Naming("slipway", "dev", "111111111111", "eu-west-1", {})
    account: Any = SimpleNamespace(config=config, naming=naming, client=lambda _service: Client())
    assert deployed_variants(account) == [
        Deployed("wine", "live", "a", "InService", IMAGE, "s3://models/one.tar.gz"),
        Deployed("beer", "live", "b", "InService", IMAGE, "s3://models/two/"),
        Deployed("wine", "fast", "live", "Active", IMAGE, "s3://models/fast.tar.gz"),
        Deployed("beer", "busy", "busy:3", "ACTIVE", IMAGE, "s3://models/busy.tar.gz"),
    ]
