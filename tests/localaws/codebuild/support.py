"""A project, and waiting for its builds."""

from __future__ import annotations

import io
import time
import zipfile
from typing import Any

ROLE = "arn:aws:iam::111111111111:role/build"
ENVIRONMENT = {"type": "LINUX_CONTAINER", "image": "aws/codebuild/amazonlinux-x86_64-standard:5.0", "computeType": "BUILD_GENERAL1_SMALL"}


def create(codebuild: Any, buildspec: str, name: str = "pr", **changes: Any) -> None:
    """A project without a source."""
    settings: dict[str, Any] = {
        "name": name,
        "source": {"type": "NO_SOURCE", "buildspec": buildspec},
        "artifacts": {"type": "NO_ARTIFACTS"},
        "environment": ENVIRONMENT,
        "serviceRole": ROLE,
    }
    codebuild.create_project(**settings | changes)


def ended(codebuild: Any, build_id: str, seconds: float = 30) -> dict[str, Any]:
    """The build once it is complete."""
    limit = time.monotonic() + seconds
    while True:
        build: dict[str, Any] = codebuild.batch_get_builds(ids=[build_id])["builds"][0]
        if build["buildComplete"]:
            return build
        if time.monotonic() > limit:
            raise AssertionError(build)
        time.sleep(0.05)


def run(codebuild: Any, buildspec: str, **given: Any) -> dict[str, Any]:
    """Create the project, start one build, wait for its end."""
    create(codebuild, buildspec)
    return ended(codebuild, codebuild.start_build(projectName="pr", **given)["build"]["id"])


def phases(build: dict[str, Any]) -> dict[str, str]:
    """Phase -> status."""
    return {phase["phaseType"]: phase.get("phaseStatus", "") for phase in build["phases"]}


def exported(build: dict[str, Any]) -> dict[str, str]:
    """Exported variables."""
    return {item["name"]: item["value"] for item in build["exportedEnvironmentVariables"]}


def log(client: Any, build: dict[str, Any]) -> str:
    """All lines of the build's log."""
    from slipway.localaws import logwriter

    logwriter.flush()
    place = build["logs"]
    found = client("logs").get_log_events(logGroupName=place["groupName"], logStreamName=place["streamName"], startFromHead=True)
    return "\n".join(event["message"] for event in found["events"])


def names(body: bytes) -> list[str]:
    """Entries of a ZIP archive."""
    with zipfile.ZipFile(io.BytesIO(body)) as archive:
        return archive.namelist()
