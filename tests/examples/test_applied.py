"""Every module's example, applied for real: the second plan is empty, an option change does exactly what it must, destroy leaves nothing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from slipway.localaws.left_over import left_over
from slipway.localaws.server import LocalAws, start
from slipway.terraform.cli import Terraform
from slipway.terraform.local_target import local_credentials, write_override
from tests.examples import world

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Case:
    """A change in the example's source (exactly one place), and the actions it must plan: (type, action) -> count."""

    old: str
    new: str
    expected: dict[tuple[str, str], int]
    before: Callable[[world.Client], None] | None = None


CASES = {
    "kms": Case("deletion_window_in_days=7", "deletion_window_in_days=8", {("aws_kms_key", "update"): 1}),
    "registry": Case("build_images_kept=20", "build_images_kept=30", {("aws_ecr_lifecycle_policy", "replace"): 1}),
    "storage": Case("event_bridge=True", "event_bridge=False", {("aws_s3_bucket_notification", "delete"): 1}),
    "state_backend": Case("kms_deletion_window_in_days=7", "kms_deletion_window_in_days=8", {("aws_kms_key", "update"): 1}),
    "identity": Case('repository="example/models"', 'repository="example/other"', {("aws_iam_role", "update"): 2}),
    "model": Case('"LOG_LEVEL": "info"', '"LOG_LEVEL": "debug"', {("aws_sagemaker_model", "replace"): 1}, world.artifact),
    "endpoint_config": Case(
        "sampling_percentage=20", "sampling_percentage=30", {("aws_sagemaker_endpoint_configuration", "replace"): 1}, world.model
    ),
    "endpoint": Case(world.CONFIGS[0], world.CONFIGS[1], {("aws_sagemaker_endpoint", "update"): 1}, world.configs),
    "autoscaling": Case("target_value=700", "target_value=500", {("aws_appautoscaling_policy", "update"): 1}, world.endpoint),
}


class _Config:
    account_id = world.ACCOUNT


@pytest.fixture
def local() -> Iterator[LocalAws]:
    with start() as server:
        yield server


def synthesize(module: str, folder: Path, url: str, change: tuple[str, str] | None = None) -> Path:
    """The example's stack below `folder`, with a provider and the local AWS's override."""
    from modules._shared.provider import aws, cdktf

    source = (ROOT / "modules" / module / "example.py").read_text()
    if change:
        assert source.count(change[0]) == 1, f"{change[0]!r} must stand in the example exactly once"
        source = source.replace(*change)
    namespace: dict[str, Any] = {}
    exec(compile(source, f"modules/{module}/example.py", "exec", dont_inherit=True), namespace)
    app = cdktf.App(outdir=str(folder))
    stack = cdktf.TerraformStack(app, module)
    aws.provider.AwsProvider(stack, "aws", region="eu-west-1", allowed_account_ids=[world.ACCOUNT])
    stack.add_override("terraform.required_providers.aws.version", ">= 5.100.0, < 7.0.0")
    cdktf.LocalBackend(stack, path=str(folder / f"{module}.tfstate"))
    namespace["build"](stack)
    app.synth()
    write_override(folder / "stacks" / module, _Config(), url)
    return folder / "stacks" / module


def planned(terraform: Terraform, plan: Path, **options: Any) -> Counter[tuple[str, str]]:
    if not terraform.plan(plan, **options):
        return Counter()
    changes = [(item["type"], item["change"]["actions"]) for item in terraform.show(plan)["resource_changes"]]
    found = Counter((kind, "replace" if len(actions) == 2 else actions[0]) for kind, actions in changes)
    return Counter({key: count for key, count in found.items() if key[1] not in ("no-op", "read")})


def test_every_module_has_a_case() -> None:
    assert set(CASES) == {path.parent.name for path in (ROOT / "modules").glob("*/example.py")}


@pytest.mark.provider
@pytest.mark.slow(minutes=2)
@pytest.mark.parametrize("module", sorted(CASES, key=lambda name: name not in ("state_backend", "storage")))
def test_example(module: str, local: LocalAws, tmp_path: Path) -> None:
    case = CASES[module]

    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=local.url, region_name="eu-west-1", aws_access_key_id=world.ACCOUNT, aws_secret_access_key="local"
        )

    if case.before:
        case.before(client)
    folder = synthesize(module, tmp_path, local.url)
    terraform = Terraform(folder, ROOT, tmp_path / "logs", variables=local_credentials(world.ACCOUNT))
    plan = tmp_path / "plan"
    terraform.init()
    assert set(action for _, action in planned(terraform, plan)) == {"create"}
    terraform.apply(plan)
    assert planned(terraform, plan) == {}, "a second plan must be empty"

    synthesize(module, tmp_path, local.url, (case.old, case.new))
    assert planned(terraform, plan) == case.expected
    terraform.apply(plan)
    assert planned(terraform, plan) == {}

    planned(terraform, plan, destroy=True)
    terraform.apply(plan)
    world.clear(client)
    assert left_over(local.url, world.ACCOUNT) == []
