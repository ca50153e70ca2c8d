"""A pipeline on a git repository, and waiting for what its executions do."""

from __future__ import annotations

import json
import subprocess
import time
import urllib.request
from collections.abc import Callable
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from tests.localaws.codebuild import support as builds

ROLE = "arn:aws:iam::111111111111:role/pipeline"
TRUST = {
    "Version": "2012-10-17",
    "Statement": [{"Effect": "Allow", "Principal": {"Service": "codepipeline.amazonaws.com"}, "Action": "sts:AssumeRole"}],
}
NAME = "pipeline"


class Repository:
    """A bare repository, and a checkout that pushes to it."""

    def __init__(self, folder: Path) -> None:
        self.bare, self.checkout = folder / "bare.git", folder / "checkout"
        subprocess.run(["git", "init", "-q", "--bare", "-b", "main", str(self.bare)], check=True)
        subprocess.run(["git", "clone", "-q", str(self.bare), str(self.checkout)], check=True, capture_output=True)
        self.push({"a.txt": "1"}, "first")

    def push(self, files: dict[str, str], message: str = "more", branch: str = "main") -> str:
        """Commit these files to a branch and push it. Returns the commit."""
        self.git("checkout", "-q", "-B", branch)
        for name, text in files.items():
            (self.checkout / name).parent.mkdir(parents=True, exist_ok=True)
            (self.checkout / name).write_text(text)
        self.git("add", "-A")
        self.git("-c", "user.name=Ann", "-c", "user.email=ann@example.com", "commit", "-q", "-m", message)
        self.git("push", "-q", "origin", branch)
        return self.git("rev-parse", "HEAD")

    def git(self, *arguments: str) -> str:
        done = subprocess.run(["git", "-C", str(self.checkout), *arguments], check=True, capture_output=True, text=True)
        return done.stdout.strip()


class Pipeline:
    """One pipeline of the local AWS, and its clients."""

    def __init__(self, client: Callable[..., Any], url: str, repository: Repository) -> None:
        self.client, self.url, self.repository = client, url, repository
        self.api, self.codebuild = client("codepipeline"), client("codebuild")
        client("s3").create_bucket(Bucket="artifacts", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})
        client("iam").create_role(RoleName="pipeline", AssumeRolePolicyDocument=json.dumps(TRUST))
        connections = client("codeconnections")
        self.connection = connections.create_connection(ConnectionName="c", ProviderType="GitHub")["ConnectionArn"]
        self.post("connections/complete", arn=self.connection)
        self.post("repositories", id="owner/name", path=str(repository.bare))

    def post(self, page: str, **asked: str) -> None:
        request = urllib.request.Request(f"{self.url}/_slipway/{page}?{urlencode(asked)}", method="POST")
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10).close()

    def source(self, **changes: str) -> dict[str, Any]:
        configuration = {"ConnectionArn": self.connection, "FullRepositoryId": "owner/name", "BranchName": "main", "DetectChanges": "false"}
        return action("source", "Source", "CodeStarSourceConnection", configuration | changes, outputs=["source"], namespace="source")

    def project(self, name: str, buildspec: str) -> None:
        """A project for actions."""
        kind = {"type": "CODEPIPELINE"}
        builds.create(self.codebuild, "", name, source={**kind, "buildspec": buildspec}, artifacts=kind)

    def create(self, *stages: dict[str, Any], source: dict[str, Any] | None = None, **changes: Any) -> None:
        """Create it. It starts at once; that execution is waited for when `settle` is given."""
        definition = {
            "name": NAME, "roleArn": ROLE, "pipelineType": "V2", "executionMode": "QUEUED",
            "artifactStore": {"type": "S3", "location": "artifacts"},
            "stages": [{"name": "source", "actions": [source or self.source()]}, *stages],
        }  # fmt: skip
        self.api.create_pipeline(pipeline=definition | changes)

    def executions(self) -> list[dict[str, Any]]:
        """The newest first."""
        found: list[dict[str, Any]] = self.api.list_pipeline_executions(pipelineName=NAME)["pipelineExecutionSummaries"]
        return found

    def start(self, **given: Any) -> str:
        return str(self.api.start_pipeline_execution(name=NAME, **given)["pipelineExecutionId"])

    def ended(self, execution: str = "") -> dict[str, Any]:
        """The execution, or the only one, once it is over."""
        identity = execution or self.executions()[0]["pipelineExecutionId"]
        get = lambda: self.api.get_pipeline_execution(pipelineName=NAME, pipelineExecutionId=identity)["pipelineExecution"]  # noqa: E731
        return dict(until(lambda: found if (found := get())["status"] not in ("InProgress", "Stopping") else None))

    def actions(self, execution: str = "") -> list[tuple[str, str]]:
        """Action and status in the order in which they started."""
        asked = {"filter": {"pipelineExecutionId": execution}} if execution else {}
        found = self.api.list_action_executions(pipelineName=NAME, **asked)["actionExecutionDetails"]
        return [(one["actionName"], one["status"]) for one in reversed(found)]

    def detail(self, name: str) -> dict[str, Any]:
        """The newest run of an action."""
        found = self.api.list_action_executions(pipelineName=NAME)["actionExecutionDetails"]
        return dict(next(one for one in found if one["actionName"] == name))

    def stage(self, name: str) -> dict[str, Any]:
        """One entry of GetPipelineState."""
        return dict(next(one for one in self.api.get_pipeline_state(name=NAME)["stageStates"] if one["stageName"] == name))

    def approval(self, stage: str, name: str) -> str:
        """The token of an approval, once it waits."""

        def token() -> str:
            states = {one["actionName"]: one for one in self.stage(stage)["actionStates"]}
            return str(states[name].get("latestExecution", {}).get("token", ""))

        return str(until(token))

    def decide(self, stage: str, name: str, status: str, token: str = "") -> None:
        result = {"summary": f"{status} by a test", "status": status}
        token = token or self.approval(stage, name)
        self.api.put_approval_result(pipelineName=NAME, stageName=stage, actionName=name, result=result, token=token)


def action(name: str, category: str, provider: str, configuration: dict[str, str], **more: Any) -> dict[str, Any]:
    """An action; `inputs` and `outputs` are names of artifacts."""
    made = {
        "name": name,
        "actionTypeId": {"category": category, "owner": "AWS", "provider": provider, "version": "1"},
        "configuration": configuration,
        "inputArtifacts": [{"name": one} for one in more.pop("inputs", [])],
        "outputArtifacts": [{"name": one} for one in more.pop("outputs", [])],
    }
    return made | more


def build(name: str, project: str = "pr", **more: Any) -> dict[str, Any]:
    configuration = {"ProjectName": project, **more.pop("configuration", {})}
    return action(name, "Build", "CodeBuild", configuration, **{"inputs": ["source"], **more})


def approval(name: str = "approve", **configuration: str) -> dict[str, Any]:
    return action(name, "Approval", "Manual", configuration)


def until(look: Callable[[], Any], seconds: float = 30) -> Any:
    """What `look` gives once it is true."""
    limit = time.monotonic() + seconds
    while not (found := look()):
        assert time.monotonic() < limit, "it never came"
        time.sleep(0.05)
    return found
