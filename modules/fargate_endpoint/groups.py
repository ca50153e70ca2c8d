"""Security groups: callers reach the load balancer, the load balancer reaches the tasks, and nobody else reaches either."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import PORT, FargateConfig

HTTP, HTTPS = 80, 443


@dataclass(frozen=True)
class Groups:
    """Groups of the load balancer and of the tasks. `rules`: those that traffic needs."""

    load_balancer: Any
    tasks: Any
    rules: tuple[Any, ...]


def listener_port(spec: FargateConfig) -> int:
    """443 with a certificate, otherwise 80."""
    return HTTPS if spec.load_balancer.https else HTTP


def security_groups(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs) -> Groups:
    """Both groups. The tasks also get the callers' group, by which they reach ECR, S3 and CloudWatch Logs."""
    balancer = _group(scope, naming, name, refs, "load_balancer", "Load balancer")
    tasks = _group(scope, naming, name, refs, "tasks", "Tasks")
    callers, port = refs.client_security_group_id, listener_port(spec)
    rules = [
        _ingress(scope, "from_callers", balancer.id, callers, port, "Callers in the network"),
        _egress(scope, "to_tasks", balancer.id, tasks.id, PORT, "Tasks"),
        _ingress(scope, "from_load_balancer", tasks.id, balancer.id, PORT, "Load balancer"),
    ]
    if refs.opens_clients:
        rules.append(_egress(scope, "callers_out", callers, balancer.id, port, f"Load balancer of {name}"))
    return Groups(balancer, tasks, tuple(rules))


def _group(scope: Construct, naming: Naming, name: str, refs: FargateRefs, kind: str, what: str) -> Any:
    """A group without rules: the provider takes away the rule by which AWS lets everything out."""
    full = naming.name(name, kind.replace("_", "-"), max_length=255)
    return aws.security_group.SecurityGroup(
        scope,
        f"{kind}_group",
        name=full,
        description=f"{what} of {naming.name(name)}",
        vpc_id=refs.vpc_id,
        tags={"Name": full},
    )


def _ingress(scope: Construct, id: str, group: str, source: str, port: int, description: str) -> Any:
    return aws.vpc_security_group_ingress_rule.VpcSecurityGroupIngressRule(
        scope,
        id,
        security_group_id=group,
        referenced_security_group_id=source,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )


def _egress(scope: Construct, id: str, group: str, target: str, port: int, description: str) -> Any:
    return aws.vpc_security_group_egress_rule.VpcSecurityGroupEgressRule(
        scope,
        id,
        security_group_id=group,
        referenced_security_group_id=target,
        description=description,
        ip_protocol="tcp",
        from_port=port,
        to_port=port,
    )
