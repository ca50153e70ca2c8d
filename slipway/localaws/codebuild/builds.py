"""The API of builds: start, look, stop."""

from __future__ import annotations

from typing import Any

from moto.codebuild.exceptions import InvalidInputException, ResourceNotFoundException
from moto.codebuild.responses import CodeBuildResponse
from moto.core.responses import ActionResult

from slipway.localaws.codebuild import live
from slipway.localaws.codebuild.build import Build
from slipway.localaws.codebuild.projects import find
from slipway.localaws.patches import wraps

_INVENTS = "moto runs nothing and invents how it ended"
_MOST_IDS = 100


@wraps(CodeBuildResponse, "start_build", _INVENTS)
def start_build(_original: Any, self: Any) -> ActionResult:
    """Start a build; it goes on in the background."""
    backend, given = self.codebuild_backend, {name: self._get_param(name) for name in _OVERRIDES}
    project = find(backend, self._get_param("projectName"))
    kind = given.get("sourceTypeOverride") or project["source"]["type"]
    artifacts = given.get("artifactsOverride") or project["artifacts"]
    if kind == "CODEPIPELINE" or artifacts["type"] == "CODEPIPELINE":
        raise InvalidInputException(
            "Invalid project: CODEPIPELINE source and artifacts are only available to builds that a pipeline starts"
        )
    return ActionResult({"build": live.start(backend, project, given, initiator="local").describe()})


@wraps(CodeBuildResponse, "batch_get_builds", _INVENTS)
def batch_get_builds(_original: Any, self: Any) -> ActionResult:
    """Those that exist, by id or ARN."""
    known, asked = live.builds(self.codebuild_backend), self._get_param("ids")
    if len(asked) > _MOST_IDS:
        raise InvalidInputException(f"Invalid ids: at most {_MOST_IDS}")
    found = {name: known.get(name.rpartition("build/")[2]) for name in asked}
    missing = [name for name, build in found.items() if build is None]
    return ActionResult({"builds": [build.describe() for build in found.values() if build is not None], "buildsNotFound": missing})


@wraps(CodeBuildResponse, "stop_build", _INVENTS)
def stop_build(_original: Any, self: Any) -> ActionResult:
    """Stop one; a build that has ended stays as it is."""
    name = self._get_param("id").rpartition("build/")[2]
    build = live.builds(self.codebuild_backend).get(name)
    if build is None:
        raise ResourceNotFoundException(f"Build {name} does not exist")
    live.stop(build)
    return ActionResult({"build": build.describe()})


@wraps(CodeBuildResponse, "list_builds_for_project", _INVENTS)
def list_builds_for_project(_original: Any, self: Any) -> ActionResult:
    """Ids of a project's builds, the newest first unless sortOrder says otherwise."""
    project = find(self.codebuild_backend, self._get_param("projectName"))
    return _page(self, [build for build in live.builds(self.codebuild_backend).values() if build.project["name"] == project["name"]])


@wraps(CodeBuildResponse, "list_builds", _INVENTS)
def list_builds(_original: Any, self: Any) -> ActionResult:
    """Ids of all builds, the newest first unless sortOrder says otherwise."""
    return _page(self, list(live.builds(self.codebuild_backend).values()))


def _page(response: Any, found: list[Build]) -> ActionResult:
    ids = [build.id for build in found]
    if response._get_param("sortOrder") != "ASCENDING":
        ids.reverse()
    first = int(response._get_param("nextToken") or 0)
    answer: dict[str, Any] = {"ids": ids[first : first + _MOST_IDS]}
    if len(ids) > first + _MOST_IDS:
        answer["nextToken"] = str(first + _MOST_IDS)
    return ActionResult(answer)


_OVERRIDES = (
    *("sourceVersion", "artifactsOverride", "cacheOverride", "logsConfigOverride", "serviceRoleOverride", "timeoutInMinutesOverride"),
    *("queuedTimeoutInMinutesOverride", "encryptionKeyOverride", "sourceTypeOverride", "sourceLocationOverride", "buildspecOverride"),
    *("imageOverride", "privilegedModeOverride", "computeTypeOverride", "environmentVariablesOverride"),
)
