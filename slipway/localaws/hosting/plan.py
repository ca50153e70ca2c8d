"""What it takes to start an instance of a variant: image, model data and environment of each of its containers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from slipway.containers.source import SavedImage
from slipway.localaws.hosting import folders
from slipway.localaws.hosting.data import fetch_model
from slipway.localaws.hosting.definition import Definition, containers_of
from slipway.localaws.hosting.errors import HostingFailed
from slipway.localaws.hosting.images import Image, find_image, save_image


@dataclass(frozen=True)
class ContainerPlan:
    """One container. `model` is its unpacked model folder; `models` the S3 prefix of a multi-model container, else empty."""

    name: str
    image: Image
    source: SavedImage
    model: Path | None
    models: str
    environment: Mapping[str, str]


@dataclass(frozen=True)
class VariantPlan:
    """One variant: its part of the configuration, its model, and the containers of each instance in order."""

    spec: dict[str, Any]
    model: dict[str, Any]
    containers: tuple[ContainerPlan, ...]
    folder: Path

    @property
    def name(self) -> str:
        """The variant's name."""
        return str(self.spec["VariantName"])

    @property
    def serverless(self) -> bool:
        """Whether it runs on demand."""
        return "ServerlessConfig" in self.spec

    @property
    def multi_model(self) -> bool:
        """Whether its container loads models on request."""
        return any(container.models for container in self.containers)

    def called(self, container: ContainerPlan) -> str:
        """How a FailureReason calls the container."""
        return "primary container" if len(self.containers) == 1 else f"{container.name} container"


def plan_variant(definition: Definition, spec: dict[str, Any]) -> VariantPlan:
    """Fetch everything a variant needs. Raises HostingFailed with SageMaker's FailureReason; nothing is left behind then."""
    model = definition.models[spec["ModelName"]]
    folder = folders.new_folder()
    try:
        plans = [
            _plan_container(container, f"container_{number}", spec["VariantName"], folder / str(number), definition.region)
            for number, container in enumerate(containers_of(model), 1)
        ]
        return VariantPlan(spec, model, tuple(plans), folder)
    except BaseException:
        folders.remove(folder)
        raise


def _plan_container(container: dict[str, Any], default: str, variant: str, folder: Path, region: str) -> ContainerPlan:
    name = container.get("ContainerHostname", default)
    image = find_image(container.get("Image", ""))
    if image is None:
        reference = container.get("Image", "of a model package")
        raise HostingFailed(
            f"The repository or the image '{reference}' of your container {name} for variant {variant} does not exist. "
            "The local AWS runs images of the local ECR only."
        )
    multi = container.get("Mode") == "MultiModel"
    folder.mkdir()
    return ContainerPlan(
        name=name,
        image=image,
        source=SavedImage(save_image(image, folders.images())),
        model=None if multi else fetch_model(container, name, variant, folder),
        models=_prefix(container) if multi else "",
        environment={**_environment(region, multi), **container.get("Environment", {})},
    )


def _environment(region: str, multi: bool) -> dict[str, str]:
    """SageMaker's own variables; those of the model go over them. Port and folders are set by the launcher."""
    return {"AWS_REGION": region, "AWS_DEFAULT_REGION": region, **({"SAGEMAKER_MULTI_MODEL": "true"} if multi else {})}


def _prefix(container: dict[str, Any]) -> str:
    source = container.get("ModelDataSource", {}).get("S3DataSource", {}).get("S3Uri")
    prefix: str = container.get("ModelDataUrl") or source or ""
    return prefix if prefix.endswith("/") else prefix + "/"
