"""botocore's service models: what AWS itself says about its shapes."""

from __future__ import annotations

from functools import cache
from typing import Any

from botocore.loaders import Loader
from botocore.model import ServiceModel


@cache
def service_model(service: str) -> ServiceModel:
    """The model of one boto3 service name."""
    return ServiceModel(Loader().load_service_model(service, "service-2"), service)


def enum_values(service: str, shape: str) -> tuple[str, ...]:
    """The values that an enumeration of the service allows."""
    enumeration: Any = service_model(service).shape_for(shape)
    return tuple(enumeration.enum)


def members(service: str, shape: str) -> frozenset[str]:
    """The member names of a structure of the service."""
    structure: Any = service_model(service).shape_for(shape)
    return frozenset(structure.members)
