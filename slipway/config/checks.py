"""Rules between parts of an environment: references that must exist, and parts that must fit each other."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any

from modules._shared.instance_types import names
from modules.autoscaling import fit as autoscaling
from modules.endpoint.spec import check_fit
from modules.endpoint_config.fit import check_instances, check_model, instance_variants
from slipway.config.checks_api import api_references
from slipway.config.checks_delivery import delivery_references
from slipway.config.checks_hosting import OTHER, hosting_references
from slipway.config.checks_images import prebuilt_images
from slipway.config.checks_load_test import load_test_references
from slipway.config.checks_names import prefix_fits
from slipway.config.checks_network import network_references
from slipway.config.checks_observability import observability_references
from slipway.config.checks_operations import operations_references
from slipway.config.checks_optimize import compiled_models
from slipway.config.checks_training import training_references
from slipway.config.endpoints import AnyEndpoint, AnyModel, OtherHosting
from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import did_you_mean

_STEP = re.compile(r"([^.\[\]]+)|\[([0-9]+)\]")


def cross_check(
    data: Mapping[str, Any], models: Mapping[str, AnyModel], endpoints: Mapping[str, AnyEndpoint | OtherHosting]
) -> list[Finding]:
    """Every broken rule. `data` is the plain configuration, of which any part may be malformed; `models` and `endpoints`
    are the entries that are valid by themselves.
    """
    return [
        *prefix_fits(data),
        *references(data),
        *network_references(data),
        *api_references(data),
        *load_test_references(data),
        *observability_references(data),
        *training_references(data),
        *prebuilt_images(data),
        *compiled_models(data),
        *hosting_references(data),
        *operations_references(data),
        *delivery_references(data),
        *fits(models, {name: entry for name, entry in endpoints.items() if not isinstance(entry, OtherHosting)}),
    ]


def references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """References that name nothing, and names that clash."""
    models, registries, endpoints = (_map(data.get(key)) for key in ("models", "registries", "endpoints"))
    for name, model in models.items():
        for path, container in _containers(_map(model)):
            yield from _known(("models", name, *path, "image"), container.get("image"), registries, "registry")
    for name, endpoint in endpoints.items():
        if _map(_map(endpoint).get("hosting")).get("kind") not in OTHER:
            yield from _endpoint_references(("endpoints", name), _map(endpoint), models)
    yield from _clashes(endpoints)


def _endpoint_references(path: Path, endpoint: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Finding]:
    production = []
    for option in ("variants", "shadow_variants"):
        for index, variant in enumerate(_list(endpoint.get(option))):
            at = (*path, option, index)
            yield from _known((*at, "model"), _map(variant).get("model"), models, "model")
            yield from _known((*at, "instance_type"), _map(variant).get("instance_type"), names(), "instance type")
            if option == "variants":
                production.append(str(_map(variant).get("variant_name")))
    for variant_name in _map(endpoint.get("autoscaling")):
        yield from _known((*path, "autoscaling", variant_name), variant_name, production, "variant")


def _known(path: Path, value: Any, known: Any, what: str) -> Iterator[Finding]:
    if isinstance(value, str) and value not in known:
        yield Finding(path, f"unknown {what} {value[:80]!r}{did_you_mean(value, map(str, known))}")


def _clashes(endpoints: Mapping[str, Any]) -> Iterator[Finding]:
    """SageMaker compares endpoint names without regard to case when it creates one."""
    first: dict[str, str] = {}
    for name in map(str, endpoints):
        other = first.setdefault(name.lower(), name)
        if other != name:
            yield Finding(("endpoints", name), f"differs only in case from endpoint {other}; SageMaker takes them for one")


def _containers(model: Mapping[str, Any]) -> Iterator[tuple[Path, Mapping[str, Any]]]:
    yield ("container",), _map(model.get("container"))
    for index, container in enumerate(_list(model.get("containers"))):
        yield ("containers", index), _map(container)


def fits(models: Mapping[str, AnyModel], endpoints: Mapping[str, AnyEndpoint]) -> Iterator[Finding]:
    """What the modules themselves say about endpoints with these models, instance types and scaling."""
    for name, endpoint in endpoints.items():
        for path, text in _endpoint_fits(endpoint):
            yield Finding(("endpoints", name, *steps(path)), text)
        for model in dict.fromkeys(variant.model for variant in endpoint.variants):
            if model in models:
                yield from _model_fits(name, endpoint, model, models[model])


def _endpoint_fits(endpoint: AnyEndpoint) -> Iterator[tuple[str, str]]:
    counts = {variant.variant_name: getattr(variant, "initial_instance_count", 1) for variant in endpoint.variants}
    yield from check_fit(endpoint, hosting_kind=endpoint.hosting.kind, instance_counts=counts)
    if all(variant.instance_type in names() for _, variant in instance_variants(endpoint)):
        yield from check_instances(endpoint)
        yield from _scaling_fits(endpoint)


def _scaling_fits(endpoint: AnyEndpoint) -> Iterator[tuple[str, str]]:
    for variant in endpoint.variants:
        if scaling := endpoint.autoscaling.get(variant.variant_name):
            managed = getattr(variant, "managed_instance_scaling", None)
            for path, text in autoscaling.check_fit(
                scaling,
                endpoint.hosting.kind,
                instance_type=getattr(variant, "instance_type", None),
                provisioned_concurrency=getattr(variant, "provisioned_concurrency", None),
                max_concurrency=getattr(variant, "max_concurrency", None),
                managed_instance_scaling=managed is not None and managed.status == "ENABLED",
            ):
                yield f"autoscaling.{variant.variant_name}.{path}", text


def _model_fits(name: str, endpoint: AnyEndpoint, model_name: str, model: AnyModel) -> Iterator[Finding]:
    broken = check_model(endpoint, model_kind=model.kind, enable_network_isolation=model.enable_network_isolation, in_vpc=model.in_vpc)
    for option, text in broken:
        written = "network" if option == "vpc_config" and model.network else option
        yield Finding(("models", model_name, written), f"endpoint {name}: {text}")


def steps(path: str) -> Path:
    """`variants[0].instance_type` as a path."""
    return tuple(int(index) if index else key for key, index in _STEP.findall(path))


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
