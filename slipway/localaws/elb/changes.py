"""Load balancers: active at once, attributes as Terraform reads them back, health of targets as it is."""

from __future__ import annotations

from typing import Any

from moto.elbv2.models import ELBv2Backend, FakeHealthStatus, FakeTargetGroup

from slipway.localaws.elb.target import of_group
from slipway.localaws.patches import wraps


@wraps(ELBv2Backend, "create_load_balancer", "moto's host names begin with the bare name and its state is provisioning for a while")
def create_load_balancer(original: Any, self: Any, *args: Any, **kwargs: Any) -> Any:
    """An internal one's host name begins with `internal-`; it is active."""
    balancer = original(self, *args, **kwargs)
    number = int(balancer.arn.rpartition("/")[2][:8], 16)
    prefix = "internal-" if balancer.scheme == "internal" else ""
    balancer.dns_name = f"{prefix}{balancer.name}-{number}.{self.region_name}.elb.amazonaws.com"
    balancer.state = "active"
    return balancer


@wraps(FakeTargetGroup, "health_for", "moto calls every registered target healthy")
def health_for(original: Any, self: Any, target: dict[str, Any], ec2_backend: Any) -> FakeHealthStatus:
    """What the last health checks of a target that runs have found."""
    live = of_group(self).get(target["Id"])
    if live is None:
        status: FakeHealthStatus = original(self, target, ec2_backend)
        return status
    return FakeHealthStatus(live.address, str(live.port), self.health_check_port, live.state, *live.why())
