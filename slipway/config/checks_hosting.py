"""Rules between hosting by Lambda, Fargate and batch transform and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from modules.lambda_endpoint.fit import check_variables
from slipway.config.checks_batch_transform import batch_transform
from slipway.config.checks_fargate import fargate_references
from slipway.config.finding import Finding
from slipway.config.problems import did_you_mean

OTHER = ("lambda", "fargate", "batch_transform")
_FETCHED = ("lambda", "fargate")
"""Kinds whose container fetches the model's one archive itself."""
_CONTAINERS = {
    "pipeline": "an inference pipeline is several containers that SageMaker calls one after the other",
    "multi_model": "a multi-model container is told by SageMaker which models to load",
}
_ANYWHERE = ("0.0.0.0/0", 443)
_TAKEN = ("api", "load-test", "operations")
"""Last parts of the names of Slipway's own functions."""


def hosting_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """Any part of `data` may be malformed."""
    models, endpoints = _map(data.get("models")), _map(data.get("endpoints"))
    for name, endpoint in endpoints.items():
        kind, model = str(_map(_map(endpoint).get("hosting")).get("kind")), _map(endpoint).get("model")
        if kind not in OTHER or not isinstance(model, str):
            continue
        if model not in models:
            yield Finding(("endpoints", name, "model"), f"unknown model {model[:80]!r}{did_you_mean(model, map(str, models))}")
        elif kind == "batch_transform":
            yield from batch_transform(name, _map(endpoint), model, _map(models[model]), models)
        elif kind in _FETCHED:
            yield from _one_archive(name, kind, model, _map(models[model]))
            if kind == "lambda":
                yield from _function(name, model, _map(models[model]))
    yield from fargate_references(data)
    yield from _asked(data, {str(name): str(_map(_map(entry).get("hosting")).get("kind")) for name, entry in endpoints.items()})


def _asked(data: Mapping[str, Any], kinds: Mapping[str, str]) -> Iterator[Finding]:
    """Who sends requests to what takes them another way, or never."""
    target = _map(_map(data.get("load_test")).get("target"))
    kind = kinds.get(str(target.get("name")))
    if target.get("kind", "endpoint") == "endpoint" and kind in OTHER:
        text = f"{target['name']} is hosted by {kind}, which no tester can invoke directly; test it through the API: kind: api"
        yield Finding(("load_test", "target", "kind"), text)
    offered = [str(name) for name in _map(_map(data.get("api")).get("endpoints"))]
    for name in offered:
        if kinds.get(name) == "batch_transform":
            yield Finding(("api", "endpoints", name), f"{name} is hosted by batch_transform: it answers no requests")
    functions = [name for name in offered if kinds.get(name) == "lambda"]
    if functions and _map(_map(data.get("api")).get("function")).get("network") == "private":
        yield from _closed(data.get("network"), functions[0])


def _closed(network: Any, name: str) -> Iterator[Finding]:
    """The way from a private function to Lambda: its interface endpoint, or NAT that everything may use."""
    if not isinstance(network, Mapping) or network.get("kind") != "create":
        return
    rules = network.get("egress")
    listed = [_map(rule) for rule in rules] if isinstance(rules, list | tuple) else []
    everywhere = any((rule.get("cidr"), rule.get("port", 443)) == _ANYWHERE for rule in listed)
    given = network.get("interface_endpoints")
    if "lambda" in (given if isinstance(given, list | tuple) else ()) or (everywhere and network.get("nat") != "none"):
        return
    text = f"without lambda the private function of the API does not reach endpoint {name}; list lambda beside the others"
    yield Finding(("network", *(["interface_endpoints"] if given is not None else [])), text)


def _one_archive(name: str, kind: str, model_name: str, model: Mapping[str, Any]) -> Iterator[Finding]:
    """What a container that SageMaker does not start cannot do."""
    at = ("endpoints", name, "model")
    called = {"lambda": "a Lambda function", "fargate": "a Fargate task"}[kind]
    if reason := _CONTAINERS.get(str(model.get("kind"))):
        yield Finding(at, f"model {model_name} is of kind {model['kind']}: {reason}; {called} runs a model of one container")
        return
    container = _map(model.get("container"))
    if container.get("model_data") == "uncompressed":
        yield Finding(at, f"model {model_name} has model_data: uncompressed; {called} fetches one archive: use compressed, or none")
    if container.get("image_config"):
        yield Finding(at, f"model {model_name} has an image_config, which is SageMaker's; {called} takes its image from ECR")


def _function(name: str, model_name: str, model: Mapping[str, Any]) -> Iterator[Finding]:
    if name.lower() in _TAKEN:
        yield Finding(("endpoints", name), f"the function would be called as Slipway's own function {name.lower()}; choose another name")
    variables = {str(key): str(value) for key, value in _map(_map(model.get("container")).get("environment")).items()}
    for variable, text in check_variables(variables):
        path = ("models", model_name, "container", "environment", *([variable] if variable else []))
        yield Finding(path, f"endpoint {name} is a Lambda function: {text}")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
