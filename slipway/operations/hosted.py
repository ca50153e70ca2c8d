"""What of an environment can be stopped, and the function's settings. Loads neither toolkit nor boto3."""

from __future__ import annotations

from typing import TYPE_CHECKING

from modules.fargate_endpoint.spec import service_name
from modules.operations.function.settings import Hosted, Settings
from modules.operations.spec import record_prefix

if TYPE_CHECKING:
    from slipway.config.environment import EnvironmentConfig


def hosted(config: EnvironmentConfig) -> list[Hosted]:
    """SageMaker endpoints and Fargate services. Lambda costs nothing while nobody asks, batch transform while no job runs."""
    naming = config.naming
    fargate = [name for name, endpoint in config.other_hosting.items() if endpoint.hosting.kind == "fargate"]
    return [
        *(Hosted(key, naming.name(key), "sagemaker", _expiry(config, key)) for key in sorted(config.sagemaker_endpoints)),
        *(Hosted(key, service_name(naming, key), "fargate", _expiry(config, key)) for key in sorted(fargate)),
    ]


def settings_of(config: EnvironmentConfig) -> Settings:
    """What the function's package holds; the same for a laptop."""
    from slipway.stacks.base import default_tags

    spec = config.operations
    days = spec.idle_report.days if spec and spec.idle_report else 0
    tags = default_tags(config, "operations")
    return Settings(config.name, record_prefix(config.naming), tags, tuple(hosted(config)), days)


def _expiry(config: EnvironmentConfig, key: str) -> str:
    return (config.operations.expiry(key) if config.operations else None) or ""
