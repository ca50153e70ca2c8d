"""A VPC with two subnets and two security groups, made with boto3."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from moto.ec2.models import ec2_backends


@dataclass(frozen=True)
class Vpc:
    """Ids of its parts."""

    id: str
    subnets: list[str]
    group: str
    other: str

    @property
    def config(self) -> dict[str, Any]:
        """The VpcConfig of a model that joins it."""
        return {"Subnets": self.subnets, "SecurityGroupIds": [self.group]}


def vpc(ec2: Any) -> Vpc:
    """A fresh one."""
    made = ec2.create_vpc(CidrBlock="10.0.0.0/16")["Vpc"]["VpcId"]
    subnets = [
        ec2.create_subnet(VpcId=made, CidrBlock=f"10.0.{index}.0/24", AvailabilityZone=f"eu-west-1{zone}")["Subnet"]["SubnetId"]
        for index, zone in enumerate("ab")
    ]
    groups = [ec2.create_security_group(GroupName=name, Description=name, VpcId=made)["GroupId"] for name in ("models", "other")]
    return Vpc(made, subnets, *groups)


def let_time_pass() -> None:
    """Whatever lingers in the local AWS of this process has lingered long enough."""
    for region in ec2_backends["111111111111"].values():
        for eni in region.enis.values():
            if getattr(eni, "ends_at", None) is not None:
                eni.ends_at = 0.0
