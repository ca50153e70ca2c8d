"""The demo's way from data to a deployed model: the training pipeline, the registry, an approval, the delivery pipeline."""

from __future__ import annotations

import shutil
import subprocess
import time
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from urllib.request import Request, urlopen

from modules.delivery.spec import pipeline_name, project_name
from slipway.artifacts.account import Account
from slipway.config.environment import EnvironmentConfig
from slipway.config.release import load_lock
from slipway.demo import evidence
from slipway.demo.project import MODEL
from slipway.deploy.revisions import Ledger
from slipway.errors import SlipwayError
from slipway.progress import Reporter
from slipway.training.executions import Execution
from slipway.training.find import find_pipeline
from slipway.training.follow import follow
from slipway.training.registry import decide

_LEFT_OUT = (".git", ".venv", ".tools", ".slipway", "node_modules", "cdktf.out", "__pycache__", ".*_cache", ".hypothesis")
_GIT = ("git", "-c", "user.name=demo", "-c", "user.email=demo@localhost", "-c", "init.defaultBranch=main")
_OTHER = {"C": "1.01"}
"""Regularized a little less than the model that is served: other bytes, and predictions that the case file still takes."""
_STRICT = "0.9999"
"""A threshold that no model of the wines reaches."""
_PIPELINE_SECONDS = 1200.0


