"""Projects whose source is a git repository: a full clone of a branch, from which a build can push; and builds that events start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from slipway.localaws import connections
from slipway.localaws.events import bus
from tests.localaws.codebuild.support import create, ended, log, phases
from tests.localaws.codepipeline.support import Repository, until

PUSHES = """
version: 0.2
env: {git-credential-helper: "yes"}
phases:
  build:
    commands:
      - test "$(git rev-parse HEAD)" = "$CODEBUILD_RESOLVED_SOURCE_VERSION"
      - echo "$PACKAGE_ARN" > released && git add released
      - git -c user.name=b -c user.email=b@example.com commit -q -m "release $PACKAGE_ARN"
      - git push -q origin HEAD:refs/heads/main
"""
SOURCE = {"type": "GITHUB", "location": "https://github.com/owner/name.git", "buildspec": PUSHES}


@pytest.fixture
def repository(tmp_path: Path, client: Any) -> Repository:
    made = Repository(tmp_path)
    connections.bind_repository("owner/name", made.bare)
    return made


def test_an_event_starts_a_build_that_commits(client: Any, repository: Repository) -> None:
    repository.push({"b": "1"}, branch="other")
    create(client("codebuild"), "", source=SOURCE, sourceVersion="refs/heads/main")
    arn = client("codebuild").batch_get_projects(names=["pr"])["projects"][0]["arn"]
    rules = client("events")
    rules.put_rule(Name="approved", EventPattern=json.dumps({"source": ["aws.sagemaker"], "detail": {"ModelApprovalStatus": ["Approved"]}}))
    template = '{"environmentVariablesOverride": [{"name": "PACKAGE_ARN", "type": "PLAINTEXT", "value": "<package>"}]}'
    transformer = {"InputPathsMap": {"package": "$.detail.ModelPackageArn"}, "InputTemplate": template}
    role = "arn:aws:iam::111111111111:role/start"
    rules.put_targets(Rule="approved", Targets=[{"Id": "1", "Arn": arn, "RoleArn": role, "InputTransformer": transformer}])
    detail = {"ModelApprovalStatus": "Approved", "ModelPackageArn": "arn:package/7"}
    kind = "SageMaker Model Package State Change"
    bus.publish("111111111111", "eu-west-1", source="aws.sagemaker", detail_type=kind, detail=detail)
    (build,) = until(lambda: client("codebuild").list_builds()["ids"])
    done = ended(client("codebuild"), build)
    assert done["buildStatus"] == "SUCCEEDED", log(client, done)
    repository.git("fetch", "-q")
    assert repository.git("show", "origin/main:released") == "arn:package/7"


@pytest.mark.parametrize(
    ("location", "version", "message"),
    [
        ("https://github.com/owner/absent", "", "no repository on this machine stands for owner/absent"),
        ("https://github.com/owner/name", "refs/heads/absent", "absent"),
    ],
)
def test_what_cannot_be_fetched_fails_the_download(client: Any, repository: Repository, location: str, version: str, message: str) -> None:
    create(client("codebuild"), "", source={**SOURCE, "location": location})
    given = {"sourceVersion": version} if version else {}
    build = ended(client("codebuild"), client("codebuild").start_build(projectName="pr", **given)["build"]["id"])
    assert phases(build)["DOWNLOAD_SOURCE"] == "FAILED"
    assert message in next(one for one in build["phases"] if one["phaseType"] == "DOWNLOAD_SOURCE")["contexts"][0]["message"]
