"""Entries of `models` and `endpoints`: the modules' options of one thing, side by side in one map."""

from __future__ import annotations

from typing import Annotated

from pydantic import Discriminator, Field, Tag

from modules._shared.spec import Spec
from modules.autoscaling.spec import AutoscalingSpec
from modules.batch_transform.spec import BatchTransformConfig
from modules.endpoint.spec import EndpointSpec
from modules.endpoint_config.spec import AsynchronousConfig, InstancesConfig, ServerlessConfig, hosting_kind
from modules.fargate_endpoint.spec import FargateConfig
from modules.identity.spec import ExecutionRoleSpec
from modules.lambda_endpoint.spec import LambdaConfig
from modules.model.spec import MultiModelSpec, PipelineModelSpec, SingleModelSpec, model_kind
from slipway.config.names import Name


class _WithRole(Spec):
    execution_role: ExecutionRoleSpec = Field(
        ExecutionRoleSpec(), description="Role SageMaker runs the model with: generated from what the model uses, or brought along."
    )


class SingleModel(SingleModelSpec, _WithRole):
    """A model of one container."""


class PipelineModel(PipelineModelSpec, _WithRole):
    """A model of several containers, called one after the other."""


class MultiModel(MultiModelSpec, _WithRole):
    """One container that loads many models on request."""


AnyModel = SingleModel | PipelineModel | MultiModel
ModelEntry = Annotated[
    Annotated[SingleModel, Tag("single")] | Annotated[PipelineModel, Tag("pipeline")] | Annotated[MultiModel, Tag("multi_model")],
    Discriminator(model_kind),
]
"""One entry of `models`; `kind` decides which (default: single)."""


class _Scaled(EndpointSpec):
    autoscaling: dict[Name, AutoscalingSpec] = Field(
        default_factory=dict, description="How variants scale, by variant name. A variant that is not here keeps its instance count."
    )


class InstancesEndpoint(InstancesConfig, _Scaled):
    """A real-time endpoint on instances."""


class ServerlessEndpoint(ServerlessConfig, _Scaled):
    """A serverless endpoint."""


class AsynchronousEndpoint(AsynchronousConfig, _Scaled):
    """An asynchronous endpoint on instances."""


class LambdaEndpoint(LambdaConfig):
    """A model in a Lambda function made of its container image."""


class FargateEndpoint(FargateConfig):
    """A model on ECS Fargate behind an internal load balancer."""


class BatchTransformEndpoint(BatchTransformConfig):
    """A model that scores files by batch transform jobs: nothing answers requests."""


AnyEndpoint = InstancesEndpoint | ServerlessEndpoint | AsynchronousEndpoint
"""A SageMaker endpoint."""
OtherHosting = LambdaEndpoint | FargateEndpoint | BatchTransformEndpoint
"""A model hosted outside a SageMaker endpoint."""
EndpointEntry = Annotated[
    Annotated[InstancesEndpoint, Tag("instances")]
    | Annotated[ServerlessEndpoint, Tag("serverless")]
    | Annotated[AsynchronousEndpoint, Tag("asynchronous")]
    | Annotated[LambdaEndpoint, Tag("lambda")]
    | Annotated[FargateEndpoint, Tag("fargate")]
    | Annotated[BatchTransformEndpoint, Tag("batch_transform")],
    Discriminator(hosting_kind),
]
"""One entry of `endpoints`; `hosting.kind` decides which (default: instances)."""
