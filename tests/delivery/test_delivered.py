"""The delivery's own buildspecs, run in clean folders against the local AWS: a commit is tested, scanned and planned, then waits."""

from __future__ import annotations

import json
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from slipway.localaws import logwriter
from slipway.localaws.codebuild import places
from tests.delivery.support import ROOT, definition, deploy, repository
from tests.localaws.codepipeline.support import until

MOST_SECONDS = 400


def _post(url: str, page: str, **asked: str) -> None:
    request = urllib.request.Request(f"{url}/_slipway/{page}?{urlencode(asked)}", method="POST")
    urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()


def _logs(client: Any) -> str:
    logwriter.flush()
    groups = [group["logGroupName"] for group in client("logs").describe_log_groups(logGroupNamePrefix="/aws/codebuild/")["logGroups"]]
    found = [event for group in groups for event in client("logs").filter_log_events(logGroupName=group)["events"]]
    return "\n".join(event["message"] for event in found)[-6000:]


@pytest.mark.provider
@pytest.mark.slow(minutes=2)
def test_a_commit_is_tested_scanned_and_planned_and_waits_for_approval(
    client: Callable[..., Any], url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv(places.CACHE, str(ROOT))
    document = definition(test_command=".venv/bin/slipway validate")
    connections = client("codeconnections")
    connection = connections.create_connection(ConnectionName="c", ProviderType="GitHub")["ConnectionArn"]
    _post(url, "connections/complete", arn=connection)
    _post(url, "repositories", id="example/models", path=str(repository(tmp_path)))
    client("sns").create_topic(Name="approvals")
    name = deploy(client, document, connection)
    api = client("codepipeline")

    def waiting() -> dict[str, Any] | None:
        runs = api.list_action_executions(pipelineName=name)["actionExecutionDetails"]
        failed = [(run["actionName"], run["output"]["executionResult"]["errorDetails"]) for run in runs if run["status"] == "Failed"]
        assert not failed, f"{failed}\n{_logs(client)}"
        asked = (run for run in runs if run["actionName"] == "approve-dev")
        return next((run for run in asked if "ExternalEntityLink" in run["input"]["resolvedConfiguration"]), None)

    approval = until(waiting, MOST_SECONDS)
    runs = {run["actionName"]: run for run in api.list_action_executions(pipelineName=name)["actionExecutionDetails"]}
    assert {action: run["status"] for action, run in runs.items()} == {
        **dict.fromkeys(("source", "clone", "test", "scan", "plan-dev"), "Succeeded"),
        "approve-dev": "InProgress",
    }
    link = approval["input"]["resolvedConfiguration"]["ExternalEntityLink"]
    assert link == runs["plan-dev"]["output"]["outputVariables"]["REVIEW_URL"] and "review.html" in link
    (output,) = runs["scan"]["output"]["outputArtifacts"]
    from tests.localaws.codebuild.support import names

    body = client("s3").get_object(Bucket=output["s3location"]["bucket"], Key=output["s3location"]["key"])["Body"].read()
    assert names(body) == ["scan-dev.sarif"]
    (planned,) = runs["plan-dev"]["output"]["outputArtifacts"]
    body = client("s3").get_object(Bucket=planned["s3location"]["bucket"], Key=planned["s3location"]["key"])["Body"].read()
    assert {"review/approved.json", "review/review.html", "environments/dev.lock.yaml"} <= set(names(body))
    token = api.get_pipeline_state(name=name)["stageStates"][-1]["actionStates"][1]["latestExecution"]["token"]
    rejected = {"summary": "not today", "status": "Rejected"}
    api.put_approval_result(pipelineName=name, stageName="deliver-dev", actionName="approve-dev", result=rejected, token=token)
    until(lambda: api.list_pipeline_executions(pipelineName=name)["pipelineExecutionSummaries"][0]["status"] == "Failed")
    assert json.dumps(sorted(runs)) == json.dumps(sorted(one for one in runs if not one.startswith(("apply", "smoke"))))
