"""The pipeline's stages as plain dicts, in the provider's spelling. AWS: "CodePipeline pipeline structure reference". Pure.

One stage for each environment: while its approval is waited for, CodePipeline lets no other execution into the stage (mode QUEUED), so
that what was planned is still what would be applied.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules._shared.naming import Naming
from modules.delivery.spec import DeliveredEnvironment, DeliverySpec, project_name
from modules.delivery.steps import locks_artifact, locks_before

Stage = dict[str, Any]
Action = dict[str, Any]
SOURCE, REPOSITORY = "source", "repository"
"""Artifacts: the commit as files; the same as a git clone, for the one step that commits."""


def stages(naming: Naming, spec: DeliverySpec, connection_arn: str) -> list[Stage]:
    """Source, test, scan, image, and one stage for each environment. Tests and scans are tried twice: they change nothing."""
    found: list[Stage] = [
        {"name": "source", "action": [_source(spec, connection_arn, "source", SOURCE), _source(spec, connection_arn, "clone", REPOSITORY)]},
        {"name": "test", "action": [_build(naming, "test", "Test", [SOURCE])], "on_failure": _RETRY},
        {"name": "scan", "action": [_build(naming, "scan", "Test", [SOURCE], output="scan")], "on_failure": _RETRY},
    ]
    if spec.image is not None:
        found.append({"name": "image", "action": [_build(naming, "image", "Build", [SOURCE], output="image")]})
    return [*found, *(_environment(naming, spec, index) for index in range(len(spec.environments)))]


def triggers(spec: DeliverySpec) -> list[dict[str, Any]]:
    """A push to the branch; one that changes only locks which the pipeline itself commits starts nothing."""
    promoted = [f"environments/{item.name}.lock.yaml" for item in spec.environments[1:]]
    push: dict[str, Any] = {"branches": {"includes": [spec.branch]}}
    if promoted:
        push["file_paths"] = {"excludes": promoted}
    return [{"provider_type": "CodeStarSourceConnection", "git_configuration": {"source_action_name": "source", "push": [push]}}]


_RETRY = {"result": "RETRY", "retry_configuration": {"retry_mode": "FAILED_ACTIONS"}}


def _environment(naming: Naming, spec: DeliverySpec, index: int) -> Stage:
    item = spec.environments[index]
    plan = _build(naming, f"plan-{item.name}", "Build", [SOURCE, *_some(locks_before(spec, index))], output=locks_artifact(item.name))
    following = [
        _build(naming, f"apply-{item.name}", "Build", [SOURCE, locks_artifact(item.name)]),
        _build(naming, f"smoke-{item.name}", "Test", [SOURCE, locks_artifact(item.name)]),
        _build(naming, f"record-{item.name}", "Build", [REPOSITORY, locks_artifact(item.name)]),
    ]
    actions = [{**plan, "namespace": f"plan-{item.name}"}, *([_approval(item)] if item.approval else []), *following]
    return {"name": f"deliver-{item.name}", "action": [{**action, "run_order": order} for order, action in enumerate(actions, 1)]}


def _approval(item: DeliveredEnvironment) -> Action:
    configuration = {
        "CustomData": f"Read the plan of {item.name} before you approve it; exactly that plan is applied.",
        "ExternalEntityLink": f"#{{plan-{item.name}.REVIEW_URL}}",
    }
    if item.approval_topic is not None:
        configuration["NotificationArn"] = item.approval_topic
    return {
        "name": f"approve-{item.name}",
        "category": "Approval",
        "owner": "AWS",
        "provider": "Manual",
        "version": "1",
        "configuration": configuration,
        "timeout_in_minutes": item.approval_timeout_in_minutes,
    }


def _source(spec: DeliverySpec, connection_arn: str, name: str, artifact: str) -> Action:
    configuration = {
        "ConnectionArn": connection_arn,
        "FullRepositoryId": spec.repository,
        "BranchName": spec.branch,
        "DetectChanges": "false",  # the trigger does
        "OutputArtifactFormat": "CODEBUILD_CLONE_REF" if artifact == REPOSITORY else "CODE_ZIP",
    }
    return {
        "name": name,
        "category": "Source",
        "owner": "AWS",
        "provider": "CodeStarSourceConnection",
        "version": "1",
        "configuration": configuration,
        "namespace": name,
        "output_artifacts": [artifact],
    }


def _build(naming: Naming, step: str, category: str, inputs: Sequence[str], *, output: str = "") -> Action:
    primary = {"PrimarySource": inputs[0]} if len(inputs) > 1 else {}
    action: Action = {
        "name": step,
        "category": category,
        "owner": "AWS",
        "provider": "CodeBuild",
        "version": "1",
        "configuration": {"ProjectName": project_name(naming, step), **primary},
        "input_artifacts": list(inputs),
    }
    return {**action, "output_artifacts": [output]} if output else action


def _some(artifact: str) -> list[str]:
    return [artifact] if artifact else []
