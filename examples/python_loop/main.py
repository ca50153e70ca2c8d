"""The modules in a CDKTF app of your own: a Python loop makes one endpoint per customer.

    cd examples/python_loop && ../../.venv/bin/python main.py    # writes cdktf.out/stacks/customers/cdk.tf.json

Environment files do the same with a map (see docs/guides/many-endpoints.md); a loop is for what a map cannot say.
"""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules._shared.provider import aws, cdktf
from modules.endpoint.construct import Endpoint, EndpointRefs
from modules.endpoint.spec import EndpointSpec
from modules.endpoint_config.construct import EndpointConfig, EndpointConfigRefs
from modules.endpoint_config.spec import InstancesConfig
from modules.model.construct import Model, ModelRefs
from modules.model.spec import ContainerSpec, SingleModelSpec

NAMING = Naming("slipway", "loop", "111111111111", "eu-west-1")
CUSTOMERS = [f"customer-{number:02}" for number in range(50)]
IMAGE = f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/slipway-loop-inference@sha256:{'0' * 64}"
KEY = NAMING.arn("kms", "key/00000000-0000-0000-0000-000000000000")


def build(stack: Any) -> None:
    """One model, and for each customer an endpoint that serves it; every tenth customer gets two instances."""
    refs = ModelRefs(
        execution_role_arn=NAMING.arn("iam", "role/slipway-loop-model-wine", region=False),
        images={"container": IMAGE},
        artifacts={"container": f"s3://{NAMING.bucket('models')}/models/wine/{'0' * 64}/model.tar.gz"},
    )
    spec = SingleModelSpec(container=ContainerSpec(image="inference"))
    model = Model(stack, "model_wine", naming=NAMING, name="wine", spec=spec, refs=refs)
    for number, customer in enumerate(CUSTOMERS):
        _endpoint(stack, customer, instances=2 if number % 10 == 0 else 1, model=model)


def _endpoint(stack: Any, customer: str, *, instances: int, model: Model) -> None:
    variant = {"variant_name": "main", "model": "wine", "instance_type": "ml.m5.large", "initial_instance_count": instances}
    config_refs = EndpointConfigRefs(
        model_names={"wine": model.outputs.name}, kms_key_arn=KEY, fingerprint={"model/wine": model.literal_name}
    )
    config = EndpointConfig(
        stack, f"config_{customer}", naming=NAMING, name=customer, spec=InstancesConfig(variants=[variant]), refs=config_refs
    )
    refs = EndpointRefs(endpoint_config_name=config.outputs.name, instance_counts={"main": instances}, logs_kms_key_arn=KEY)
    endpoint = Endpoint(stack, f"endpoint_{customer}", naming=NAMING, name=customer, spec=EndpointSpec(), refs=refs)
    export(stack, customer, endpoint.outputs)


def main() -> None:
    """Synthesize the stack `customers`."""
    app = cdktf.App()
    stack = cdktf.TerraformStack(app, "customers")
    aws.provider.AwsProvider(stack, "aws", region=NAMING.region, allowed_account_ids=[NAMING.account_id])
    build(stack)
    app.synth()


if __name__ == "__main__":
    main()
