"""A model on Fargate as the tests build it."""

from __future__ import annotations

import json
from typing import Any

from modules._shared.naming import Naming
from modules.fargate_endpoint.construct import FargateEndpoint
from modules.fargate_endpoint.refs import FargateRefs
from modules.fargate_endpoint.spec import FargateConfig
from tests.modules.support import resource, synth

NAMING = Naming("slipway", "test", "111111111111", "eu-west-1")
KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"
SHA = "cd" * 32
REFS = FargateRefs(
    image=f"111111111111.dkr.ecr.eu-west-1.amazonaws.com/inference@sha256:{'ab' * 32}",
    cpu_architecture="X86_64",
    repository_arn="arn:aws:ecr:eu-west-1:111111111111:repository/inference",
    artifacts_key_arn=KEY,
    logs_kms_key_arn=KEY,
    vpc_id="vpc-1",
    subnet_ids=("subnet-1", "subnet-2"),
    client_security_group_id="sg-1",
    model_url=f"s3://models/models/wine/{SHA}/model.tar.gz",
    model_sha256=SHA,
    artifacts_arn="arn:aws:s3:::models/models/wine/*",
    environment={"WORKERS": "2"},
    access_logs_bucket="logs",
)
LEAST: dict[str, Any] = {"hosting": {"kind": "fargate"}, "model": "wine"}
CPU = {"kind": "target_tracking", "name": "cpu", "metric": "ECSServiceAverageCPUUtilization", "target_value": 60}
MORNING = {"kind": "scheduled", "name": "morning", "schedule": "cron(0 7 ? * * *)", "min_capacity": 3}
CERTIFICATE = "arn:aws:acm:eu-west-1:111111111111:certificate/12345678-1234-1234-1234-123456789012"
HTTPS = {"https": {"certificate_arn": CERTIFICATE, "host_name": "wine.example.internal"}}
BOUNDARY = "arn:aws:iam::111111111111:policy/limit"


def build(refs: FargateRefs = REFS, **options: Any) -> dict[str, Any]:
    spec = FargateConfig.model_validate({**LEAST, **options})
    return synth(lambda stack: FargateEndpoint(stack, "wine", naming=NAMING, name="wine", spec=spec, refs=refs))


def container(document: dict[str, Any]) -> dict[str, Any]:
    (found,) = json.loads(resource(document, "aws_ecs_task_definition")["container_definitions"])
    return dict(found)
