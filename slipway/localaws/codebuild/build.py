"""One build: what BatchGetBuilds says about it, from SUBMITTED to COMPLETED."""

from __future__ import annotations

import copy
import threading
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timezone
from typing import Any

from slipway.localaws.events import bus

PLAINTEXT = "PLAINTEXT"
_OVERRIDES = {
    f"{member}Override": member
    for member in ("artifacts", "cache", "logsConfig", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "encryptionKey")
}
_SOURCE = {"sourceTypeOverride": "type", "sourceLocationOverride": "location", "buildspecOverride": "buildspec"}
_ENVIRONMENT = {f"{member}Override": member for member in ("image", "privilegedMode", "computeType")}


@dataclass(frozen=True)
class PipelineArtifacts:
    """What a pipeline hands to a build: input artifacts, the primary first, and where the output artifacts go, as (bucket, key)."""

    inputs: Mapping[str, tuple[str, str]]
    outputs: Mapping[str, tuple[str, str]]
    kms_key: str = ""
    version: str = ""


@dataclass
class Build:
    """A build and its project as it was at the start. `members` are those of the API; `ended` is set at the end."""

    account: str
    region: str
    project: dict[str, Any]
    members: dict[str, Any]
    pipeline: PipelineArtifacts | None = None
    ended: threading.Event = field(default_factory=threading.Event)

    @property
    def id(self) -> str:
        """`<project>:<uuid>`."""
        return str(self.members["id"])

    @property
    def status(self) -> str:
        """Member `buildStatus`."""
        return str(self.members["buildStatus"])

    def enter(self, phase: str) -> None:
        """Begin a phase."""
        self.members["currentPhase"] = phase
        self.members["phases"].append({"phaseType": phase, "startTime": now()})

    def leave(self, status: str, code: str = "", message: str = "") -> None:
        """End the phase that began last; nothing when the build has ended, or the phase has."""
        phase = self.members["phases"][-1]
        if self.ended.is_set() or "phaseStatus" in phase:
            return
        ended = now()
        phase |= {"phaseStatus": status, "endTime": ended, "contexts": [{"statusCode": code, "message": message}]}
        phase["durationInSeconds"] = int((ended - phase["startTime"]).total_seconds())

    def complete(self, status: str) -> None:
        """The end: status, phase COMPLETED, event, and whoever waits goes on. Only the first call counts."""
        if self.ended.is_set():
            return
        self.leave(status)
        self.members["phases"].append({"phaseType": "COMPLETED", "startTime": now()})
        self.members |= {"buildStatus": status, "buildComplete": True, "currentPhase": "COMPLETED", "endTime": now()}
        self.ended.set()
        self.tell()

    def tell(self) -> None:
        """Put `CodeBuild Build State Change` on the default event bus (CodeBuild user guide, "Build notifications input format")."""
        detail = {
            "build-status": self.status,
            "project-name": self.project["name"],
            "build-id": self.members["arn"],
            "current-phase": self.members["currentPhase"],
            "additional-information": {"initiator": self.members["initiator"], "build-complete": self.members["buildComplete"]},
            "version": "1",
        }
        bus.publish(
            self.account,
            self.region,
            source="aws.codebuild",
            detail_type="CodeBuild Build State Change",
            detail=detail,
            resources=[self.members["arn"]],
        )

    def describe(self) -> dict[str, Any]:
        """A copy for an answer."""
        return copy.deepcopy(self.members)


def now() -> datetime:
    """The time of the real clock, in UTC."""
    return datetime.now(timezone.utc)


def new_build(account: str, region: str, project: dict[str, Any], number: int, given: Mapping[str, Any], initiator: str) -> Build:
    """A submitted build of `project` with StartBuild's overrides applied."""
    project = _overridden(copy.deepcopy(project), given)
    identity = str(uuid.uuid4())
    build_id, moment = f"{project['name']}:{identity}", now()
    group, stream = _log_place(project, identity)
    arn = f"arn:aws:codebuild:{region}:{account}:build/{build_id}"
    members: dict[str, Any] = {
        "id": build_id,
        "arn": arn,
        "buildNumber": number,
        "startTime": moment,
        "currentPhase": "QUEUED",
        "buildStatus": "IN_PROGRESS",
        "projectName": project["name"],
        "phases": [{"phaseType": "SUBMITTED", "phaseStatus": "SUCCEEDED", "startTime": moment, "endTime": moment, "durationInSeconds": 0}],
        "source": project["source"],
        "artifacts": {"location": ""},
        "cache": project["cache"],
        "environment": project["environment"],
        "serviceRole": project["serviceRole"],
        "logs": {
            "groupName": group,
            "streamName": stream,
            "cloudWatchLogsArn": f"arn:aws:logs:{region}:{account}:log-group:{group}:log-stream:{stream}",
            "cloudWatchLogs": {"status": "ENABLED"},
        },
        "timeoutInMinutes": project["timeoutInMinutes"],
        "queuedTimeoutInMinutes": project["queuedTimeoutInMinutes"],
        "buildComplete": False,
        "initiator": initiator,
        "encryptionKey": project["encryptionKey"],
        "exportedEnvironmentVariables": [],
    }
    if version := given.get("sourceVersion") or project.get("sourceVersion"):
        members["sourceVersion"] = version
    return Build(account, region, project, members)


def _log_place(project: Mapping[str, Any], identity: str) -> tuple[str, str]:
    """Log group and stream of a build."""
    settings = project.get("logsConfig", {}).get("cloudWatchLogs", {})
    prefix = settings.get("streamName")
    return settings.get("groupName") or f"/aws/codebuild/{project['name']}", f"{prefix}/{identity}" if prefix else identity


def _overridden(project: dict[str, Any], given: Mapping[str, Any]) -> dict[str, Any]:
    """The project as this one build sees it."""
    for part, overrides in ((project, _OVERRIDES), (project["source"], _SOURCE), (project["environment"], _ENVIRONMENT)):
        for name, member in overrides.items():
            if given.get(name) is not None:
                part[member] = given[name]
    changed = {item["name"]: item for item in given.get("environmentVariablesOverride") or []}
    own = {item["name"]: item for item in project["environment"].get("environmentVariables") or []}
    project["environment"]["environmentVariables"] = list({**own, **changed}.values())
    return project
