"""Rules between the delivery pipeline, the rest of its environment, and the environments that it delivers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from modules.delivery.access import principals
from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import ConfigErrors, did_you_mean
from slipway.errors import InputError

if TYPE_CHECKING:
    from modules.delivery.spec import DeliveredEnvironment
    from modules.identity.spec import AccessSpec
    from slipway.config.environment import EnvironmentConfig

_AT: Path = ("delivery", "environments")
_ASKED = ("instances", "serverless", "asynchronous", "lambda", "fargate")
"""Kinds of hosting that answer a request, as a smoke test needs it; an asynchronous one in S3."""


def delivery_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What the file alone shows. Any part of `data` may be malformed."""
    delivery = _map(data.get("delivery"))
    items = delivery.get("environments")
    first = _map(items[0]).get("name") if isinstance(items, (list, tuple)) and items else None
    if isinstance(first, str) and first != data.get("name"):
        yield Finding((*_AT, 0, "name"), f"the first environment is the one whose file this is: {data.get('name')}")
    yield from _image(_map(delivery.get("image")), _map(data.get("registries")), _map(data.get("models")))


def _image(image: Mapping[str, Any], registries: Mapping[str, Any], models: Mapping[str, Any]) -> Iterator[Finding]:
    registry, chosen = image.get("registry"), image.get("models")
    at: Path = ("delivery", "image")
    if isinstance(registry, str) and registry not in registries:
        yield Finding((*at, "registry"), f"unknown registry {registry[:80]!r}{did_you_mean(registry, map(str, registries))}")
        return
    for index, name in enumerate(chosen if isinstance(chosen, (list, tuple)) else ()):
        where = (*at, "models", index)
        if not isinstance(name, str):
            continue
        if name not in models:
            yield Finding(where, f"unknown model {name[:80]!r}{did_you_mean(name, map(str, models))}")
        elif _map(_map(models[name]).get("container")).get("image") != registry:
            yield Finding(where, f"the container of model {name} is not of registry {registry}")


def delivered_findings(config: EnvironmentConfig, root: FilePath, other: Callable[[str], EnvironmentConfig]) -> list[Finding]:
    """What the files of the delivered environments show. `other` reads one of them, by its name."""
    if config.delivery is None:
        return []
    found = list(_release_into_production(config))
    for index, item in enumerate(config.delivery.environments):
        at: Path = (*_AT, index)
        try:
            delivered = config if item.name == config.name else other(item.name)
        except InputError as error:
            found.append(Finding((*at, "name"), str(error).splitlines()[0]))
            continue
        found += _delivered(at, item, delivered, config)
        found += _case_files(at, item, root)
    return found


def _release_into_production(config: EnvironmentConfig) -> Iterator[Finding]:
    """The release build has the deploy role of the first environment, and nobody approves what it does."""
    if config.is_production and config.training is not None and config.delivery is not None and config.delivery.release_approved_packages:
        text = f"{config.name} is production, and a release would have its deploy role before any approval; deliver another one first"
        yield Finding(("delivery", "release_approved_packages"), f"{text}, or turn this off")


def _delivered(at: Path, item: DeliveredEnvironment, config: EnvironmentConfig, home: EnvironmentConfig) -> Iterator[Finding]:
    if config.is_production and not item.approval:
        yield Finding((*at, "approval"), f"{item.name} is production: its plan needs an approval")
    for option, missing in _strangers(home, item.name, config.access):
        text = f"{item.name} does not let the builds in: add {', '.join(missing)} to access.{option} of environments/{item.name}.yaml"
        yield Finding((*at, "name"), text)
    for endpoint in item.cases:
        if endpoint not in config.endpoints:
            yield Finding((*at, "cases", endpoint), f"{item.name} has no such endpoint{did_you_mean(endpoint, config.endpoints)}")
        elif config.endpoints[endpoint].hosting.kind not in _ASKED:
            kind = config.endpoints[endpoint].hosting.kind
            yield Finding((*at, "cases", endpoint), f"an endpoint of kind {kind} answers no request, so no case can be compared")


def _strangers(home: EnvironmentConfig, name: str, access: AccessSpec) -> Iterator[tuple[str, list[str]]]:
    """Builds' roles that `access` names neither by themselves nor by their whole account."""
    if home.delivery is None:
        return
    releases = home.delivery.release_approved_packages and home.training is not None
    wanted = principals(home.naming, home.delivery, name, releases=releases)
    root = f":iam::{home.account_id}:root"
    for option, roles in (("deploy_principals", wanted.deploy), ("read_only_principals", wanted.read_only)):
        named = getattr(access, option)
        missing = [role for role in roles if role not in named]
        if missing and not any(arn.endswith(root) for arn in named):
            yield option, missing


def _case_files(at: Path, item: DeliveredEnvironment, root: FilePath) -> Iterator[Finding]:
    from slipway.contract.cases import load_cases

    for endpoint, path in item.cases.items():
        try:
            load_cases(root / path)
        except ConfigErrors as error:
            yield from (Finding((*at, "cases", endpoint), str(problem)) for problem in error.problems)
        except InputError as error:
            yield Finding((*at, "cases", endpoint), f"{error}; {error.fix}")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
