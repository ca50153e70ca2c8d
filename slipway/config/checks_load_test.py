"""Rules between the load test and the rest of an environment: what it is sent to must be there and able to answer, and its cases too."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path as FilePath
from typing import TYPE_CHECKING, Any

from slipway.config.finding import Finding
from slipway.config.nodes import Path
from slipway.config.problems import ConfigErrors, did_you_mean
from slipway.errors import InputError

if TYPE_CHECKING:
    from modules.load_test.spec import LoadTestSpec

_TARGET: Path = ("load_test", "target")


def load_test_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """What `load_test.target` names must exist. `data` is the plain configuration, of which any part may be malformed."""
    target = _map(_map(data.get("load_test")).get("target"))
    name = target.get("name")
    if not isinstance(name, str):
        return
    if target.get("kind", "endpoint") == "api":
        yield from _api_target(target, name, _map(data.get("api")))
        return
    endpoints = _map(data.get("endpoints"))
    if name not in endpoints:
        yield _unknown("endpoint", name, endpoints)
        return
    endpoint = _map(endpoints[name])
    if _map(endpoint.get("hosting")).get("kind") == "asynchronous":
        yield Finding((*_TARGET, "name"), f"endpoint {name} is asynchronous: it answers no request directly, so none can be timed")
    variants = [str(_map(variant).get("variant_name")) for variant in _list(endpoint.get("variants"))]
    variant = target.get("target_variant")
    if isinstance(variant, str) and variant not in variants:
        yield Finding((*_TARGET, "target_variant"), f"unknown variant {variant[:80]!r}{did_you_mean(variant, variants)}")


def _api_target(target: Mapping[str, Any], name: str, api: Mapping[str, Any]) -> Iterator[Finding]:
    if not api:
        yield Finding((*_TARGET, "kind"), "the environment has no `api`; test the endpoint itself with kind: endpoint")
        return
    offered = _map(api.get("endpoints"))
    if name not in offered:
        yield _unknown("endpoint of the API", name, offered)
    authorization = _map(api.get("authorization"))
    kind, key = authorization.get("kind", "aws_iam"), target.get("api_key")
    plans = _map(authorization.get("usage_plans")).values()
    keys = [str(item) for plan in plans for item in _list(_map(plan).get("keys"))]
    if kind == "cognito":
        yield Finding((*_TARGET, "kind"), "the API asks for a token of a user pool, and a load tester has none; use kind: endpoint")
    elif kind == "api_key" and key not in keys:
        yield Finding((*_TARGET, "api_key"), f"the API asks for a key: name one of {', '.join(keys)}")
    elif kind != "api_key" and key is not None:
        yield Finding((*_TARGET, "api_key"), f"the API asks for no key (authorization {kind}); leave it out")


def case_file_findings(spec: LoadTestSpec, root: FilePath) -> list[Finding]:
    """What is wrong with the case file below `root`."""
    from slipway.contract.testers import cases_of_testers

    path: Path = ("load_test", "case_file")
    try:
        cases_of_testers(spec, root)
    except ConfigErrors as error:
        return [Finding(path, str(problem)) for problem in error.problems]
    except InputError as error:
        return [Finding(path, f"{error}; {error.fix}")]
    return []


def _unknown(what: str, name: str, known: Mapping[str, Any]) -> Finding:
    return Finding((*_TARGET, "name"), f"unknown {what} {name[:80]!r}{did_you_mean(name, map(str, known))}")


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}


def _list(value: Any) -> list[Any]:
    return list(value) if isinstance(value, (list, tuple)) else []
