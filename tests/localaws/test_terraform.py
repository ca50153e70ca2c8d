"""The bar of the local AWS: under the real Terraform and provider, plans after an apply are empty, changes exact, nothing is left."""

from __future__ import annotations

import json
import subprocess
from pathlib import Path
from typing import Any

import pytest

from slipway.localaws.inventory import inventory
from slipway.terraform.environment import environment
from slipway.terraform.find import find_terraform
from tests.localaws.front_document import DOOR_CHANGED, write_package
from tests.localaws.platform_document import document
from tests.localaws.serving_document import rolling

ROOT = Path(__file__).resolve().parents[2]
DOOR_UPDATES = (
    *(f"aws_api_gateway_{kind}" for kind in ("integration.post", "method.post", "method_settings.post", "model.request", "rest_api.front")),
    *("aws_api_gateway_stage.front", "aws_api_gateway_usage_plan.front"),
    *("aws_lambda_alias.live", "aws_lambda_function.front", "aws_wafv2_web_acl.front"),
)


class Project:
    """A folder with one Terraform document."""

    def __init__(self, folder: Path, url: str) -> None:
        self.folder = folder
        self.terraform = str(find_terraform(ROOT))
        own = {name: value for name, value in environment(ROOT).items() if not name.startswith("AWS_")}
        self.environ = {**own, "AWS_ENDPOINT_URL": url}

    def write(self, **changes: Any) -> None:
        write_package(self.folder)
        (self.folder / "main.tf.json").write_text(json.dumps(document(**changes), indent=2))

    def run(self, *arguments: str) -> str:
        command = [self.terraform, *arguments]
        done = subprocess.run(command, cwd=self.folder, env=self.environ, capture_output=True, text=True, timeout=400, check=False)
        assert done.returncode == 0, f"{' '.join(arguments)}\n{done.stdout[-4000:]}\n{done.stderr[-6000:]}"
        return done.stdout

    def changes(self) -> dict[str, list[str]]:
        """Address -> actions of a plan, without what stays."""
        self.run("plan", "-input=false", "-out=plan")
        planned = json.loads(self.run("show", "-json", "plan"))["resource_changes"]
        return {change["address"]: change["change"]["actions"] for change in planned if change["change"]["actions"] != ["no-op"]}

    def apply(self) -> None:
        self.run("apply", "-input=false", "-parallelism=30", "plan")


@pytest.fixture
def project(tmp_path: Path, url: str) -> Project:
    project = Project(tmp_path, url)
    project.write()
    project.run("init", "-input=false")
    return project


@pytest.mark.slow
@pytest.mark.provider
def test_the_whole_platform(project: Project) -> None:
    created = project.changes()
    assert set(map(tuple, created.values())) == {("create",)} and len(created) == 75
    project.apply()
    assert project.changes() == {}

    project.write(
        rotation_days=365,
        session=7200,
        image=document()["resource"]["aws_sagemaker_model"]["single"]["primary_container"][0]["image"] + "1",
        deployment=rolling(),
        max_capacity=6,
        threshold=10,
        retention=30,
        **DOOR_CHANGED,
    )
    replaced = ["create", "delete"]
    assert project.changes() == {
        "aws_kms_key.main": ["update"],
        "aws_iam_role.execution": ["update"],
        "aws_sagemaker_model.single": replaced,
        "aws_sagemaker_endpoint_configuration.ab": replaced,
        "aws_sagemaker_endpoint_configuration.shadow": replaced,
        "aws_sagemaker_endpoint_configuration.serverless": replaced,
        "aws_sagemaker_endpoint.ab": ["update"],
        "aws_sagemaker_endpoint.shadow": ["update"],
        "aws_sagemaker_endpoint.serverless": ["update"],
        "aws_appautoscaling_target.ab": ["update"],
        "aws_cloudwatch_metric_alarm.errors": ["update"],
        "aws_cloudwatch_metric_alarm.latency": ["update"],
        "aws_cloudwatch_log_group.ab": ["update"],
        **{address: ["update"] for address in DOOR_UPDATES},
    }
    project.apply()
    assert project.changes() == {}

    project.run("destroy", "-auto-approve", "-input=false", "-parallelism=30")
    held = inventory("111111111111")["accounts"]["111111111111"]["services"]
    assert {service: counts for service, counts in held.items() if any(counts.values())} == {}
