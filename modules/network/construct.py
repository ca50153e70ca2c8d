"""The network that models join: created whole, or an existing one."""

from __future__ import annotations

from dataclasses import dataclass

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules.network.endpoints import interface_endpoints, s3_endpoint
from modules.network.existing import find_existing
from modules.network.flow_logs import flow_logs
from modules.network.groups import close_default_group, security_groups
from modules.network.routes import private_routes, way_out
from modules.network.spec import AnyNetwork, CreatedNetwork, ExistingNetwork
from modules.network.subnets import create_vpc, private_subnets
from modules.network.vpn import vpn_connection


@dataclass(frozen=True)
class NetworkRefs:
    """What other modules provide. `flow_logs_kms_key_arn` encrypts the records of a created network; an existing one needs none."""

    flow_logs_kms_key_arn: str | None = None


@dataclass(frozen=True)
class NetworkOutputs:
    """What models, and whoever else joins, need of the network."""

    vpc_id: str = output("Id of the VPC.")
    private_subnet_ids: list[str] = output("Ids of the private subnets, in the order of their zones.")
    model_security_group_id: str = output("Security group of the models' network interfaces.")
    endpoint_security_group_id: str | None = output("Security group of the interface endpoints; absent for an existing network.")


class Network(Construct):
    """The environment's network, by `spec.kind`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: AnyNetwork, refs: NetworkRefs) -> None:
        super().__init__(scope, id)
        self.outputs = self._find(spec) if isinstance(spec, ExistingNetwork) else self._create(naming, spec, refs)

    def _find(self, spec: ExistingNetwork) -> NetworkOutputs:
        found = find_existing(self, spec.lookup)
        return NetworkOutputs(found.vpc_id, list(found.subnet_ids), found.security_group_id, None)

    def _create(self, naming: Naming, spec: CreatedNetwork, refs: NetworkRefs) -> NetworkOutputs:
        if refs.flow_logs_kms_key_arn is None:
            raise ValueError("a created network needs refs.flow_logs_kms_key_arn: the records of its traffic are encrypted")
        vpc = create_vpc(self, naming, spec)
        close_default_group(self, naming, vpc)
        flow_logs(self, naming, spec.flow_logs, vpc, refs.flow_logs_kms_key_arn)
        subnets = private_subnets(self, naming, spec, vpc)
        tables = private_routes(self, naming, vpc, subnets)
        way_out(self, naming, spec, vpc, tables)
        if spec.vpn is not None:
            vpn_connection(self, naming, spec.vpn, vpc, tables)
        s3 = s3_endpoint(self, naming, spec, vpc, tables)
        groups = security_groups(self, naming, spec, vpc, s3)
        interface_endpoints(self, naming, spec, vpc, subnets, groups.endpoints)
        return NetworkOutputs(vpc.id, [subnet.id for subnet in subnets], groups.models.id, groups.endpoints.id)
