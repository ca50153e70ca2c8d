"""Every module's example, applied for real: the second plan is empty, an option change does exactly what it must, destroy leaves nothing."""

from __future__ import annotations

import importlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import pytest

from slipway.localaws.left_over import left_over
from slipway.localaws.server import LocalAws, start
from slipway.terraform.cli import Terraform
from slipway.terraform.local_target import local_credentials, write_override
from tests.examples import network, world

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
    "network": Case('"kms", "monitoring")', f'"kms"), {network.OPENED}', network.EXPECTED),
    "model": Case('"LOG_LEVEL": "info"', '"LOG_LEVEL": "debug"', {("aws_sagemaker_model", "replace"): 1}, world.artifact),
    "endpoint_config": Case(
        "sampling_percentage=20", "sampling_percentage=30", {("aws_sagemaker_endpoint_configuration", "replace"): 1}, world.model
    ),
    "api": Case(
        '"maxItems": 100',
        '"maxItems": 200',
        {("aws_api_gateway_model", "update"): 1, ("aws_api_gateway_deployment", "replace"): 1, ("aws_api_gateway_stage", "update"): 1},
    ),
    "endpoint": Case(world.CONFIGS[0], world.CONFIGS[1], {("aws_sagemaker_endpoint", "update"): 1}, world.configs),
    "notifications": Case(
        "https://oncall.example.com/sns",
        "https://oncall.example.com/v2",
        {("aws_sns_topic_subscription", "create"): 1, ("aws_sns_topic_subscription", "delete"): 1},
    ),
    "alarms": Case("threshold=0.1", "threshold=0.3", {("aws_cloudwatch_metric_alarm", "update"): 1}),
    "dashboard": Case("period=300", "period=60", {("aws_cloudwatch_dashboard", "update"): 1}),
    "queries": Case("slow_milliseconds=500", "slow_milliseconds=800", {("aws_cloudwatch_query_definition", "update"): 1}),
    "autoscaling": Case("target_value=700", "target_value=500", {("aws_appautoscaling_policy", "update"): 1}, world.endpoint),
    "operations": Case("limit_amount=250", "limit_amount=300", {("aws_budgets_budget", "update"): 1}),
    "fargate_endpoint": Case(
        'model_sha256="cd" * 32', 'model_sha256="ef" * 32', {("aws_ecs_task_definition", "replace"): 1, ("aws_ecs_service", "update"): 1}
    ),
    "batch_transform": Case("cron(0 3 * * ? *)", "cron(0 4 * * ? *)", {("aws_scheduler_schedule", "update"): 1}),
    "load_test": Case("interval_in_seconds=0.5", "interval_in_seconds=0.25", {("aws_lambda_function", "update"): 1}),
    "delivery": Case("approval_timeout_in_minutes=1440", "approval_timeout_in_minutes=60", {("aws_codepipeline", "update"): 1}),
}

CASES |= {
    path.parent.name: Case(*importlib.import_module(f"tests.modules.{path.parent.name}.applied").CHANGE)
    for path in sorted((ROOT / "tests" / "modules").glob("*/applied.py"))
}
"""Modules that `slipway new module` wrote bring theirs along."""

GROUPS = (
    (
        "storage",
        "state_backend",
        "kms",
        "registry",
        "identity",
        "notifications",
        "alarms",
        "dashboard",
        "queries",
        "autoscaling",
        "delivery",
    ),
    ("network", "api", "fargate_endpoint", "load_test", "operations"),
    (
        "model",
        "endpoint_config",
        "endpoint",
        "batch_transform",
        *sorted(path.parent.name for path in (ROOT / "tests" / "modules").glob("*/applied.py")),
    ),
)
"""Applied together: starting the provider costs more than most examples."""


class _Config:
    account_id = world.ACCOUNT


@pytest.fixture
def local() -> Iterator[LocalAws]:
    with start() as server:
        yield server


