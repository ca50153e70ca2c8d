"""Rules between models on Fargate and the rest of the environment."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from slipway.config.finding import Finding

NEEDED = ("ecr.api", "ecr.dkr", "logs")
"""Interface endpoints that a task in a closed network starts by (ECS developer guide, "Amazon ECS interface VPC endpoints").

S3's gateway endpoint, which every created network has, brings the image's layers and the model.
"""
_ANYWHERE = ("0.0.0.0/0", 443)


def fargate_references(data: Mapping[str, Any]) -> Iterator[Finding]:
    """A network that tasks can start in, and an API function that reaches them. Any part of `data` may be malformed."""
    found = [str(name) for name, entry in _map(data.get("endpoints")).items() if _map(_map(entry).get("hosting")).get("kind") == "fargate"]
    network, api = data.get("network"), data.get("api")
    for name in found:
        if network is None:
            yield Finding(("endpoints", name, "hosting", "kind"), "fargate needs the environment's `network`; there is none")
        offered = name in _map(_map(api).get("endpoints"))
        if offered and _map(_map(api).get("function")).get("network") != "private":
            text = f"endpoint {name} is in the network, which a public function cannot reach; set private"
            yield Finding(("api", "function", "network"), text)
    if found and isinstance(network, Mapping) and network.get("kind") == "create":
        yield from _closed(network, found[0])


def _closed(network: Mapping[str, Any], name: str) -> Iterator[Finding]:
    """The way to ECR and CloudWatch Logs: interface endpoints under the services' own names, or NAT that everything may use."""
    rules = network.get("egress") or ()
    if network.get("nat") != "none" and any((_map(rule).get("cidr"), _map(rule).get("port", 443)) == _ANYWHERE for rule in rules):
        return
    given = network.get("interface_endpoints")
    if isinstance(given, list | tuple) and (missing := [service for service in NEEDED if service not in given]):
        text = f"without {', '.join(missing)} no task of endpoint {name} can start: it pulls its image and logs through them"
        yield Finding(("network", "interface_endpoints"), text)
    if network.get("private_dns_enabled") is False:
        text = f"false leaves ECR's usual names outside the network, and tasks of endpoint {name} know no others"
        yield Finding(("network", "private_dns_enabled"), text)


def _map(value: Any) -> Mapping[str, Any]:
    return value if isinstance(value, Mapping) else {}
