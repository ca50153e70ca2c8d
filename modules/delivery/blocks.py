"""Stages and triggers as the bindings' blocks: jsii drops the unknown snake_case keys of a plain dict inside a list without a word."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from modules._shared.provider import aws


def stage_blocks(stages: Sequence[dict[str, Any]]) -> list[Any]:
    """`CodepipelineStage` for each dict of `stages.stages`."""
    kinds = aws.codepipeline
    found = []
    for stage in stages:
        failure = stage.get("on_failure")
        retry = failure and kinds.CodepipelineStageOnFailureRetryConfiguration(**failure["retry_configuration"])
        found.append(
            aws.codepipeline.CodepipelineStage(
                name=stage["name"],
                action=[kinds.CodepipelineStageAction(**action) for action in stage["action"]],
                on_failure=kinds.CodepipelineStageOnFailure(result=failure["result"], retry_configuration=retry) if failure else None,
            )
        )
    return found


def trigger_blocks(triggers: Sequence[dict[str, Any]]) -> list[Any]:
    """`CodepipelineTrigger` for each dict of `stages.triggers`."""
    kinds = aws.codepipeline
    found = []
    for trigger in triggers:
        git = trigger["git_configuration"]
        pushes = [
            kinds.CodepipelineTriggerGitConfigurationPush(
                branches=kinds.CodepipelineTriggerGitConfigurationPushBranches(**push["branches"]),
                file_paths=kinds.CodepipelineTriggerGitConfigurationPushFilePaths(**push["file_paths"]) if "file_paths" in push else None,
            )
            for push in git["push"]
        ]
        configuration = kinds.CodepipelineTriggerGitConfiguration(source_action_name=git["source_action_name"], push=pushes)
        found.append(aws.codepipeline.CodepipelineTrigger(provider_type=trigger["provider_type"], git_configuration=configuration))
    return found
