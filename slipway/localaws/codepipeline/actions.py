"""What actions do: sources from connections, builds by CodeBuild, approvals by a person. Other providers fail, and say so."""

from __future__ import annotations

import json
import re
import secrets
import time
from collections.abc import Callable
from datetime import datetime, timezone
from typing import Any

from moto.codebuild.exceptions import ResourceNotFoundException
from moto.codebuild.models import codebuild_backends

from slipway.localaws import clock, connections, inside
from slipway.localaws.codebuild import live as builds
from slipway.localaws.codebuild import sources
from slipway.localaws.codebuild.build import PipelineArtifacts
from slipway.localaws.codebuild.projects import find
from slipway.localaws.codepipeline.state import ActionRun, Execution
from slipway.localaws.lock import LOCK

APPROVAL_MINUTES = 7 * 24 * 60
"""After which an approval that nobody gives fails (user guide, "Add a manual approval action")."""
_REFERENCE = re.compile(r"#\{([A-Za-z0-9@_-]+)\.([A-Za-z0-9@_-]+)\}")
_FIELDS = "%H%x00%an%x00%ae%x00%aI%x00%s%x00%B"


class Failed(Exception):
    """The action fails: code and message of its errorDetails."""


def run(action: ActionRun) -> None:
    """Run one action to its end."""
    kind = action.declaration["actionTypeId"]
    try:
        action.resolved = {
            name: resolve(action.execution, value) for name, value in (action.declaration.get("configuration") or {}).items()
        }
        known = _PROVIDERS.get((kind["category"], kind["provider"]))
        if known is None:
            raise Failed(
                "ConfigurationError", f"The local AWS runs no action of provider {kind['provider']} in category {kind['category']}."
            )
        action.inputs = {item["name"]: action.execution.artifacts[item["name"]] for item in action.declaration.get("inputArtifacts") or []}
        known(action)
        action.execution.artifacts |= action.outputs
        if namespace := action.declaration.get("namespace"):
            action.execution.namespaces[namespace] = dict(action.variables)
        action.end("Succeeded")
    except Failed as failure:
        action.end("Failed", *failure.args)
    except KeyError as missing:
        action.end("Failed", "ConfigurationError", f"{missing} is missing")


def resolve(execution: Execution, text: str) -> str:
    """A value with its variables put in: `#{namespace.VARIABLE}`, `#{variables.NAME}`, `#{codepipeline.PipelineExecutionId}`."""

    def value(match: re.Match[str]) -> str:
        namespace, name = match.groups()
        known = {"codepipeline": {"PipelineExecutionId": execution.id}, "variables": execution.variables, **execution.namespaces}
        if name not in known.get(namespace, {}):
            raise Failed("VariableResolutionError", f"The variable {match[0]} has no value.")
        return known[namespace][name]

    return _REFERENCE.sub(value, str(text))


def _source(action: ActionRun) -> None:
    """CodeStarSourceConnection: the newest commit of the branch, as files or as a reference to clone."""
    execution, given = action.execution, action.resolved
    try:
        with LOCK:
            status = connections.status(given["ConnectionArn"])
    except connections.Refused as refused:
        raise Failed("ConfigurationError", refused.args[1]) from None
    if status != "AVAILABLE":
        raise Failed("ConnectionUnavailable", f"Connection {given['ConnectionArn']} is {status}, not AVAILABLE: complete it first.")
    full_id, branch = given["FullRepositoryId"], execution.branches.get(action.name, given["BranchName"])
    repository = connections.repository(full_id)
    if repository is None:
        raise Failed("ConfigurationError", f"No repository on this machine stands for {full_id}.")
    wanted = execution.commits.get(action.name, f"refs/heads/{branch}")
    try:
        fields = sources.git("-C", str(repository), "log", "-1", f"--format={_FIELDS}", wanted, "--").rstrip("\n").split("\0")
    except Exception as error:
        raise Failed("ConfigurationError", f"{full_id} has no branch {branch}, or no commit {wanted}.") from error
    commit, author, email, date, subject, message = fields
    action.variables = {
        "FullRepositoryName": full_id, "BranchName": branch, "CommitId": commit, "CommitMessage": message.strip(), "AuthorDate": date,
        "AuthorDisplayName": author, "AuthorEmail": email, "AuthorId": author, "ConnectionArn": given["ConnectionArn"],
    }  # fmt: skip
    action.external_id, action.summary = commit, subject
    execution.revisions[action.name] = (commit, json.dumps({"ProviderType": "GitHub", "CommitMessage": subject}))
    if given.get("OutputArtifactFormat", "CODE_ZIP") == "CODEBUILD_CLONE_REF":
        reference = {"ConnectionArn": given["ConnectionArn"], "FullRepositoryId": full_id, "BranchName": branch, "CommitId": commit}
        body = json.dumps(reference).encode()
    else:
        body = _archive(str(repository), commit)
    for name in _names(action.declaration, "outputArtifacts"):
        action.outputs[name] = _place(execution, name)
        _write(execution, name, action, body)


