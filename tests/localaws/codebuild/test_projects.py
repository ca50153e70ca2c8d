"""Projects keep what they are given; what AWS refuses is refused."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.codebuild.support import ENVIRONMENT, create

KEY = "arn:aws:kms:eu-west-1:111111111111:key/1"


def test_what_is_given_is_kept_and_updates_leave_the_rest(client: Any) -> None:
    codebuild = client("codebuild")
    vpc = {"vpcId": "vpc-1", "subnets": ["subnet-1"], "securityGroupIds": ["sg-1"]}
    logs = {"cloudWatchLogs": {"status": "ENABLED", "groupName": "g", "streamName": "s"}}
    create(codebuild, "version: 0.2", description="d", encryptionKey=KEY, timeoutInMinutes=30, vpcConfig=vpc, logsConfig=logs)
    (made,) = codebuild.batch_get_projects(names=["pr"])["projects"]
    assert (made["encryptionKey"], made["timeoutInMinutes"], made["queuedTimeoutInMinutes"]) == (KEY, 30, 480)
    assert made["cache"] == {"type": "NO_CACHE"} and made["logsConfig"] == logs and made["vpcConfig"] == vpc
    codebuild.update_project(name="pr", description="other", vpcConfig={}, badgeEnabled=True)
    (changed,) = codebuild.batch_get_projects(names=[made["arn"]])["projects"]
    assert (changed["description"], changed["encryptionKey"], changed["badge"]["badgeEnabled"]) == ("other", KEY, True)
    assert "vpcConfig" not in changed and changed["source"] == made["source"]
    with pytest.raises(ClientError, match="already exists"):
        create(codebuild, "version: 0.2")
    with pytest.raises(ClientError, match="cannot be found"):
        codebuild.update_project(name="absent", description="x")


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"source": {"type": "NO_SOURCE"}}, "requires a buildspec"),
        ({"source": {"type": "S3"}}, "location is required"),
        ({"source": {"type": "CODEPIPELINE"}}, "both be CODEPIPELINE"),
        ({"artifacts": {"type": "S3"}}, "location is required"),
        ({"serviceRole": "arn:aws:iam::222222222222:role/x"}, "does not match"),
    ],
)
def test_what_does_not_fit_is_refused(client: Any, changes: dict[str, Any], message: str) -> None:
    with pytest.raises(ClientError, match=message):
        create(client("codebuild"), "version: 0.2", **changes)


def test_overrides_are_for_one_build(client: Any) -> None:
    codebuild = client("codebuild")
    create(codebuild, "version: 0.2\nphases: {build: {commands: ['true']}}", environment={**ENVIRONMENT, "privilegedMode": True})
    logs = {"cloudWatchLogs": {"status": "ENABLED", "groupName": "other", "streamName": "s"}}
    build = codebuild.start_build(projectName="pr", logsConfigOverride=logs, timeoutInMinutesOverride=7, imageOverride="i")["build"]
    assert build["logs"]["groupName"] == "other" and build["logs"]["streamName"].startswith("s/")
    assert (build["timeoutInMinutes"], build["environment"]["image"], build["environment"]["privilegedMode"]) == (7, "i", True)
    assert codebuild.batch_get_projects(names=["pr"])["projects"][0]["environment"]["image"] == ENVIRONMENT["image"]
