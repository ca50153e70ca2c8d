"""The internal load balancer: target group on /ping, one listener."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.blocks import typed
from modules._shared.naming import Naming
from modules._shared.provider import aws
from modules.fargate_endpoint.groups import Groups, listener_port
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import PORT, FargateConfig, load_balancer_name

TLS_POLICY = "ELBSecurityPolicy-TLS13-1-2-2021-06"
"""TLS 1.2 and 1.3 only, AWS's recommended policy."""


@dataclass(frozen=True)
class Balancer:
    """The three resources of a load balancer."""

    load_balancer: Any
    target_group: Any
    listener: Any


def create_balancer(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs, groups: Groups) -> Balancer:
    """In the private subnets, for addresses of the VPC only."""
    balancer = _load_balancer(scope, naming, name, spec, refs, groups)
    target_group = _target_group(scope, naming, name, spec, refs)
    https = spec.load_balancer.https
    listener = aws.lb_listener.LbListener(
        scope,
        "listener",
        load_balancer_arn=balancer.arn,
        port=listener_port(spec),
        protocol="HTTPS" if https else "HTTP",
        ssl_policy=TLS_POLICY if https else None,
        certificate_arn=https.certificate_arn if https else None,
        **typed(aws.lb_listener, "LbListener", {"default_action": [{"type": "forward", "target_group_arn": target_group.arn}]}),
    )
    return Balancer(balancer, target_group, listener)


def _load_balancer(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs, groups: Groups) -> Any:
    options = spec.load_balancer
    logs = {"bucket": refs.access_logs_bucket, "prefix": load_balancer_name(naming, name), "enabled": True}
    return aws.lb.Lb(
        scope,
        "load_balancer",
        name=load_balancer_name(naming, name),
        internal=True,
        load_balancer_type="application",
        subnets=list(refs.subnet_ids),
        security_groups=[groups.load_balancer.id],
        drop_invalid_header_fields=True,
        enable_deletion_protection=options.deletion_protection,
        idle_timeout=options.idle_timeout,
        **typed(aws.lb, "Lb", {"access_logs": logs if options.access_logs else None}),
    )


def _target_group(scope: Construct, naming: Naming, name: str, spec: FargateConfig, refs: FargateRefs) -> Any:
    check, options = spec.health_check, spec.load_balancer
    health = {
        "path": "/ping",
        "protocol": "HTTP",
        "port": "traffic-port",
        "matcher": "200",
        "interval": check.interval,
        "timeout": check.timeout,
        "healthy_threshold": check.healthy_threshold,
        "unhealthy_threshold": check.unhealthy_threshold,
    }
    return aws.lb_target_group.LbTargetGroup(
        scope,
        "target_group",
        name=load_balancer_name(naming, name),
        port=PORT,
        protocol="HTTP",
        target_type="ip",
        vpc_id=refs.vpc_id,
        deregistration_delay=str(options.deregistration_delay),
        load_balancing_algorithm_type=options.algorithm,
        **typed(aws.lb_target_group, "LbTargetGroup", {"health_check": health}),
    )
