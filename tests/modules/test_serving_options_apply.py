"""Every option of the serving modules, applied by the real provider: it takes them all, and reads every one back as it was."""

from __future__ import annotations

import importlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import boto3
import pytest

from slipway.localaws.server import LocalAws, start
from slipway.terraform.cli import Terraform
from slipway.terraform.local_target import local_credentials, write_override

ROOT = Path(__file__).resolve().parents[2]
ACCOUNT = "111111111111"
MODULES = ("model", "endpoint_config", "endpoint", "autoscaling")


class _Config:
    account_id = ACCOUNT


@pytest.fixture
def local() -> Iterator[LocalAws]:
    with start() as server:
        yield server


def made_by_others(url: str) -> None:
    """What the cases refer to: two models and an endpoint configuration."""
    sagemaker = boto3.client(
        "sagemaker", endpoint_url=url, region_name="eu-west-1", aws_access_key_id=ACCOUNT, aws_secret_access_key="local"
    )
    for name in ("wine-1", "other-1"):
        role = f"arn:aws:iam::{ACCOUNT}:role/wine"
        sagemaker.create_model(ModelName=name, ExecutionRoleArn=role, PrimaryContainer={"Image": "registry.example/image:1"})
    variant = {"VariantName": "main", "ModelName": "wine-1", "InstanceType": "ml.m5.large", "InitialInstanceCount": 4}
    sagemaker.create_endpoint_config(EndpointConfigName="config-1", ProductionVariants=[variant])


def synthesize(folder: Path, url: str) -> Path:
    from constructs import Construct

    from modules._shared.provider import aws, cdktf

    app = cdktf.App(outdir=str(folder))
    stack = cdktf.TerraformStack(app, "options")
    aws.provider.AwsProvider(stack, "aws", region="eu-west-1", allowed_account_ids=[ACCOUNT])
    cdktf.LocalBackend(stack, path="terraform.tfstate")
    stack.add_override("terraform.required_providers.aws.version", ">= 5.100.0, < 7.0.0")
    for module in MODULES:
        cases: Any = importlib.import_module(f"tests.modules.{module}.test_{module}_construct")
        cases.add_cases(Construct(stack, module))
    app.synth()
    write_override(folder / "stacks" / "options", _Config(), url)
    return folder / "stacks" / "options"


@pytest.mark.provider
@pytest.mark.slow
def test_every_option_is_read_back_as_it_was_written(local: LocalAws, tmp_path: Path) -> None:
    made_by_others(local.url)
    folder = synthesize(tmp_path, local.url)
    terraform = Terraform(folder, ROOT, tmp_path / "logs", variables=local_credentials(ACCOUNT))
    plan = tmp_path / "plan"
    terraform.init()
    assert terraform.plan(plan)
    terraform.apply(plan)
    changed = terraform.plan(plan)
    drift = [item["address"] for item in terraform.show(plan)["resource_changes"] if item["change"]["actions"] != ["no-op"]]
    assert not changed, drift
    terraform.plan(plan, destroy=True)
    terraform.apply(plan)
