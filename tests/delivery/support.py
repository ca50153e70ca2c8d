"""A delivery on the local AWS as it is on AWS: the synthesized pipeline and projects, and this very checkout as the repository."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import Any

from tests.modules.delivery.definition import build, pipeline_declaration, project_input, projects

ROOT = Path(__file__).resolve().parents[2]
BUCKET = "slipway-dev-delivery-111111111111"
TOPIC = "arn:aws:sns:eu-west-1:111111111111:approvals"
DEV = """
account_id: "111111111111"
project: slipway
region: eu-west-1
tags: { owner: ml-platform }
state: { deletion_protection: false }
registries: { inference: {} }
models:
  wine: { container: { image: inference } }
endpoints:
  wine:
    hosting: { kind: instances }
    variants: [{ variant_name: main, model: wine, instance_type: ml.m5.large, initial_instance_count: 1 }]
"""
LOCK = f"""
version: 1
models:
  wine:
    artifact: {{ key: models/wine/{"a" * 64}/model.tar.gz, sha256: {"a" * 64}, size: 1 }}
    image: {{ repository: slipway-dev-inference, digest: "sha256:{"b" * 64}" }}
"""


def repository(folder: Path) -> Path:
    """A bare repository with the checkout's files as they are now, and one environment of their own."""
    work, bare = folder / "work", folder / "repository.git"
    listed = subprocess.run(["git", "-C", str(ROOT), "ls-files", "-co", "--exclude-standard", "-z"], capture_output=True, check=True).stdout
    for name in listed.decode().split("\0"):
        source, target = ROOT / name, work / name
        if source.is_file() and name and not name.startswith(("docs/", "environments/", "tests/")):
            target.parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(source, target, follow_symlinks=False)
    (work / "environments").mkdir()
    (work / "environments" / "dev.yaml").write_text(DEV)
    (work / "environments" / "dev.lock.yaml").write_text(LOCK)
    git = ["git", "-C", str(work), "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in (["init", "-q", "-b", "main"], ["add", "-A", "-f"], ["commit", "-q", "-m", "everything"]):
        subprocess.run([*git, *command], check=True)
    subprocess.run(["git", "clone", "-q", "--bare", str(work), str(bare)], check=True)
    return bare


def definition(**options: Any) -> dict[str, Any]:
    """The document of a delivery of this one environment."""
    environments = [{"name": "dev", "approval": True, "approval_topic": TOPIC, "cases": {"wine": "examples/wine/cases.yaml"}}]
    return build(environments=environments, **options)


def deploy(client: Any, document: dict[str, Any], connection: str) -> str:
    """Create projects and pipeline with the calls that the provider makes of the document. Returns the pipeline's name."""
    trust = {"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}
    policy = json.dumps({"Version": "2012-10-17", "Statement": [trust]})
    client("iam").create_role(RoleName="slipway-dev-delivery-pipeline", AssumeRolePolicyDocument=policy)
    client("s3").create_bucket(Bucket=BUCKET, CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
    for body in projects(document).values():
        given = project_input(body)
        given["logsConfig"]["cloudWatchLogs"]["groupName"] = "/aws/codebuild/slipway-dev-delivery"
        client("codebuild").create_project(**given)
    declaration = pipeline_declaration(document)
    declaration["artifactStore"] = {"type": "S3", "location": BUCKET}
    for stage in declaration["stages"]:
        for action in stage["actions"]:
            if "ConnectionArn" in action["configuration"]:
                action["configuration"]["ConnectionArn"] = connection
    client("codepipeline").create_pipeline(pipeline=declaration)
    return str(declaration["name"])
