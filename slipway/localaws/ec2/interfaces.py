"""The network interfaces that SageMaker makes for models in a VPC, and how long they stay when the endpoint is gone.

On AWS they linger for minutes, and SageMaker removes them with the model's execution role: a role that is deleted too early leaves
them behind for good (API: DeleteEndpoint). Whoever destroys security groups and subnets has to wait for them.
"""

from __future__ import annotations

import time
from typing import Any

from moto.ec2.models import EC2Backend, ec2_backends
from moto.iam.models import iam_backends

from slipway.localaws.clock import real_seconds
from slipway.localaws.hosting.definition import Definition

LINGER_SECONDS = 120
"""AWS's seconds an interface stays after its endpoint: AWS names no number, and takes from one minute to twenty."""


def attach(definition: Definition, endpoint: str) -> None:
    """One interface in each subnet of each of the definition's models that is in a VPC which the local AWS has."""
    for name, model in definition.models.items():
        if vpc := model.get("VpcConfig"):
            backend = ec2_backends[definition.account][definition.region]
            text = f"[Do not delete] Network interface of SageMaker model {name}, endpoint {endpoint}"
            for subnet in vpc["Subnets"]:
                if any(subnet in subnets for subnets in backend.subnets.values()):
                    eni: Any = backend.create_network_interface(
                        backend.get_subnet(subnet), "", group_ids=list(vpc["SecurityGroupIds"]), description=text
                    )
                    eni.requester_managed, eni.status = True, "in-use"
                    eni.definition, eni.ends_at = definition, None
                    eni.role = _known(backend.account_id, model["ExecutionRoleArn"])


def release(definition: Definition) -> None:
    """Nothing runs by this definition any more: its interfaces go some time later."""
    if definition.account not in ec2_backends or definition.region not in ec2_backends[definition.account]:
        return  # nobody has a network there, and asking would make one
    for eni in ec2_backends[definition.account][definition.region].enis.values():
        if getattr(eni, "definition", None) is definition and eni.ends_at is None:
            eni.ends_at = time.monotonic() + real_seconds(LINGER_SECONDS)


def settle(backend: EC2Backend) -> None:
    """Remove interfaces whose time has come. Without its role SageMaker cannot: then they stay."""
    now = time.monotonic()
    for eni in list(backend.enis.values()):
        ends_at, role = getattr(eni, "ends_at", None), getattr(eni, "role", "")
        if ends_at is not None and ends_at <= now and role == _known(backend.account_id, role):
            backend.enis.pop(eni.id, None)


def _known(account: str, role: str) -> str:
    """The role's ARN if there is such a role; empty for the literal of an example."""
    roles = (known.arn for backend in iam_backends[account].values() for known in backend.roles.values())
    return role if role in roles else ""
