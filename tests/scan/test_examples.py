"""The examples of all modules together pass: what README pages show is what the policies ask for."""

from __future__ import annotations

import importlib
from pathlib import Path

from tests.scan.support import Config, Name, scan_config

ROOT = Path(__file__).resolve().parents[2]
MODULES = sorted(path.parent.name for path in (ROOT / "modules").glob("*/example.py"))
_TAGS = {"environment": "example", "owner": "ml-platform", "project": "slipway"}
_BACKEND = {
    "bucket": "slipway-example-tfstate-111111111111",
    "encrypt": True,
    "use_lockfile": True,
    "dynamodb_table": "slipway-example-tflock",
}


_FOREIGN = {
    ("CKV_SLIPWAY_4", "example-endpoint_config"),  # its capture bucket belongs to no example
    ("CKV_SLIPWAY_32", "example-delivery"),  # nor does the bucket of access logs
    ("CKV_AWS_91", "example-fargate_endpoint"),
    ("CKV2_AWS_11", "example-fargate_endpoint"),  # its VPC stands in for the network module's, which has flow logs and a closed group
    ("CKV2_AWS_12", "example-fargate_endpoint"),
}


def test_module_examples_have_no_finding(tmp_path: Path) -> None:
    from modules._shared.provider import aws, cdktf

    app = cdktf.App(outdir=str(tmp_path))
    for module in MODULES:
        stack = cdktf.TerraformStack(app, f"example-{module}")
        aws.provider.AwsProvider(stack, "aws", region="eu-west-1", default_tags=[{"tags": {**_TAGS, "stack": f"example-{module}"}}])
        stack.add_override("terraform.backend", {"s3": _BACKEND})
        importlib.import_module(f"modules.{module}.example").build(stack)
    app.synth()
    report = scan_config(tmp_path, Config(Name("example")))
    assert not report.problems
    assert {(finding.rule, finding.stack): finding.reason for finding in report.findings}.keys() <= _FOREIGN
    assert {stack.removeprefix("example-") for stack in report.coverage.stacks} == set(MODULES)
