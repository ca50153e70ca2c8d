"""The events that SageMaker sends when an endpoint changes its state (SageMaker guide, "SageMaker endpoint state change")."""

from __future__ import annotations

import re
from typing import Any

from slipway.localaws.events import bus


def endpoint_changed(account: str, region: str, endpoint: Any) -> None:
    """Publish the endpoint's present state. Events spell it `IN_SERVICE`, where the API says `InService`."""
    detail = {
        "EndpointName": endpoint.endpoint_name,
        "EndpointArn": endpoint.arn,
        "EndpointConfigName": endpoint.endpoint_config_name,
        "ProductionVariants": [{"VariantName": variant["VariantName"]} for variant in endpoint.production_variants],
        "EndpointStatus": status(endpoint.endpoint_status),
        "FailureReason": endpoint.failure_reason or None,
        "Tags": {},
    }
    bus.publish(
        account, region, source="aws.sagemaker", detail_type="SageMaker Endpoint State Change", detail=detail, resources=[endpoint.arn]
    )


def status(shown: str) -> str:
    """`InService` as `IN_SERVICE`."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", shown).upper()
