"""Pushes start executions: the background thread looks at the branches of every repository that a pipeline's sources name."""

from __future__ import annotations

import fnmatch
import subprocess
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from moto.codepipeline.models import codepipeline_backends

from slipway.localaws import connections
from slipway.localaws.codebuild.sources import git
from slipway.localaws.codepipeline import live
from slipway.localaws.lock import LOCK

_NONE = "0" * 40


def job() -> bool:
    """Start what a push since the last look starts. True while there is a source to watch."""
    watched = False
    with LOCK:
        pipelines = [
            (backend, pipeline)
            for account in list(codepipeline_backends.values())
            for backend in list(account.values())
            for pipeline in list(backend.pipelines.values())
        ]
    for backend, pipeline in pipelines:
        for source in _sources(pipeline.pipeline):
            watched = True
            _look(backend, pipeline, source)
    return watched


def _sources(definition: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for action in definition["stages"][0]["actions"]:
        if action["actionTypeId"]["provider"] == "CodeStarSourceConnection":
            yield action


def _look(backend: Any, pipeline: Any, source: Mapping[str, Any]) -> None:
    """Compare the repository's branches with the last look; a repository that is new starts nothing."""
    given = source["configuration"]
    repository = connections.repository(given["FullRepositoryId"])
    seen = pipeline.__dict__.setdefault("slipway_heads", {})
    if repository is None:
        seen.pop(source["name"], None)
        return
    mark = _mark(repository)
    before, heads = seen.get(source["name"], ("", {}))
    if mark == before:
        return
    now = _heads(repository)
    seen[source["name"]] = (mark, now)
    for branch, commit in now.items() if before else ():
        if heads.get(branch) != commit and _starts(pipeline.pipeline, source, repository, branch, heads.get(branch, _NONE), commit):
            with LOCK:
                if backend.pipelines.get(pipeline.pipeline["name"]) is pipeline:
                    others = {one["name"]: branch for one in _sources(pipeline.pipeline) if _same_repository(one, source)}
                    live.start(backend, pipeline.pipeline["name"], ("WebhookV2", f"push to {branch}"), branches=others)


def _same_repository(one: Mapping[str, Any], other: Mapping[str, Any]) -> bool:
    return bool(one["configuration"]["FullRepositoryId"] == other["configuration"]["FullRepositoryId"])


def _starts(definition: Mapping[str, Any], source: Mapping[str, Any], repository: Path, branch: str, old: str, new: str) -> bool:
    """Whether a push starts the pipeline: by a trigger's filters, else by DetectChanges on the action's own branch."""
    triggers = [one["gitConfiguration"] for one in definition.get("triggers") or []]
    own = [one for one in triggers if one["sourceActionName"] == source["name"]]
    if not own:
        named = triggers or source["configuration"].get("DetectChanges", "true") == "false"
        return not named and branch == source["configuration"]["BranchName"]
    pushes = [push for one in own for push in one.get("push") or [{}]]
    return any(
        _passes(push.get("branches"), [branch]) and _passes(push.get("filePaths"), _changed(repository, old, new))
        for push in pushes
        if "tags" not in push
    )


def _passes(filters: Mapping[str, Any] | None, names: list[str]) -> bool:
    """Whether one of the names is included and not excluded (user guide, "Filter triggers on code push or pull request")."""
    if not filters:
        return True
    included = [name for name in names if not filters.get("includes") or _any(name, filters["includes"])]
    return any(not _any(name, filters.get("excludes") or []) for name in included)


def _any(name: str, patterns: list[str]) -> bool:
    return any(fnmatch.fnmatchcase(name, pattern) for pattern in patterns)


def _changed(repository: Path, old: str, new: str) -> list[str]:
    """Files that differ; all of the new commit's when the branch is new."""
    try:
        if old == _NONE:
            return git("-C", str(repository), "ls-tree", "-r", "--name-only", new).splitlines()
        return git("-C", str(repository), "diff", "--name-only", old, new).splitlines()
    except subprocess.CalledProcessError:
        return []


def _heads(repository: Path) -> dict[str, str]:
    try:
        lines = git("-C", str(repository), "for-each-ref", "--format=%(refname:short) %(objectname)", "refs/heads").splitlines()
    except subprocess.CalledProcessError:
        return {}
    return {branch: commit for branch, commit in (line.rsplit(" ", 1) for line in lines)}


def _mark(repository: Path) -> str:
    """Differs after every push: names, sizes and times of the files that hold the branches."""
    files = [repository / "packed-refs", *sorted((repository / "refs" / "heads").rglob("*"))]
    return ";".join(f"{file}:{status.st_mtime_ns}:{status.st_ino}" for file in files if file.exists() and (status := file.stat()))
