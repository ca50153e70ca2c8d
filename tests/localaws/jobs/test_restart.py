"""A local AWS with --persist: after a restart jobs, executions and packages are what they were, and nothing runs again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from slipway.localaws.jobs import live
from slipway.localaws.server import start
from tests.localaws.jobs.lab import Jobs, metric
from tests.localaws.pipelines.lab import Pipelines, condition
from tests.localaws.strict import StrictClients


def test_what_ended_stays_as_it_ended_and_what_ran_has_failed(image: Path, tmp_path: Path):
    with start(persist=tmp_path) as server:
        jobs = Jobs(StrictClients(server.url), image)
        algorithm = {"TrainingImage": jobs.image, "TrainingInputMode": "File", "MetricDefinitions": [metric("loss")]}
        good = jobs.train("good", "(ml / 'model/w').write_text('1'); print('loss=2;', flush=True)", AlgorithmSpecification=algorithm)
        bad = jobs.train("bad", "sys.exit(3)")
        pipelines = Pipelines(jobs)
        pipelines.create(pipelines.processing("A"), condition("C", [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}]))
        ended, steps = pipelines.run()
        jobs.sagemaker.create_training_job(**jobs.training_request("long", "import time; time.sleep(60)"))
    with start(persist=tmp_path) as server:
        sagemaker = StrictClients(server.url)("sagemaker")
        assert live.running() == 0
        described = [_lasting(sagemaker.describe_training_job(TrainingJobName=name)) for name in ("good", "bad")]
        assert described == [_lasting(good), _lasting(bad)]
        long = sagemaker.describe_training_job(TrainingJobName="long")
        assert long["TrainingJobStatus"] == "Failed" and "was stopped while this ran" in long["FailureReason"]
        arn = ended["PipelineExecutionArn"]
        assert sagemaker.describe_pipeline_execution(PipelineExecutionArn=arn)["PipelineExecutionStatus"] == "Succeeded"
        found = sagemaker.list_pipeline_execution_steps(PipelineExecutionArn=arn)["PipelineExecutionSteps"]
        assert {step["StepName"]: step["Metadata"] for step in found} == {name: step["Metadata"] for name, step in steps.items()}


def _lasting(described: dict[str, Any]) -> dict[str, Any]:
    """All but the answer's own head."""
    return {name: value for name, value in described.items() if name != "ResponseMetadata"}
