"""Executions of pipelines run their actions for real: sources from git, builds, variables, artifacts, approvals, failures."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.codebuild import support as builds
from tests.localaws.codepipeline.support import NAME, Pipeline, Repository, action, approval, build, until

PASSES = "version: 0.2\nphases: {build: {commands: ['true']}}"


@pytest.fixture
def pipeline(client: Callable[..., Any], url: str, tmp_path: Path) -> Pipeline:
    return Pipeline(client, url, Repository(tmp_path))


def test_a_push_is_built_and_its_artifacts_and_variables_go_on(pipeline: Pipeline) -> None:
    make = """
version: 0.2
env: {exported-variables: [ANSWER]}
phases: {build: {commands: ['export ANSWER="$(cat a.txt)-$WHO"', 'mkdir out && cp a.txt out/', 'test $CODEBUILD_RESOLVED_SOURCE_VERSION = $SHA']}}
artifacts: {files: ['*'], base-directory: out}
"""
    use = """
version: 0.2
phases: {build: {commands: ['test "$GOT" = 1-me', 'diff a.txt "$CODEBUILD_SRC_DIR_made/a.txt"', 'test ! -e .git']}}
"""
    pipeline.project("make", make)
    pipeline.project("use", use)
    variables = json.dumps([{"name": "WHO", "value": "#{variables.WHO}"}, {"name": "SHA", "value": "#{source.CommitId}"}])
    made = build("make", "make", outputs=["made"], namespace="made", configuration={"EnvironmentVariables": variables})
    got = {"EnvironmentVariables": json.dumps([{"name": "GOT", "value": "#{made.ANSWER}"}]), "PrimarySource": "source"}
    used = build("use", "use", inputs=["made", "source"], configuration=got)
    pipeline.create({"name": "build", "actions": [made, used | {"runOrder": 2}]}, variables=[{"name": "WHO", "defaultValue": "me"}])
    ended = pipeline.ended()
    assert ended["status"] == "Succeeded", pipeline.api.list_action_executions(pipelineName=NAME)
    assert ended["trigger"]["triggerType"] == "CreatePipeline"
    assert pipeline.actions() == [("source", "Succeeded"), ("make", "Succeeded"), ("use", "Succeeded")]
    commit = pipeline.repository.git("rev-parse", "HEAD")
    assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    detail = pipeline.detail("make")
    assert detail["output"]["outputVariables"] == {"ANSWER": "1-me"}
    place = detail["output"]["outputArtifacts"][0]["s3location"]
    assert place["bucket"] == "artifacts" and place["key"].startswith("pipeline/made/")
    body = pipeline.client("s3").get_object(Bucket="artifacts", Key=place["key"])["Body"].read()
    assert builds.names(body) == ["a.txt"]
    assert pipeline.stage("source")["actionStates"][0]["currentRevision"]["revisionId"] == commit
    other = pipeline.ended(pipeline.start(variables=[{"name": "WHO", "value": "you"}]))
    assert other["status"] == "Failed" and other["variables"] == [{"name": "WHO", "resolvedValue": "you"}]
    assert "Phase: BUILD" in pipeline.detail("use")["output"]["executionResult"]["errorDetails"]["message"]


def test_a_clone_can_push(pipeline: Pipeline) -> None:
    pushes = """
version: 0.2
phases:
  build:
    commands:
      - git -c user.name=b -c user.email=b@example.com commit -q --allow-empty -m built
      - git push -q origin HEAD:refs/heads/main
