"""Options of a SageMaker endpoint configuration (API: CreateEndpointConfig).

`InstancesConfig`, `ServerlessConfig` and `AsynchronousConfig` differ by `hosting.kind`, so an option that a
hosting kind does not know cannot be written. `EndpointConfigSpec` is any of the three.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec
from modules.endpoint_config.variants import InstanceVariant, ServerlessVariant, Variant

_S3_URI = r"^s3://[a-z0-9][a-z0-9.-]{1,61}[a-z0-9](/[^\s$%]*)?$"
_TOPIC_ARN = r"^arn:aws[a-z-]*:sns:[a-z0-9-]+:[0-9]{12}:[a-zA-Z0-9_-]{1,256}$"
_ContentType = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9.])*/[a-zA-Z0-9](-*[a-zA-Z0-9+.])*$", max_length=256)]
_ContentTypes = Annotated[tuple[_ContentType, ...], Field(strict=False)]
_CaptureModes = Annotated[tuple[Literal["Input", "Output"], ...], Field(strict=False), AtLeast(1)]
_Topics = Annotated[tuple[Literal["SUCCESS_NOTIFICATION_TOPIC", "ERROR_NOTIFICATION_TOPIC"], ...], Field(strict=False)]


class DataCapture(Spec):
    """Copies of requests and responses, written to the data capture bucket and encrypted with the storage key."""

    sampling_percentage: int = Field(ge=0, le=100, description="Percentage of requests to keep; 0 turns capture off.")
    capture_modes: _CaptureModes = Field(("Input", "Output"), max_length=2, description="Keep requests, responses or both.")
    json_content_types: _ContentTypes = Field(
        ("application/json",), max_length=10, description="Content types kept as JSON; others are base64 in the captured files."
    )
    csv_content_types: _ContentTypes = Field(("text/csv",), max_length=10, description="Content types kept as CSV text.")

    @model_validator(mode="after")
    def _no_type_twice(self) -> DataCapture:
        if both := sorted(set(self.json_content_types) & set(self.csv_content_types)):
            raise ValueError(f"content type {both[0]} cannot be JSON and CSV at once")
        return self


class InstancesHosting(Spec):
    """Real-time inference on instances."""

    kind: Literal["instances"] = Field("instances", description="Real-time inference on instances.")


class ServerlessHosting(Spec):
    """Serverless inference: scales by itself, to zero too."""

    kind: Literal["serverless"] = Field(description="Serverless inference.")


class AsynchronousHosting(Spec):
    """Asynchronous inference: requests queue, results are written to S3."""

    kind: Literal["asynchronous"] = Field(description="Asynchronous inference on instances.")
    s3_output_path: str | None = Field(
        None, pattern=_S3_URI, max_length=512, description="S3 prefix of results. Default: `<endpoint>/output` in the async output bucket."
    )
    s3_failure_path: str | None = Field(
        None,
        pattern=_S3_URI,
        max_length=512,
        description="S3 prefix of failures. Default: `<endpoint>/failure` in the async output bucket.",
    )
    success_topic: str | None = Field(None, pattern=_TOPIC_ARN, description="SNS topic told of each success. Default: none.")
    error_topic: str | None = Field(None, pattern=_TOPIC_ARN, description="SNS topic told of each failure. Default: none.")
    include_inference_response_in: _Topics = Field((), max_length=2, description="Topics whose messages carry the response itself.")
    max_concurrent_invocations_per_instance: int | None = Field(
        None, ge=1, le=1000, description="Requests sent to one instance at a time. Default: chosen by SageMaker."
    )

    @model_validator(mode="after")
    def _response_needs_topic(self) -> AsynchronousHosting:
        for name, topic in (("SUCCESS", self.success_topic), ("ERROR", self.error_topic)):
            if f"{name}_NOTIFICATION_TOPIC" in self.include_inference_response_in and not topic:
                raise ValueError(f"include_inference_response_in names {name}_NOTIFICATION_TOPIC, but {name.lower()}_topic is not set")
        return self


_InstanceVariants = Annotated[tuple[InstanceVariant, ...], Field(strict=False)]
_ProductionVariants = Annotated[tuple[InstanceVariant, ...], Field(strict=False), AtLeast(1)]


class InstancesConfig(Spec):
    """Real-time endpoint: 1 to 10 production variants, or one with one shadow variant."""

    hosting: InstancesHosting = Field(default_factory=InstancesHosting, description="Real-time inference on instances.")
    variants: _ProductionVariants = Field(max_length=10, description="Production variants; several make an A/B test.")
    shadow_variants: _InstanceVariants = Field(
        (), max_length=1, description="Variant that gets a copy of the traffic; its answers are dropped."
    )
    data_capture: DataCapture | None = Field(None, description="Keep requests and responses. Default: off.")

    @model_validator(mode="after")
    def _check(self) -> InstancesConfig:
        _check_variants((*self.variants, *self.shadow_variants), self.variants)
        if self.shadow_variants and len(self.variants) > 1:
            raise ValueError("a shadow variant goes with exactly one production variant (API: ShadowProductionVariants)")
        return self


class ServerlessConfig(Spec):
    """Serverless endpoint. SageMaker supports one variant, and neither data capture nor shadow variants."""

    hosting: ServerlessHosting = Field(description="Serverless inference.")
    variants: Annotated[tuple[ServerlessVariant, ...], Field(strict=False), AtLeast(1)] = Field(
        max_length=1, description="The one variant."
    )

    @model_validator(mode="after")
    def _check(self) -> ServerlessConfig:
        _check_variants(self.variants, self.variants)
        return self


class AsynchronousConfig(Spec):
    """Asynchronous endpoint on instances."""

    hosting: AsynchronousHosting = Field(description="Asynchronous inference and its output.")
    variants: _ProductionVariants = Field(max_length=10, description="Production variants.")
    data_capture: DataCapture | None = Field(None, description="Keep requests and responses. Default: off.")

    @model_validator(mode="after")
    def _check(self) -> AsynchronousConfig:
        _check_variants(self.variants, self.variants)
        return self


def _check_variants(everything: Sequence[Variant], production: Sequence[Variant]) -> None:
    names = [variant.variant_name for variant in everything]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise ValueError(f"variant names must be unique; used twice: {', '.join(twice)}")
    if not any(variant.initial_variant_weight for variant in production):
        raise ValueError("at least one production variant needs an initial_variant_weight above 0")


def hosting_kind(value: Any) -> str:
    """The tag of an endpoint's options: what `hosting.kind` says, or `instances`. For pydantic's `Discriminator`."""
    hosting = value.get("hosting") if isinstance(value, Mapping) else getattr(value, "hosting", None)
    kind = hosting.get("kind", "instances") if isinstance(hosting, Mapping) else getattr(hosting, "kind", "instances")
    return str(kind)


EndpointConfigSpec = Annotated[
    Annotated[InstancesConfig, Tag("instances")]
    | Annotated[ServerlessConfig, Tag("serverless")]
    | Annotated[AsynchronousConfig, Tag("asynchronous")],
    Discriminator(hosting_kind),
]
"""Any endpoint configuration; `hosting.kind` decides which."""

AnyEndpointConfigSpec = InstancesConfig | ServerlessConfig | AsynchronousConfig
