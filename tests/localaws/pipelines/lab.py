"""Pipelines of small steps, started and followed."""

from __future__ import annotations

import json
import time
from typing import Any

from tests.localaws.jobs.lab import ROLE, RUNNING, WAIT_SECONDS, Jobs

WRITE = "import os\n(ml / 'processing/output/out/report.json').write_text(os.environ['REPORT'])"


def get(path: str) -> dict[str, str]:
    """An expression."""
    return {"Get": path}


class Pipelines:
    """Steps of jobs that run small programs, and executions of pipelines made of them."""

    def __init__(self, jobs: Jobs) -> None:
        self.jobs, self.sagemaker = jobs, jobs.sagemaker

    def processing(self, name: str, program: str = "", **more: Any) -> dict[str, Any]:
        """A step that runs `program`."""
        request = self.jobs.processing_request("x", program)
        del request["ProcessingJobName"]
        return {"Name": name, "Type": "Processing", "Arguments": request, **more}

    def report(self, name: str, report: Any, **more: Any) -> dict[str, Any]:
        """A step that writes a property file `Report` with the document, which may hold expressions as text."""
        step = self.processing(name, WRITE, PropertyFiles=[{"PropertyFileName": "Report", "OutputName": "out", "FilePath": "report.json"}])
        place = {"Std:Join": {"On": "/", "Values": ["s3://data/runs", get("Execution.PipelineExecutionId"), name]}}
        output = {"S3Uri": place, "LocalPath": "/opt/ml/processing/output/out", "S3UploadMode": "EndOfJob"}
        step["Arguments"]["ProcessingOutputConfig"] = {"Outputs": [{"OutputName": "out", "S3Output": output}]}
        step["Arguments"]["Environment"] = {"REPORT": report if isinstance(report, dict) and "Get" in report else json.dumps(report)}
        return {**step, **more}

    def training(self, name: str, program: str = "", **more: Any) -> dict[str, Any]:
        """A training step that runs `program`."""
        request = self.jobs.training_request("x", program)
        del request["TrainingJobName"]
        return {"Name": name, "Type": "Training", "Arguments": request, **more}

    def create(self, *steps: dict[str, Any], parameters: Any = (), name: str = "p", **more: Any) -> None:
        """A pipeline."""
        document = {"Version": "2020-12-01", "Parameters": list(parameters), "Steps": list(steps), **more}
        self.sagemaker.create_pipeline(
            PipelineName=name, PipelineDefinition=json.dumps(document), RoleArn=ROLE, ClientRequestToken="t" * 32
        )

    def start(self, name: str = "p", **parameters: str) -> str:
        """A new execution; its ARN."""
        given = [{"Name": key, "Value": value} for key, value in parameters.items()]
        return str(self.sagemaker.start_pipeline_execution(PipelineName=name, PipelineParameters=given)["PipelineExecutionArn"])

    def wait(self, arn: str) -> dict[str, Any]:
        """The execution when it has ended."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            found: dict[str, Any] = self.sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)
            if found["PipelineExecutionStatus"] not in RUNNING:
                return found
            time.sleep(0.03)
        raise AssertionError(f"never ended: {found}")

    def run(self, name: str = "p", **parameters: str) -> tuple[dict[str, Any], dict[str, dict[str, Any]]]:
        """A new execution, waited for, and its steps by name."""
        arn = self.start(name, **parameters)
        return self.wait(arn), self.steps(arn)

    def steps(self, arn: str) -> dict[str, dict[str, Any]]:
        """Steps by name, in the order in which they began."""
        found = self.sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn, SortOrder="Ascending")["PipelineExecutionSteps"]
        return {step["StepName"]: step for step in found}


def condition(name: str, conditions: list[Any], then: Any = (), otherwise: Any = ()) -> dict[str, Any]:
    """A Condition step."""
    return {"Name": name, "Type": "Condition", "Arguments": {"Conditions": conditions, "IfSteps": list(then), "ElseSteps": list(otherwise)}}


def fail(name: str, message: Any) -> dict[str, Any]:
    """A Fail step."""
    return {"Name": name, "Type": "Fail", "Arguments": {"ErrorMessage": message}}


def number(step: str, path: str) -> dict[str, Any]:
    """A value of a step's property file."""
    return {"Std:JsonGet": {"PropertyFile": get(f"Steps.{step}.PropertyFiles.Report"), "Path": path}}