"""
    pipeline.project("pr", pushes)
    pipeline.create({"name": "build", "actions": [build("push")]}, source=pipeline.source(OutputArtifactFormat="CODEBUILD_CLONE_REF"))
    assert pipeline.ended()["status"] == "Succeeded"
    pipeline.repository.git("fetch", "-q")
    assert pipeline.repository.git("log", "-1", "--format=%s %an", "origin/main") == "built b"


TRIGGER = {
    "providerType": "CodeStarSourceConnection",
    "gitConfiguration": {
        "sourceActionName": "source",
        "push": [{"branches": {"includes": ["main", "feature/*"]}, "filePaths": {"excludes": ["locks/*"]}}],
    },
}


@pytest.mark.parametrize(
    ("branch", "files", "starts"),
    [("main", {"b": "1"}, True), ("feature/x", {"b": "1"}, True), ("other", {"b": "1"}, False), ("main", {"locks/prod": "1"}, False)],
)
def test_pushes_start_by_the_triggers_filters(pipeline: Pipeline, branch: str, files: dict[str, str], starts: bool) -> None:
    pipeline.project("pr", PASSES)
    pipeline.create({"name": "build", "actions": [build("b")]}, triggers=[TRIGGER])
    pipeline.ended()
    from slipway.localaws.codepipeline import triggers

    triggers.job()
    commit = pipeline.repository.push(files, branch=branch)
    triggers.job()
    if not starts:
        assert len(pipeline.executions()) == 1
        return
    until(lambda: len(pipeline.executions()) == 2)
    newest = pipeline.executions()[0]
    assert newest["trigger"]["triggerType"] == "WebhookV2"
    pipeline.ended(newest["pipelineExecutionId"])
    assert pipeline.executions()[0]["sourceRevisions"][0]["revisionId"] == commit
    assert pipeline.detail("source")["output"]["outputVariables"]["BranchName"] == branch


def test_nothing_goes_on_before_the_approval(pipeline: Pipeline) -> None:
    topic = pipeline.client("sns").create_topic(Name="approvals")["TopicArn"]
    queue = pipeline.client("sqs").create_queue(QueueName="q")["QueueUrl"]
    arn = pipeline.client("sqs").get_queue_attributes(QueueUrl=queue, AttributeNames=["QueueArn"])["Attributes"]["QueueArn"]
    pipeline.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=arn)
    pipeline.project("pr", PASSES)
    gate = approval(NotificationArn=topic, CustomData="look at #{source.CommitMessage}", ExternalEntityLink="https://example.com/r")
    pipeline.create({"name": "prod", "actions": [gate, build("apply") | {"runOrder": 2}]})
    token = pipeline.approval("prod", "approve")
    assert pipeline.actions() == [("source", "Succeeded"), ("approve", "InProgress")]
    assert pipeline.stage("prod")["actionStates"][0]["entityUrl"] == "https://example.com/r"
    message = json.loads(pipeline.client("sqs").receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    told = json.loads(message["Message"])["approval"]
    assert (told["token"], told["customData"], told["externalEntityLink"]) == (token, "look at first", "https://example.com/r")
    with pytest.raises(ClientError, match="InvalidApprovalTokenException"):
        pipeline.decide("prod", "approve", "Approved", token="no")
    pipeline.decide("prod", "approve", "Approved")
    assert pipeline.ended()["status"] == "Succeeded"
    with pytest.raises(ClientError, match="ApprovalAlreadyCompletedException"):
        pipeline.decide("prod", "approve", "Approved", token=token)
    second = pipeline.start()
    pipeline.decide("prod", "approve", "Rejected")
    assert pipeline.ended(second)["status"] == "Failed"
    assert pipeline.actions(second) == [("source", "Succeeded"), ("approve", "Failed")]
    assert pipeline.stage("prod")["latestExecution"]["status"] == "Failed"


def test_an_approval_that_nobody_gives_fails(pipeline: Pipeline, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "3600")
    pipeline.create({"name": "prod", "actions": [approval() | {"timeoutInMinutes": 5}]})
    assert pipeline.ended()["status"] == "Failed"
    assert pipeline.detail("approve")["output"]["executionResult"]["errorDetails"]["code"] == "ActionTimedOut"


def test_actions_of_the_same_order_run_side_by_side(pipeline: Pipeline, tmp_path: Path) -> None:
    waits = "version: 0.2\nphases: {{build: {{commands: ['touch {0}/$ME; until [ -e {0}/$OTHER ]; do sleep 0.02; done']}}}}"
    pipeline.project("pr", waits.format(tmp_path))

    def one(me: str, other: str) -> dict[str, Any]:
        values = [{"name": "ME", "value": me}, {"name": "OTHER", "value": other}]
        return build(me, configuration={"EnvironmentVariables": json.dumps(values)})

    pipeline.create({"name": "build", "actions": [one("left", "right"), one("right", "left")]})
    assert pipeline.ended()["status"] == "Succeeded"


def test_a_failed_stage_is_tried_again_once(pipeline: Pipeline, tmp_path: Path) -> None:
    pipeline.project(
        "flaky", f"version: 0.2\nphases: {{build: {{commands: ['test -e {tmp_path}/seen || {{ touch {tmp_path}/seen; false; }}']}}}}"
    )
    pipeline.project("pr", PASSES)
    retry = {"result": "RETRY", "retryConfiguration": {"retryMode": "FAILED_ACTIONS"}}
    pipeline.create({"name": "test", "actions": [build("good"), build("flaky", "flaky")], "onFailure": retry})
    assert pipeline.ended()["status"] == "Succeeded"
    assert sorted(pipeline.actions()) == [("flaky", "Failed"), ("flaky", "Succeeded"), ("good", "Succeeded"), ("source", "Succeeded")]
    assert pipeline.stage("test")["retryStageMetadata"]["autoStageRetryAttempt"] == 1


def test_a_failed_stage_rolls_back_to_the_last_good_execution(pipeline: Pipeline) -> None:
    pipeline.project("pr", "version: 0.2\nphases: {build: {commands: ['test $(cat a.txt) = 1']}}")
    pipeline.create({"name": "deploy", "actions": [build("apply")], "onFailure": {"result": "ROLLBACK"}})
    good = pipeline.ended()["pipelineExecutionId"]
    pipeline.repository.push({"a.txt": "2"})
    bad = pipeline.start()
    assert pipeline.ended(bad)["status"] == "Failed"
    until(lambda: len(pipeline.executions()) == 3)
    back = pipeline.ended(pipeline.executions()[0]["pipelineExecutionId"])
    assert (back["status"], back["executionType"], back["trigger"]["triggerType"]) == ("Succeeded", "ROLLBACK", "AutomatedRollback")
    assert back["rollbackMetadata"]["rollbackTargetPipelineExecutionId"] == good
    assert pipeline.actions(back["pipelineExecutionId"]) == [("apply", "Succeeded")]
    manual = pipeline.api.rollback_stage(pipelineName=NAME, stageName="deploy", targetPipelineExecutionId=good)["pipelineExecutionId"]
    assert pipeline.ended(manual)["trigger"]["triggerType"] == "ManualRollback"
    with pytest.raises(ClientError, match="UnableToRollbackStageException"):
        pipeline.api.rollback_stage(pipelineName=NAME, stageName="deploy", targetPipelineExecutionId=bad)
    pipeline.project("fixed", PASSES)
    pipeline.api.retry_stage_execution(pipelineName=NAME, stageName="deploy", pipelineExecutionId=bad, retryMode="ALL_ACTIONS")
    assert pipeline.ended(bad)["status"] == "Failed"


def test_queued_executions_wait_for_their_turn_and_can_be_stopped(pipeline: Pipeline) -> None:
    pipeline.create({"name": "prod", "actions": [approval()]})
    first = pipeline.executions()[0]["pipelineExecutionId"]
    token = pipeline.approval("prod", "approve")
    second, third = pipeline.start(), pipeline.start()
    until(lambda: len(pipeline.stage("prod").get("inboundExecutions", [])) == 2)
    pipeline.api.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=third, reason="not needed")
    assert pipeline.ended(third)["status"] == "Stopped"
    pipeline.decide("prod", "approve", "Approved", token)
    assert pipeline.ended(first)["status"] == "Succeeded"
    assert pipeline.approval("prod", "approve") != token
    pipeline.api.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=second, abandon=True)
    assert pipeline.ended(second)["status"] == "Stopped" and ("approve", "Abandoned") in pipeline.actions(second)
    with pytest.raises(ClientError, match="PipelineExecutionNotStoppableException"):
        pipeline.api.stop_pipeline_execution(pipelineName=NAME, pipelineExecutionId=second)


def test_superseded_executions_make_room(pipeline: Pipeline) -> None:
    pipeline.create({"name": "prod", "actions": [approval()]}, executionMode="SUPERSEDED")
    token = pipeline.approval("prod", "approve")
    second = pipeline.start()
    until(lambda: pipeline.stage("prod").get("inboundExecution"))
    third = pipeline.start()
    assert pipeline.ended(second)["status"] == "Superseded"
    pipeline.decide("prod", "approve", "Approved", token)
    until(lambda: pipeline.approval("prod", "approve") != token)
    pipeline.decide("prod", "approve", "Approved")
    assert pipeline.ended(third)["status"] == "Succeeded"


@pytest.mark.parametrize(
    ("broken", "message"),
    [
        (build("b", "absent"), "cannot be found"),
        (build("b", configuration={"EnvironmentVariables": '[{"name": "A", "value": "#{no.VALUE}"}]'}), "#{no.VALUE} has no value"),
        (action("b", "Deploy", "CloudFormation", {}), "runs no action of provider CloudFormation"),
    ],
)
def test_what_cannot_run_fails_and_says_so(pipeline: Pipeline, broken: dict[str, Any], message: str) -> None:
    pipeline.project("pr", PASSES)
    pipeline.create({"name": "s", "actions": [broken]})
    assert pipeline.ended()["status"] == "Failed"
    assert message in pipeline.detail("b")["output"]["executionResult"]["errorDetails"]["message"]


def test_a_source_needs_a_connection_that_is_complete(pipeline: Pipeline) -> None:
    connections = pipeline.client("codestar-connections")
    pending = connections.create_connection(ConnectionName="d", ProviderType="GitHub")["ConnectionArn"]
    assert connections.get_connection(ConnectionArn=pending)["Connection"]["ConnectionStatus"] == "PENDING"
    pipeline.create({"name": "s", "actions": [approval()]}, source=pipeline.source(ConnectionArn=pending))
    assert pipeline.ended()["status"] == "Failed"
    assert "PENDING, not AVAILABLE" in pipeline.detail("source")["output"]["executionResult"]["errorDetails"]["message"]
    with pytest.raises(ClientError, match="is not declared"):
        pipeline.start(variables=[{"name": "V", "value": "1"}])
    pipeline.api.delete_pipeline(name=NAME)
    with pytest.raises(ClientError, match="does not have a pipeline"):
        pipeline.start()
