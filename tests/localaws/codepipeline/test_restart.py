"""A local AWS that keeps its state: projects and pipelines come back, and nothing of them runs again."""

from __future__ import annotations

from pathlib import Path

from slipway.localaws.server import start
from tests.localaws.codebuild import support as builds
from tests.localaws.codepipeline.support import NAME, Pipeline, Repository, build
from tests.localaws.strict import StrictClients


def test_nothing_runs_again(tmp_path: Path) -> None:
    mark = tmp_path / "runs"
    with start(persist=tmp_path / "state") as first:
        clients = StrictClients(first.url)
        pipeline = Pipeline(clients, first.url, Repository(tmp_path))
        pipeline.project("pr", f"version: 0.2\nphases: {{build: {{commands: ['echo x >> {mark}']}}}}")
        pipeline.create({"name": "build", "actions": [build("b")]})
        assert pipeline.ended()["status"] == "Succeeded"
        pipeline.ended(pipeline.start())
        builds.create(clients("codebuild"), f"version: 0.2\nphases: {{build: {{commands: ['echo x >> {mark}']}}}}", "alone")
        builds.ended(clients("codebuild"), clients("codebuild").start_build(projectName="alone")["build"]["id"])
    assert mark.read_text() == "x\n" * 3
    with start(persist=tmp_path / "state") as second:
        clients = StrictClients(second.url)
        assert sorted(clients("codebuild").list_projects()["projects"]) == ["alone", "pr"]
        assert clients("codebuild").list_builds()["ids"] == []
        assert clients("codepipeline").list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"] == []
        arn = clients("codeconnections").list_connections()["Connections"][0]["ConnectionArn"]
        assert arn == pipeline.connection
    assert mark.read_text() == "x\n" * 3
