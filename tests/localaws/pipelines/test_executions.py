"""Executions of small pipelines by real containers: order, conditions, failure, cache, retries, stop, retry."""

from __future__ import annotations

import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.events import bus
from slipway.localaws.jobs.processing import ProcessingRun
from tests.localaws.jobs.lab import Jobs, channel
from tests.localaws.pipelines.lab import Pipelines, condition, fail, get, number

CACHE = {"Enabled": True, "ExpireAfter": "PT1H"}


@pytest.fixture
def lab(jobs: Jobs) -> Pipelines:
    return Pipelines(jobs)


def greater(left: Any, right: Any) -> dict[str, Any]:
    return {"Type": "GreaterThanOrEqualTo", "LeftValue": left, "RightValue": right}


def test_values_flow_from_step_to_step(lab: Pipelines):
    """A property of a job, a property file, a parameter and a join; a branch, and what hangs on the branch that was not taken."""
    train = lab.training("Train", "(ml / 'model/w').write_text('1'); print('loss=0.5;')")
    train["Arguments"]["OutputDataConfig"] = {"S3OutputPath": {"Std:Join": {"On": "/", "Values": ["s3://data", get("Parameters.Place")]}}}
    train["Arguments"]["AlgorithmSpecification"]["MetricDefinitions"] = [{"Name": "loss", "Regex": "loss=([0-9.]+);"}]
    report = lab.report("Evaluate", {"metrics": {"acc": [{"value": 0.9}]}})
    report["Arguments"]["ProcessingInputs"] = [
        {
            "InputName": "model",
            "S3Input": {
                "S3Uri": get("Steps.Train.ModelArtifacts.S3ModelArtifacts"),
                "LocalPath": "/opt/ml/processing/input/model",
                "S3DataType": "S3Prefix",
                "S3InputMode": "File",
            },
        }
    ]
    accurate = greater(number("Evaluate", "metrics.acc[0].value"), get("Parameters.Threshold"))
    small = {"Type": "LessThan", "LeftValue": get("Steps.Train.FinalMetricDataList['loss'].Value"), "RightValue": 1}
    lab.create(
        condition("Check", [accurate, small], [lab.processing("Good")], [fail("Bad", "too weak")]),
        lab.processing("After", DependsOn=["Good"]),
        report,
        train,
        parameters=[
            {"Name": "Place", "Type": "String", "DefaultValue": "somewhere"},
            {"Name": "Threshold", "Type": "Float", "DefaultValue": 0.8},
        ],
        PipelineExperimentConfig={"ExperimentName": get("Execution.PipelineName"), "TrialName": get("Execution.PipelineExecutionId")},
    )
    ended, steps = lab.run()
    assert ended["PipelineExecutionStatus"] == "Succeeded", steps
    assert list(steps) == ["Train", "Evaluate", "Check", "Good", "After"]
    assert steps["Check"]["Metadata"] == {"Condition": {"Outcome": "True"}}
    arn = steps["Train"]["Metadata"]["TrainingJob"]["Arn"]
    identifier = ended["PipelineExecutionArn"].rpartition("/")[2]
    assert f":training-job/pipelines-{identifier}-Train-" in arn
    assert lab.jobs.keys("somewhere/") == [f"somewhere/{arn.rpartition('/')[2]}/output/model.tar.gz"]
    assert ended["PipelineExperimentConfig"] == {"ExperimentName": "p", "TrialName": identifier}
    components = lab.sagemaker.list_trial_components(TrialName=identifier)["TrialComponentSummaries"]
    assert len(components) == 4
    named = lab.sagemaker.describe_trial_component(TrialComponentName=f"{arn.rpartition('/')[2]}-aws-training-job")
    assert named["Metrics"][0]["Last"] == 0.5 and named["Sources"][0]["SourceArn"] == arn

    ended, steps = lab.run(Threshold="0.95", Place="elsewhere")
    assert ended["PipelineExecutionStatus"] == "Failed" and ended["FailureReason"] == "Step failure: One or multiple steps failed."
    assert list(steps) == ["Train", "Evaluate", "Check", "Bad"]
    assert steps["Bad"]["FailureReason"] == "too weak" and steps["Bad"]["Metadata"] == {"Fail": {"ErrorMessage": "too weak"}}


def test_a_job_that_fails_ends_the_execution_and_its_neighbour_ends_in_order(lab: Pipelines):
    lab.create(
        lab.processing("Bad", "sys.exit(3)"),
        lab.processing("Slow", "import time; time.sleep(0.6)"),
        lab.processing("Never", DependsOn=["Slow"]),
    )
    ended, steps = lab.run()
    assert ended["PipelineExecutionStatus"] == "Failed"
    assert {name: step["StepStatus"] for name, step in steps.items()} == {"Bad": "Failed", "Slow": "Succeeded"}
    assert steps["Bad"]["FailureReason"].endswith("exit code: 3")


def test_what_cannot_be_called_or_found_fails_the_step(lab: Pipelines):
    wrong = lab.training("Train")
    wrong["Arguments"]["InputDataConfig"] = [channel("a", "s3://data/x"), channel("a", "s3://data/y")]
    lab.create(wrong, name="call")
    _, steps = lab.run("call")
    assert steps["Train"]["FailureReason"].startswith("ClientError: Failed to invoke sagemaker:CreateTrainingJob. Error Details: Channel")
    lab.create(lab.report("R", {"a": 1}), condition("C", [greater(number("R", "b.c"), 1)]), name="find")
    _, steps = lab.run("find")
    assert "b.c of the property file Report has no value" in steps["C"]["FailureReason"]


