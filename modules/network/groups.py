"""Security groups: models may connect to the endpoints and S3, the endpoints only answer, the default group is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.network.spec import CreatedNetwork
from modules.network.subnets import DELETE_TIMEOUT

_HTTPS = 443


@dataclass(frozen=True)
class Groups:
    """The two groups of a created network."""

    models: Any
    endpoints: Any


def close_default_group(scope: Construct, naming: Naming, vpc: Any) -> None:
    """Whatever is put into the VPC without a group of its own can neither connect nor be connected to."""
    aws.default_security_group.DefaultSecurityGroup(scope, "default_group", vpc_id=vpc.id, tags={"Name": naming.name("default-closed")})


def security_groups(scope: Construct, naming: Naming, spec: CreatedNetwork, vpc: Any, s3: Any) -> Groups:
    """Both groups and their rules, each rule a resource of its own."""
    groups = Groups(
        models=_group(scope, naming, vpc, "models", "Network interfaces of SageMaker models"),
        endpoints=_group(scope, naming, vpc, "endpoints", "Interface endpoints of AWS services"),
    )
    models, endpoints = groups.models.id, groups.endpoints.id
    _egress(scope, "models_to_s3", models, "S3, through the gateway endpoint", prefix_list_id=s3.prefix_list_id)
    if spec.interface_endpoints:
        _egress(scope, "models_to_endpoints", models, "Interface endpoints", referenced_security_group_id=endpoints)
        _ingress(scope, "endpoints_from_models", endpoints, "Models", referenced_security_group_id=models)
    for rule in spec.egress:
        _egress(scope, f"models_to_{label(rule.cidr)}_{rule.port}", models, rule.description, port=rule.port, cidr_ipv4=rule.cidr)
    for cidr in spec.endpoint_client_cidrs:
        _ingress(scope, f"endpoints_from_{label(cidr)}", endpoints, f"Clients in {cidr}", cidr_ipv4=cidr)
    return groups


def label(cidr: str) -> str:
    """A block as part of a construct id: its rule keeps its address when others come and go."""
    return cidr.replace(".", "_").replace("/", "_")


def _group(scope: Construct, naming: Naming, vpc: Any, what: str, description: str) -> Any:
    """A group without rules: the provider takes away the rule by which AWS lets everything out."""
    return aws.security_group.SecurityGroup(
        scope,
        f"{what}_group",
        name=naming.name(what, max_length=255),
        description=f"{description} of {naming.name()}",
        vpc_id=vpc.id,
        tags={"Name": naming.name(what)},
        timeouts={"delete": DELETE_TIMEOUT},
    )


def _egress(scope: Construct, id: str, group: Any, description: str, port: int = _HTTPS, **to: Any) -> None:
    aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        scope, id, security_group_id=group, description=description, ip_protocol="tcp", from_port=port, to_port=port, **to
    )


def _ingress(scope: Construct, id: str, group: Any, description: str, **source: Any) -> None:
    aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
        scope, id, security_group_id=group, description=description, ip_protocol="tcp", from_port=_HTTPS, to_port=_HTTPS, **source
    )
