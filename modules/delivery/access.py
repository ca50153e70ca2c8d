"""Which of the pipeline's roles an environment must let in: what its `access` names. Pure: loads no toolkit."""

from __future__ import annotations

from dataclasses import dataclass

from modules._shared.naming import Naming
from modules.delivery.policy import role_arn
from modules.delivery.spec import DeliverySpec


@dataclass(frozen=True)
class Principals:
    """ARNs of the builds' roles that assume an environment's deploy and read-only role."""

    deploy: tuple[str, ...]
    read_only: tuple[str, ...]


def principals(naming: Naming, spec: DeliverySpec, environment: str, *, releases: bool) -> Principals:
    """`naming` is that of the environment whose file describes the pipeline. The environment after reads what it promotes.

    `releases`: approved packages are released into the first environment.
    """
    names = [item.name for item in spec.environments]
    index = names.index(environment)
    deploy = [f"deploy-{environment}", *(["release"] if index == 0 and releases else [])]
    read_only = [f"plan-{environment}", *(f"{kind}-{name}" for name in names[index + 1 : index + 2] for kind in ("plan", "deploy"))]
    read_only += ["drift"] if spec.drift_schedule is not None else []
    return Principals(*(tuple(role_arn(naming, role) for role in roles) for roles in (deploy, read_only)))