class Delivered:
    """Training and delivery in the local AWS; the repository is a bare one in the demo's folder."""

    def __init__(self, config: EnvironmentConfig, url: str, root: Path, scratch: Path, reporter: Reporter) -> None:
        self._account = Account(config, local_url=url)
        self._config, self._url, self._root, self._scratch, self._reporter = config, url, root, scratch, reporter
        self._repository = scratch / "models.git"
        self._package, self._served = "", ""

    def train(self) -> tuple[str, None]:
        """One execution of the deployed definition below the threshold, which registers nothing, and one that registers a package."""
        strict = self._execute({"AccuracyThreshold": _STRICT})
        if strict.package_arn:
            raise SlipwayError(f"an execution below its threshold registered {strict.package_arn}")
        good = self._execute(_OTHER)
        if good.status != "Succeeded" or not good.package_arn:
            raise SlipwayError(f"execution {good.id} is {good.status} and registered nothing: {good.failure}")
        self._package = good.package_arn
        steps = ", ".join(f"{step.name} {step.seconds or 0:.0f} s" for step in good.steps)
        return f"threshold {_STRICT}: nothing registered; then {steps}: {self._package.rpartition(':')[2]}", None

    def _execute(self, parameters: dict[str, str]) -> Execution:
        pipeline = find_pipeline(self._account, MODEL)
        return follow(pipeline, pipeline.start(parameters), self._reporter)

    def push(self) -> tuple[str, None]:
        """The project as a repository, and the connection to it completed, as somebody does once in the console."""
        work = self._scratch / "repository"
        shutil.copytree(self._root, work, ignore=shutil.ignore_patterns(*_LEFT_OUT), symlinks=True)
        shutil.copytree(self._scratch / "environments", work / "environments", dirs_exist_ok=True)
        for command in (
            ["init", "--quiet"],
            ["add", "--all"],
            ["commit", "--quiet", "--message", "The project as it is deployed"],
            ["clone", "--quiet", "--bare", str(work), str(self._repository)],
        ):
            _git(work, *command)
        shutil.rmtree(work)
        place = {"id": str(self._config.delivery and self._config.delivery.repository), "path": str(self._repository)}
        self._post("repositories", place)
        (connection,) = self._account.client("codestar-connections").list_connections()["Connections"]
        self._post("connections/complete", {"arn": connection["ConnectionArn"]})
        return f"{self._head()[:12]} in {self._repository.name}; connection {connection['ConnectionName']} completed", None

    def approve(self) -> tuple[str, None]:
        """The approval of the package starts the release build; what that commits starts the pipeline; its plan is approved, it deploys."""
        before, executions = self._head(), self._executions()
        self._served = str(self._main_model()["ModelDataUrl"])
        decide(self._account, self._package, "Approved", "the demo likes it")
        evidence.until(
            lambda: self._head() != before, lambda: f"the release build pushed nothing: {self._last_build('release')}", seconds=300
        )
        evidence.until(
            lambda: self._executions() - executions != set(), lambda: "the push started no execution of the pipeline", seconds=60
        )
        (execution,) = self._executions() - executions
        status, stages = self._follow(execution)
        if status != "Succeeded":
            raise SlipwayError(f"execution {execution} of the delivery pipeline is {status}: {'; '.join(stages)}")
        return f"{self._git('log', '-1', '--format=%s', 'main')}; pipeline: {', '.join(stages)}", None

    def serves_the_package(self) -> tuple[str, None]:
        """The variant's model reads the very bytes that the package names, the repository's lock says so, and one stack was deployed."""
        sagemaker = self._account.client("sagemaker")
        package = sagemaker.describe_model_package(ModelPackageName=self._package)
        (container,) = package["InferenceSpecification"]["Containers"]
        bucket, _, key = container["ModelDataUrl"].removeprefix("s3://").partition("/")
        trained = evidence.checksum(self._account, bucket, key)
        serving = self._main_model()
        if trained in self._served or trained not in serving["ModelDataUrl"] or serving["Image"] != container["Image"]:
            raise SlipwayError(f"the endpoint serves {serving['ModelDataUrl']}, the package's archive is {trained}")
        changed = self._deployed_stacks()
        if changed != [f"{self._config.name}-serving"]:
            raise SlipwayError(f"a change of one model deployed {', '.join(changed) or 'nothing'}")
        text = self._git("show", f"main:environments/{self._config.name}.lock.yaml")
        if self._package not in text or trained not in text:
            raise SlipwayError(f"the lock in the repository does not name {self._package}")
        (self._scratch / "environments" / f"{self._config.name}.lock.yaml").write_text(text + "\n", encoding="utf-8")
        found = load_lock(self._config.name, self._scratch).models[MODEL]
        version = str(found.model_package_arn).rpartition("/")[2]
        said = f"variant main of {self._config.naming.name(MODEL)} reads {trained[:12]}, released from package {version}"
        return f"{said}; deployed: {changed[0]} only", None

    def _main_model(self) -> Any:
        """The container of the model behind the variant `main`."""
        sagemaker = self._account.client("sagemaker")
        endpoint = sagemaker.describe_endpoint(EndpointName=self._config.naming.name(MODEL))
        config = sagemaker.describe_endpoint_config(EndpointConfigName=endpoint["EndpointConfigName"])
        (model,) = {item["ModelName"] for item in config["ProductionVariants"] if item["VariantName"] == "main"}
        return sagemaker.describe_model(ModelName=model)["PrimaryContainer"]

    def _deployed_stacks(self) -> list[str]:
        """What the newest revision has applied."""
        ledger = Ledger(self._account.client("s3"), self._config.state.bucket_name(self._config.naming), self._config.name)
        return [entry.stack for entry in next(iter(ledger.newest())).stacks if entry.applied]

    def _follow(self, execution: str) -> tuple[str, list[str]]:
        """Until the execution ends: manual approvals are given when they are asked for."""
        client, name = self._account.client("codepipeline"), pipeline_name(self._config.naming)
        told: dict[str, str] = {}
        deadline = time.monotonic() + _PIPELINE_SECONDS
        while time.monotonic() < deadline:
            for stage, action in _actions(client.get_pipeline_state(name=name)):
                latest = action.get("latestExecution", {})
                key = f"{stage} {action['actionName']}"
                if latest.get("status") and told.get(key) != latest["status"]:
                    told[key] = latest["status"]
                    self._reporter.info("delivery", f"{key}: {latest['status']} {latest.get('summary', '')}".rstrip())
                if latest.get("token") and latest.get("status") == "InProgress":
                    result = {"summary": "reviewed by the demo", "status": "Approved"}
                    client.put_approval_result(
                        pipelineName=name, stageName=stage, actionName=action["actionName"], token=latest["token"], result=result
                    )
            status = client.get_pipeline_execution(pipelineName=name, pipelineExecutionId=execution)["pipelineExecution"]["status"]
            if status not in ("InProgress", "Stopping"):
                return status, [f"{key} {state}" for key, state in told.items() if status != "Succeeded" or "pprov" in key or "pply" in key]
            time.sleep(1.0)
        raise SlipwayError(f"the delivery pipeline took longer than {_PIPELINE_SECONDS:g} s", fix="see its log groups in the local AWS")

    def _executions(self) -> set[str]:
        found = self._account.client("codepipeline").list_pipeline_executions(pipelineName=pipeline_name(self._config.naming))
        return {item["pipelineExecutionId"] for item in found["pipelineExecutionSummaries"]}

    def _last_build(self, step: str) -> str:
        client = self._account.client("codebuild")
        ids = client.list_builds_for_project(projectName=project_name(self._config.naming, step))["ids"]
        if not ids:
            return "it was not started"
        build = client.batch_get_builds(ids=ids[:1])["builds"][0]
        return f"{build['id']} is {build['buildStatus']}, log {build.get('logs', {}).get('groupName')}"

    def _head(self) -> str:
        return self._git("rev-parse", "main")

    def _git(self, *arguments: str) -> str:
        return _git(self._repository, *arguments)

    def _post(self, page: str, query: dict[str, str]) -> None:
        with urlopen(Request(f"{self._url}/_slipway/{page}?{urlencode(query)}", method="POST"), timeout=30) as answer:  # noqa: S310 - the local AWS
            answer.read()


def _git(folder: Path, *arguments: str) -> str:
    done = subprocess.run([*_GIT, *arguments], cwd=folder, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SlipwayError(f"git {arguments[0]} failed: {done.stderr.strip()}")
    return done.stdout.strip()


def _actions(state: Any) -> list[tuple[str, Any]]:
    return [(stage["stageName"], action) for stage in state["stageStates"] for action in stage.get("actionStates", [])]
