"""Projects as CodeBuild keeps them: every member that was given, with AWS's defaults for the rest."""

from __future__ import annotations

from datetime import datetime, timezone
from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceAlreadyExistsException, ResourceNotFoundException
from moto.codebuild.models import CodeBuild
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult, EmptyResult

from slipway.localaws.patches import adds, wraps

_LOSES = "moto keeps half of a project, and refuses CODEPIPELINE and NO_SOURCE"
_KEPT = (
    *("description", "source", "secondarySources", "sourceVersion", "secondarySourceVersions", "artifacts", "secondaryArtifacts"),
    *("cache", "environment", "serviceRole", "timeoutInMinutes", "queuedTimeoutInMinutes", "encryptionKey", "tags", "vpcConfig"),
    *("logsConfig", "fileSystemLocations", "buildBatchConfig", "concurrentBuildLimit", "autoRetryLimit"),
)
_SOURCES = ("BITBUCKET", "CODECOMMIT", "CODEPIPELINE", "GITHUB", "GITHUB_ENTERPRISE", "GITLAB", "GITLAB_SELF_MANAGED", "NO_SOURCE", "S3")
_WITHOUT_LOCATION = ("CODEPIPELINE", "NO_SOURCE")
MINUTES = (5, 2160)
"""The least and the most that timeoutInMinutes may be (API: CreateProject)."""


@wraps(CodeBuildResponse, "create_project", _LOSES)
def create_project(_original: Any, self: Any) -> ActionResult:
    """Keep the project as it is given."""
    given, backend = _given(self), self.codebuild_backend
    name = given["name"]
    arn = f"arn:aws:codebuild:{backend.region_name}:{backend.account_id}:project/{name}"
    if name in backend.codebuild_projects:
        raise ResourceAlreadyExistsException(f"Project already exists: {arn}")
    _check(given, backend.account_id)
    now = datetime.now(timezone.utc)
    project = CodeBuild(
        backend.account_id, backend.region_name, name, None, given["source"], given["artifacts"], given["environment"], given["serviceRole"]
    )
    project.project_metadata = {
        "name": name,
        "arn": arn,
        "cache": {"type": "NO_CACHE"},
        "timeoutInMinutes": 60,
        "queuedTimeoutInMinutes": 480,
        "encryptionKey": f"arn:aws:kms:{backend.region_name}:{backend.account_id}:alias/aws/s3",
        "tags": [],
        "badge": {"badgeEnabled": bool(given.get("badgeEnabled"))},
        "projectVisibility": "PRIVATE",
        "created": now,
        "lastModified": now,
        **{key: given[key] for key in _KEPT if given.get(key) is not None},
    }
    backend.codebuild_projects[name] = project
    return ActionResult({"project": project.project_metadata})


@adds(CodeBuildResponse, "moto has no UpdateProject")
def update_project(self: Any) -> ActionResult:
    """Replace what the call names; the rest stays. An empty VPC takes the project out of its VPC."""
    given = _given(self)
    project = find(self.codebuild_backend, given["name"])
    kept = {key: given[key] for key in _KEPT if given.get(key) is not None}
    _check({**project, **kept}, self.codebuild_backend.account_id)
    project.update(kept, lastModified=datetime.now(timezone.utc))
    if not project.get("vpcConfig", {}).get("vpcId"):
        project.pop("vpcConfig", None)
    if "badgeEnabled" in given:
        project["badge"] = {"badgeEnabled": bool(given["badgeEnabled"])}
    return ActionResult({"project": project})


@wraps(CodeBuildResponse, "batch_get_projects", "moto does not say which projects it did not find")
def batch_get_projects(_original: Any, self: Any) -> ActionResult:
    """Those that exist, by name or ARN, and the names of the others."""
    known = self.codebuild_backend.codebuild_projects
    asked = {name: known.get(name.rpartition("project/")[2]) for name in self._get_param("names")}
    missing = [name for name, project in asked.items() if project is None]
    return ActionResult({"projects": [one.project_metadata for one in asked.values() if one is not None], "projectsNotFound": missing})


@wraps(CodeBuildResponse, "delete_project", "moto keeps the builds of a project that is gone")
def delete_project(_original: Any, self: Any) -> EmptyResult:
    """Delete it with its builds; those that run end. A name that is unknown is no error, as on AWS."""
    from slipway.localaws.codebuild import live

    name = self._get_param("name").rpartition("project/")[2]
    live.forget_project(self.codebuild_backend, name)
    self.codebuild_backend.codebuild_projects.pop(name, None)
    return EmptyResult()


def find(backend: Any, name: str) -> dict[str, Any]:
    """A project's members by name or ARN. ResourceNotFoundException for an unknown one."""
    project = backend.codebuild_projects.get(name.rpartition("project/")[2])
    if project is None:
        arn = f"arn:aws:codebuild:{backend.region_name}:{backend.account_id}:project/{name.rpartition('project/')[2]}"
        raise ResourceNotFoundException(f"Project cannot be found: {arn}")
    members: dict[str, Any] = project.project_metadata
    return members


def _given(response: Any) -> dict[str, Any]:
    names = ("name", "badgeEnabled", *_KEPT)
    return {name: value for name in names if (value := response._get_param(name)) is not None}


def _check(project: dict[str, Any], account: str) -> None:
    source, artifacts = project["source"], project["artifacts"]
    if source.get("type") not in _SOURCES:
        raise InvalidInputException("Invalid type provided: Project source type")
    if source["type"] not in _WITHOUT_LOCATION and not source.get("location"):
        raise InvalidInputException("Project source location is required")
    if source["type"] == "NO_SOURCE" and not source.get("buildspec"):
        raise InvalidInputException("Project source type NO_SOURCE requires a buildspec")
    if (source["type"] == "CODEPIPELINE") != (artifacts.get("type") == "CODEPIPELINE"):
        raise InvalidInputException("Invalid artifacts: source and artifacts must both be CODEPIPELINE or neither")
    if artifacts.get("type") == "S3" and not artifacts.get("location"):
        raise InvalidInputException("Invalid artifacts: location is required for type S3")
    if not MINUTES[0] <= int(project.get("timeoutInMinutes", 60)) <= MINUTES[1]:
        raise InvalidInputException(f"Invalid timeoutInMinutes: must be between {MINUTES[0]} and {MINUTES[1]}")
    if f":iam::{account}:role/" not in project["serviceRole"]:
        raise InvalidInputException("Invalid service role: Service role account ID does not match caller's account")