def synthesize(modules: Sequence[str], folder: Path, url: str, *, changed: bool = False) -> Path:
    """The modules' examples side by side in one stack, each in a scope of its own, with a provider and the local AWS's override."""
    from constructs import Construct

    from modules._shared.provider import aws, cdktf

    app = cdktf.App(outdir=str(folder))
    stack = cdktf.TerraformStack(app, "examples")
    aws.provider.AwsProvider(stack, "aws", region="eu-west-1", allowed_account_ids=[world.ACCOUNT])
    stack.add_override("terraform.required_providers.aws.version", ">= 5.100.0, < 7.0.0")
    cdktf.LocalBackend(stack, path=str(folder / "examples.tfstate"))
    for module in modules:
        build(module, Construct(stack, scope(module)), CASES[module] if changed else None)
    app.synth()
    write_override(folder / "stacks" / "examples", _Config(), url)
    return folder / "stacks" / "examples"


def build(module: str, into: Any, change: Case | None) -> None:
    source = (ROOT / "modules" / module / "example.py").read_text()
    if change:
        assert source.count(change.old) == 1, f"{change.old!r} must stand in the example of {module} exactly once"
        source = source.replace(change.old, change.new)
    namespace: dict[str, Any] = {}
    exec(compile(source, f"modules/{module}/example.py", "exec", dont_inherit=True), namespace)
    namespace["build"](into)


def scope(module: str) -> str:
    """What the names of the module's resources begin with; of no two modules one begins like the other."""
    return f"of-{module}-example"


def planned(terraform: Terraform, plan: Path, modules: Sequence[str], **options: Any) -> dict[str, Counter[tuple[str, str]]]:
    """Module -> (type, action) -> count, of the modules whose plan is not empty."""
    found: dict[str, Counter[tuple[str, str]]] = {}
    for item in terraform.show(plan)["resource_changes"] if terraform.plan(plan, **options) else []:
        actions = item["change"]["actions"]
        if actions not in (["no-op"], ["read"]):
            (module,) = (name for name in modules if item["name"].startswith(f"{scope(name)}_"))
            found.setdefault(module, Counter())[item["type"], "replace" if len(actions) == 2 else actions[0]] += 1
    return found


def test_every_module_has_a_case() -> None:
    assert set(CASES) == {path.parent.name for path in (ROOT / "modules").glob("*/example.py")}
    assert sorted(module for group in GROUPS for module in group) == sorted(CASES)


@pytest.mark.provider
@pytest.mark.slow(minutes=2)
@pytest.mark.parametrize("modules", GROUPS, ids=lambda group: f"{group[0]}-and-{len(group) - 1}-more")
def test_examples(modules: Sequence[str], local: LocalAws, tmp_path: Path) -> None:
    def client(service: str) -> Any:
        return boto3.client(
            service, endpoint_url=local.url, region_name="eu-west-1", aws_access_key_id=world.ACCOUNT, aws_secret_access_key="local"
        )

    for before in dict.fromkeys(CASES[module].before for module in modules):
        if before:
            before(client)
    folder = synthesize(modules, tmp_path, local.url)
    terraform = Terraform(folder, ROOT, tmp_path / "logs", variables=local_credentials(world.ACCOUNT))
    plan = tmp_path / "plan"
    terraform.init()
    created = planned(terraform, plan, modules)
    assert set(created) == set(modules)
    assert {action for changes in created.values() for _, action in changes} == {"create"}
    terraform.apply(plan)
    assert planned(terraform, plan, modules) == {}, "a second plan must be empty"

    synthesize(modules, tmp_path, local.url, changed=True)
    assert planned(terraform, plan, modules) == {module: CASES[module].expected for module in modules}
    terraform.apply(plan)
    assert planned(terraform, plan, modules) == {}

    planned(terraform, plan, modules, destroy=True)
    terraform.apply(plan)
    world.clear(client)
    assert left_over(local.url, world.ACCOUNT) == []
