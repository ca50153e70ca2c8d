"""IPv4 plan of a VPC: subnets computed or given, checked for form, size and overlap. Pure: loads no toolkit.

AWS: "VPC CIDR blocks" and "Subnet sizing" (VPC user guide): blocks of /16 to /28, five addresses of every subnet reserved.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from ipaddress import IPv4Address, IPv4Network
from itertools import combinations
from typing import Annotated

from pydantic import AfterValidator, Field

RESERVED = 5
"""Addresses of each subnet that AWS keeps."""
FREE_FOR_MODELS = 8
"""Addresses that must be left in each private subnet for the network interfaces of models."""
_PRIVATE = tuple(map(IPv4Network, ("10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "100.64.0.0/10")))
_DOCKER = IPv4Network("172.17.0.0/16")


def _network(value: str) -> IPv4Network:
    try:
        return IPv4Network(value)
    except ValueError as error:
        raise ValueError(f"{value} is no IPv4 block: {error}") from None


def _check_cidr(value: str) -> str:
    _network(value)
    return value


def _check_block(value: str) -> str:
    block = _network(value)
    if not 16 <= block.prefixlen <= 28:
        raise ValueError(f"{value} is a /{block.prefixlen}; a VPC and its subnets are /16 to /28")
    if not any(block.subnet_of(private) for private in _PRIVATE):
        raise ValueError(f"{value} is not a private range; use 10.0.0.0/8, 172.16.0.0/12, 192.168.0.0/16 or 100.64.0.0/10")
    if block.overlaps(_DOCKER):
        raise ValueError(f"{value} overlaps {_DOCKER}, which SageMaker's containers use themselves")
    return value


def _check_public_address(value: str) -> str:
    try:
        address = IPv4Address(value)
    except ValueError:
        raise ValueError(f"{value} is no IPv4 address") from None
    if not address.is_global:
        raise ValueError(f"{value} cannot be reached over the internet; name the public address of your router")
    return value


Cidr = Annotated[str, Field(max_length=18), AfterValidator(_check_cidr)]
"""Any IPv4 block such as 192.168.0.0/16, without host bits."""
Block = Annotated[str, Field(max_length=18), AfterValidator(_check_block)]
"""A private IPv4 block of /16 to /28, without host bits."""
PublicAddress = Annotated[str, Field(max_length=15), AfterValidator(_check_public_address)]
"""An IPv4 address of the internet."""


def private_blocks(vpc: str, count: int) -> tuple[str, ...]:
    """The first `count` (1 to 3) quarters of the VPC: adding a zone moves no subnet."""
    return tuple(str(block) for block in _quarters(vpc)[:count])


def public_blocks(vpc: str, count: int) -> tuple[str, ...]:
    """The first `count` (1 to 3) quarters of the VPC's last quarter. ValueError when they would be smaller than /28."""
    last = _quarters(vpc)[3]
    if last.prefixlen > 26:
        raise ValueError(f"cidr {vpc} is too small for public subnets beside the private ones; use a /24 or larger")
    return tuple(str(block) for block in list(last.subnets(2))[:count])


def _quarters(vpc: str) -> list[IPv4Network]:
    block = IPv4Network(vpc)
    if block.prefixlen > 26:
        raise ValueError(f"cidr {vpc} is too small: its quarters become subnets, which are /28 or larger; use a /26 or larger")
    return list(block.subnets(2))


def overlaps(vpc: str, subnets: Sequence[str]) -> Iterator[str]:
    """What is wrong between the VPC and its subnets."""
    whole = IPv4Network(vpc)
    for subnet in subnets:
        if not IPv4Network(subnet).subnet_of(whole):
            yield f"subnet {subnet} is not inside cidr {vpc}"
    for first, second in combinations(subnets, 2):
        if IPv4Network(first).overlaps(IPv4Network(second)):
            yield f"subnets {first} and {second} overlap"


def free_addresses(subnet: str, used: int) -> int:
    """Addresses left in a subnet once AWS and `used` interfaces have theirs."""
    return IPv4Network(subnet).num_addresses - RESERVED - used


def clashes(vpc: str, others: Sequence[str]) -> list[str]:
    """Those of `others` that overlap the VPC: traffic to them would never leave it."""
    return [other for other in others if IPv4Network(other).overlaps(IPv4Network(vpc))]
