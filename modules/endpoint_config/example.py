"""The smallest real use: one variant on two instances, a fifth of the traffic captured."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.endpoint_config.construct import EndpointConfig, EndpointConfigRefs
from modules.endpoint_config.spec import DataCapture, InstancesConfig
from modules.endpoint_config.variants import InstanceVariant

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})


def build(stack: Any) -> None:
    """Adds the endpoint configuration `wine` to the stack."""
    main = InstanceVariant(variant_name="main", model="wine", instance_type="ml.m5.large", initial_instance_count=2)
    refs = EndpointConfigRefs(
        model_names={"wine": "slipway-example-wine-0123456789"},
        kms_key_arn="arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000",
        data_capture_s3_uri="s3://slipway-example-data-capture-111111111111",
    )
    spec = InstancesConfig(variants=(main,), data_capture=DataCapture(sampling_percentage=20))
    wine = EndpointConfig(stack, "wine", naming=NAMING, name="wine", spec=spec, refs=refs)
    export(stack, "wine", wine.outputs)
