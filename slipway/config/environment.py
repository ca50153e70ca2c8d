"""`EnvironmentConfig`: everything a person decides about one environment, as one validated, frozen value."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, field_validator, model_validator
from pydantic_core import PydanticCustomError

from modules._shared.naming import Naming
from modules._shared.spec import Spec
from modules.api.spec import ApiSpec
from modules.delivery.spec import DeliverySpec
from modules.identity.spec import AccessSpec
from modules.kms.spec import KeySpec
from modules.load_test.spec import LoadTestSpec
from modules.network.spec import NetworkSpec
from modules.notifications.spec import NotificationsSpec
from modules.operations.spec import OperationsSpec
from modules.registry.spec import RegistrySpec
from modules.state_backend.spec import StateBackendSpec
from modules.storage.spec import StorageSpec
from modules.training.spec import TrainingSpec
from slipway.config.acknowledgement import Acknowledgement
from slipway.config.checks import cross_check
from slipway.config.endpoints import (
    AnyEndpoint,
    AsynchronousEndpoint,
    EndpointEntry,
    InstancesEndpoint,
    ModelEntry,
    OtherHosting,
    ServerlessEndpoint,
)
from slipway.config.finding import Finding
from slipway.config.names import CONSTRAINT_PATTERN, EnvironmentName, LowerName, Name, TagKey, TagValue, names_production
from slipway.config.observability import ObservabilitySpec
from slipway.config.problems import CROSS_FIELD

FROM_FILE_NAME = "name"
"""The one field that is not an option of the file (and so excluded from dumps): the file's own name gives it."""


class ProviderSpec(Spec):
    """The Terraform AWS provider an environment is applied with."""

    version: str = Field(
        ">= 5.100.0, < 7.0.0",
        pattern=CONSTRAINT_PATTERN,
        max_length=100,
        description="Terraform version constraint of hashicorp/aws; production may pin one version.",
    )


class EnvironmentConfig(Spec):
    """One environment: its own account, region, state, models and endpoints."""

    name: EnvironmentName = Field(exclude=True, description="Name of the environment: its file is environments/<name>.yaml.")
    project: LowerName = Field(description="First part of every name, such as slipway in slipway-prod-wine.")
    account_id: str = Field(pattern=r"^[0-9]{12}$", description="AWS account the environment lives in, 12 digits in quotes.")
    region: str = Field(pattern=r"^[a-z]{2}(-[a-z]+)+-[0-9]$", description="AWS region, such as eu-west-1.")
    production: bool | None = Field(
        None, description="Whether the policies for production apply. Default: by the name, prod, production, prod-* or production-*."
    )
    tags: dict[TagKey, TagValue] = Field(default_factory=dict, max_length=40, description="Tags of every resource, at most 40.")
    provider: ProviderSpec = Field(ProviderSpec(), description="Terraform AWS provider.")
    state: StateBackendSpec = Field(StateBackendSpec(), description="Where the Terraform state lives and how it is locked.")
    kms: KeySpec = Field(KeySpec(), description="Encryption keys.")
    registries: dict[LowerName, RegistrySpec] = Field(default_factory=dict, description="Image repositories, by name.")
    storage: StorageSpec = Field(StorageSpec(), description="Buckets.")
    models: dict[Name, ModelEntry] = Field(default_factory=dict, description="Models, by name.")
    endpoints: dict[Name, EndpointEntry] = Field(default_factory=dict, description="Endpoints, by name.")
    network: NetworkSpec | None = Field(None, description="VPC that models join with `network: private`. Default: none.")
    notifications: NotificationsSpec | None = Field(None, description="SNS topics that alarms tell, one for each severity. Default: none.")
    api: ApiSpec | None = Field(None, description="HTTP front door of the endpoints: API Gateway and Lambda. Default: none.")
    observability: ObservabilitySpec | None = Field(None, description="Dashboard, alarms and saved queries. Default: none.")
    load_test: LoadTestSpec | None = Field(None, description="Load testers that run in Lambda. Default: none.")
    training: TrainingSpec | None = Field(None, description="SageMaker Pipelines that train and register models. Default: none.")
    operations: OperationsSpec | None = Field(None, description="Schedules, time to live, budget, idle report. Default: none.")
    delivery: DeliverySpec | None = Field(None, description="CodePipeline that brings commits and approved packages here. Default: none.")
    access: AccessSpec = Field(AccessSpec(), description="Who may deploy and who may plan: people, and CI through OpenID Connect.")
    acknowledgements: Annotated[tuple[Acknowledgement, ...], Field(strict=False)] = Field(
        (), description="Policy findings the team accepts, each with a reason and an expiry date."
    )

    @field_validator("tags")
    @classmethod
    def _one_spelling(cls, tags: dict[str, str]) -> dict[str, str]:
        if len({key.lower() for key in tags}) < len(tags):
            raise ValueError("two keys differ only in case; IAM takes them for one")
        return tags

    @model_validator(mode="after")
    def _cross_check(self) -> EnvironmentConfig:
        data = self.model_dump(
            include={
                *("models", "endpoints", "registries", "network", "region", "load_test", "api", "notifications", "observability"),
                *("training", "operations", "delivery", "production"),
            }
        )
        findings = cross_check({**data, "project": self.project, "name": self.name}, self.models, self.endpoints)
        if findings:
            raise PydanticCustomError(CROSS_FIELD, "{text}", {"text": "; ".join(map(_show, findings))})
        return self

    @property
    def is_production(self) -> bool:
        """Whether the rules for production apply."""
        return names_production(self.name, self.production)

    @property
    def sagemaker_endpoints(self) -> dict[str, AnyEndpoint]:
        """The entries of `endpoints` that are SageMaker endpoints: instances, serverless, asynchronous."""
        return {n: e for n, e in self.endpoints.items() if isinstance(e, InstancesEndpoint | ServerlessEndpoint | AsynchronousEndpoint)}

    @property
    def other_hosting(self) -> dict[str, OtherHosting]:
        """The entries of `endpoints` that are no SageMaker endpoint: lambda, fargate, batch_transform."""
        return {n: e for n, e in self.endpoints.items() if not isinstance(e, InstancesEndpoint | ServerlessEndpoint | AsynchronousEndpoint)}

    @property
    def naming(self) -> Naming:
        """How everything in this environment is called and tagged."""
        return Naming(self.project, self.name, self.account_id, self.region, self.tags)


def _show(finding: Finding) -> str:
    return f"{'.'.join(map(str, finding.path))}: {finding.text}"