def test_the_cache_reuses_what_is_the_same_and_young(lab: Pipelines, monkeypatch: pytest.MonkeyPatch):
    first = lab.report("First", get("Parameters.Report"), CacheConfig=CACHE)
    first["Arguments"]["Environment"]["FAST"] = "1"
    second = condition("Check", [greater(number("First", "x"), get("Parameters.Least"))], [lab.processing("Good")])
    parameters = [{"Name": "Report", "Type": "String", "DefaultValue": '{"x": 5}'}, {"Name": "Least", "Type": "Integer", "DefaultValue": 1}]
    lab.create(first, second, parameters=parameters)
    one, _ = lab.run()
    two, steps = lab.run(Least="9")
    assert steps["First"]["CacheHitResult"] == {"SourcePipelineExecutionArn": one["PipelineExecutionArn"]}
    assert two["PipelineExecutionStatus"] == "Succeeded" and steps["Check"]["Metadata"]["Condition"]["Outcome"] == "False"
    assert "CacheHitResult" not in lab.run(Report='{"x": 6}')[1]["First"]
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "3600")  # an hour is over in a second
    time.sleep(1.1)
    assert "CacheHitResult" not in lab.run()[1]["First"]


def test_retry_policies_try_again_what_they_name(lab: Pipelines, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "100")
    left = [2]
    original = ProcessingRun._run

    def unlucky(run: ProcessingRun) -> None:
        left[0] -= 1
        if left[0] >= 0:
            raise RuntimeError("the instance is gone")
        original(run)

    monkeypatch.setattr(ProcessingRun, "_run", unlucky)
    policy = {"ExceptionType": ["SageMaker.JOB_INTERNAL_ERROR"], "IntervalSeconds": 10, "BackoffRate": 2.0, "MaxAttempts": 2}
    lab.create(lab.processing("A", RetryPolicies=[policy]))
    ended, steps = lab.run()
    assert ended["PipelineExecutionStatus"] == "Succeeded" and steps["A"]["AttemptCount"] == 3
    left[0] = 3
    ended, steps = lab.run()
    assert ended["PipelineExecutionStatus"] == "Failed" and steps["A"]["FailureReason"].startswith("InternalServerError")


def test_stop_ends_the_job_and_retry_runs_only_what_is_left(lab: Pipelines):
    lab.jobs.put("flag/wait", "1")
    waiting = lab.processing("Wait", "import time; time.sleep(60 if (ml / 'processing/input/in/wait').read_text() == '1' else 0)")
    source = {"S3Uri": "s3://data/flag/", "LocalPath": "/opt/ml/processing/input/in", "S3DataType": "S3Prefix", "S3InputMode": "File"}
    waiting["Arguments"]["ProcessingInputs"] = [{"InputName": "in", "S3Input": source}]
    lab.create(lab.processing("Before"), {**waiting, "DependsOn": ["Before"]}, lab.processing("After", DependsOn=["Wait"]))
    arn = lab.start()
    lab.jobs.until(lambda: lab.steps(arn).get("Wait", {}).get("Metadata"))
    with pytest.raises(ClientError, match="cannot be retried"):
        lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Stopped"
    before = lab.steps(arn)
    assert {name: step["StepStatus"] for name, step in before.items()} == {"Before": "Succeeded", "Wait": "Stopped"}
    with pytest.raises(ClientError, match="cannot be stopped"):
        lab.sagemaker.stop_pipeline_execution(PipelineExecutionArn=arn)
    lab.jobs.put("flag/wait", "0")
    lab.sagemaker.retry_pipeline_execution(PipelineExecutionArn=arn)
    assert lab.wait(arn)["PipelineExecutionStatus"] == "Succeeded"
    after = lab.steps(arn)
    assert after["Before"] == before["Before"] and list(after) == ["Before", "Wait", "After"]


def test_states_are_events(lab: Pipelines, monkeypatch: pytest.MonkeyPatch):
    found: list[tuple[str, dict[str, Any]]] = []
    monkeypatch.setattr(bus, "publish", lambda _account, _region, **event: found.append((event["detail_type"], event["detail"])))
    lab.create(lab.processing("A"))
    ended, _ = lab.run()
    execution = [detail for kind, detail in found if kind == "SageMaker Model Building Pipeline Execution Status Change"]
    assert [item["currentPipelineExecutionStatus"] for item in execution] == ["Executing", "Succeeded"]
    assert execution[-1]["pipelineExecutionArn"] == ended["PipelineExecutionArn"]
    steps = [detail for kind, detail in found if kind == "SageMaker Model Building Pipeline Execution Step Status Change"]
    assert [(item["stepName"], item["currentStepStatus"]) for item in steps] == [("A", "Executing"), ("A", "Succeeded")]
    assert steps[-1]["metadata"]["processingJob"]["arn"].startswith("arn:aws:sagemaker")
    jobs = [detail for kind, detail in found if kind == "SageMaker Processing Job State Change"]
    assert [item["ProcessingJobStatus"] for item in jobs] == ["InProgress", "Completed"]


def test_the_same_token_starts_nothing_twice_and_lists_are_newest_first(lab: Pipelines):
    lab.create(condition("C", [{"Type": "Equals", "LeftValue": 1, "RightValue": 1}]))
    first, again = (
        lab.sagemaker.start_pipeline_execution(PipelineName="p", ClientRequestToken="x" * 32)["PipelineExecutionArn"] for _ in range(2)
    )
    second = lab.start()
    assert first == again != second
    listed = lab.sagemaker.list_pipeline_executions(PipelineName="p")["PipelineExecutionSummaries"]
    assert [item["PipelineExecutionArn"] for item in listed] == [second, first]
    lab.sagemaker.update_pipeline_execution(PipelineExecutionArn=first, PipelineExecutionDescription="kept")
    assert lab.wait(first)["PipelineExecutionDescription"] == "kept"
