"""The smallest real use: a model in two tasks of half a vCPU, and one more when their CPU is at 60 %."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules._shared.provider import aws
from modules.fargate_endpoint.autoscaling import ServiceAutoscaling, ServiceTrackingPolicy
from modules.fargate_endpoint.construct import FargateEndpoint
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import FargateConfig, FargateHosting, LoadBalancer

NAMING = Naming("slipway", "example", "111111111111", "eu-west-1", {"owner": "ml-platform"})
KEY = "arn:aws:kms:eu-west-1:111111111111:key/00000000-0000-0000-0000-000000000000"


def build(stack: Any) -> None:
    """Cluster, service, load balancer and scaling of the model `wine`."""
    cpu = ServiceTrackingPolicy(kind="target_tracking", name="cpu", metric="ECSServiceAverageCPUUtilization", target_value=60)
    spec = FargateConfig(
        hosting=FargateHosting(kind="fargate", cpu=512, memory=1024),
        model="wine",
        autoscaling=ServiceAutoscaling(min_capacity=2, max_capacity=4, policies=(cpu,)),
        load_balancer=LoadBalancer(access_logs=False),
    )
    network = _network(stack)
    refs = FargateRefs(
        image=f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/slipway-example-inference@sha256:{'ab' * 32}",
        cpu_architecture="X86_64",
        repository_arn=NAMING.arn("ecr", "repository/slipway-example-inference"),
        model_url=f"s3://slipway-example-models-111111111111/models/wine/{'cd' * 32}/model.tar.gz",
        model_sha256="cd" * 32,
        artifacts_arn="arn:aws:s3:::slipway-example-models-111111111111/models/wine/*",
        artifacts_key_arn=KEY,
        logs_kms_key_arn=KEY,
        **network,
    )
    endpoint = FargateEndpoint(stack, "wine", naming=NAMING, name="wine", spec=spec, refs=refs)
    export(stack, "fargate_wine", endpoint.outputs)


def _network(stack: Any) -> dict[str, Any]:
    """What the environment's network stands for here: a VPC over two zones and the group of whoever calls."""
    vpc = aws.vpc.Vpc(stack, "network", cidr_block="10.60.0.0/24")
    blocks = {"a": "10.60.0.0/26", "b": "10.60.0.64/26"}
    subnets = [
        aws.subnet.Subnet(stack, f"subnet_{zone}", vpc_id=vpc.id, cidr_block=block, availability_zone=f"eu-west-1{zone}")
        for zone, block in blocks.items()
    ]
    callers = aws.security_group.SecurityGroup(stack, "callers", name="slipway-example-callers", description="Callers", vpc_id=vpc.id)
    return {"vpc_id": vpc.id, "subnet_ids": [subnet.id for subnet in subnets], "client_security_group_id": callers.id}
