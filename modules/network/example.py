"""The smallest real use: a VPC over two zones, closed to the internet, with three interface endpoints."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.network.construct import Network, NetworkRefs
from modules.network.spec import CreatedNetwork


def build(stack: Any) -> None:
    """Models in it reach S3, logs, keys and metrics, and nothing else."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    spec = CreatedNetwork(kind="create", cidr="10.40.0.0/16", interface_endpoints=("logs", "kms", "monitoring"))
    refs = NetworkRefs(flow_logs_kms_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"))
    network = Network(stack, "network", naming=naming, spec=spec, refs=refs)
    export(stack, "network", network.outputs)