def _archive(repository: str, commit: str) -> bytes:
    import subprocess

    return subprocess.run(
        ["git", "-c", "safe.directory=*", "-C", repository, "archive", "--format=zip", commit], capture_output=True, check=True
    ).stdout


def _build(action: ActionRun) -> None:
    """CodeBuild: the project's build with the artifacts and variables of the action."""
    execution, given = action.execution, action.resolved
    backend = codebuild_backends[execution.account][execution.region]
    names = _names(action.declaration, "inputArtifacts")
    primary = given.get("PrimarySource") or (names[0] if names else "")
    if primary not in names:
        raise Failed("ConfigurationError", f"PrimarySource {primary} is none of the action's input artifacts.")
    inputs = {name: action.inputs[name] for name in [primary, *(name for name in names if name != primary)]}
    action.outputs = {name: _place(execution, name) for name in _names(action.declaration, "outputArtifacts")}
    revision = next(iter(execution.revisions.values()), ("", ""))[0]
    handed = PipelineArtifacts(inputs, action.outputs, _key(execution), revision)
    override = {"environmentVariablesOverride": json.loads(given.get("EnvironmentVariables") or "[]")}
    try:
        with LOCK:
            project = find(backend, given["ProjectName"])
            build = builds.start(backend, project, override, initiator=f"codepipeline/{execution.pipeline}", pipeline=handed)
    except ResourceNotFoundException as missing:
        raise Failed("ConfigurationError", str(missing)) from None
    action.external_id, action.log_stream = build.id, build.members["logs"]["cloudWatchLogsArn"]
    while not build.ended.wait(0.5):
        if action.status != "InProgress":
            return
    action.variables = {item["name"]: item["value"] for item in build.members["exportedEnvironmentVariables"]}
    if build.status != "SUCCEEDED":
        failed = next((one for one in build.members["phases"] if one.get("phaseStatus") not in ("SUCCEEDED", None)), None)
        message = next((context["message"] for context in (failed or {}).get("contexts", [])), "")
        phase = failed["phaseType"] if failed else build.members["phases"][-1]["phaseType"]
        raise Failed("JobFailed", f"Build terminated with state: {build.status}. Phase: {phase}. {message}".strip())


def _approval(action: ActionRun) -> None:
    """Manual: a message to the topic, then until somebody decides, or the time is over."""
    minutes = action.declaration.get("timeoutInMinutes") or APPROVAL_MINUTES
    action.token = secrets.token_hex(16)
    if topic := action.resolved.get("NotificationArn"):
        inside.publish(
            topic, f"APPROVAL NEEDED: AWS CodePipeline {action.execution.pipeline} for action {action.name}", _message(action, minutes)
        )
    if not action.decided.wait(clock.real_seconds(60.0 * minutes)):
        raise Failed("ActionTimedOut", f"Nobody decided within {minutes} minutes.")


def _message(action: ActionRun, minutes: int) -> str:
    """User guide, "JSON data format for manual approval notifications in CodePipeline"."""
    execution, given = action.execution, action.resolved
    console = f"https://console.aws.amazon.com/codepipeline/home?region={execution.region}#/view/{execution.pipeline}"
    expires = datetime.fromtimestamp(time.time() + 60 * minutes, timezone.utc).strftime("%Y-%m-%dT%H:%MZ")
    approval = {
        "pipelineName": execution.pipeline, "stageName": action.stage, "actionName": action.name, "token": action.token, "expires": expires,
        "externalEntityLink": given.get("ExternalEntityLink"),
        "approvalReviewLink": f"{console}/{action.stage}/{action.name}/approve/{action.token}",
        "customData": given.get("CustomData"),
    }  # fmt: skip
    return json.dumps({"region": execution.region, "consoleLink": console, "approval": approval})


_PROVIDERS: dict[tuple[str, str], Callable[[ActionRun], None]] = {
    ("Source", "CodeStarSourceConnection"): _source,
    ("Build", "CodeBuild"): _build,
    ("Test", "CodeBuild"): _build,
    ("Approval", "Manual"): _approval,
}


def _names(declaration: Any, member: str) -> list[str]:
    return [item["name"] for item in declaration.get(member) or []]


def _store(execution: Execution) -> dict[str, Any]:
    definition = execution.definition
    store: dict[str, Any] = definition.get("artifactStore") or definition["artifactStores"][execution.region]
    return store


def _key(execution: Execution) -> str:
    return str((_store(execution).get("encryptionKey") or {}).get("id", ""))


def _place(execution: Execution, name: str) -> tuple[str, str]:
    """Where an artifact goes: `<pipeline>/<artifact>/<random>`, the names cut as CodePipeline cuts them."""
    return str(_store(execution)["location"]), f"{execution.pipeline[:20]}/{name[:10]}/{secrets.token_hex(4)[:7]}"


def _write(execution: Execution, name: str, action: ActionRun, body: bytes) -> None:
    bucket, key = action.outputs[name]
    try:
        inside.put_object(execution.account, execution.region, f"s3://{bucket}/{key}", body, "application/zip", _key(execution))
    except inside.NotWritten as error:
        raise Failed("ConfigurationError", f"The artifact store cannot be written: {error}") from error
