"""The state machine of scheduled jobs, run by the local Step Functions with real jobs."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from modules._shared.naming import Naming
from modules.batch_transform.spec import ScheduleSpec, TransformSettings, job_prefix, request
from modules.batch_transform.state_machine import definition_text
from tests.localaws.hosting.lab import ACCOUNT, REGION, ROLE
from tests.localaws.transform.lab import BatchLab

NAMING = Naming("slipway", "test", ACCOUNT, REGION, {"owner": "team"})


@pytest.fixture(autouse=True)
def _fast(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SLIPWAY_LOCAL_SPEED", "600")


def run(lab: BatchLab, **options: Any) -> tuple[str, list[dict[str, Any]], list[str]]:
    """One execution: how it ended, its jobs, and the messages of the topic."""
    lab.sagemaker.create_model(ModelName="sum", ExecutionRoleArn=ROLE, PrimaryContainer={"Image": lab.image})
    topic = lab.client("sns").create_topic(Name="critical")["TopicArn"]
    queue = lab.client("sqs").create_queue(QueueName="told")["QueueUrl"]
    lab.client("sns").subscribe(TopicArn=topic, Protocol="sqs", Endpoint=f"arn:aws:sqs:{REGION}:{ACCOUNT}:told")
    asked = request(TransformSettings(**options), model_name="sum", input_uri="s3://data/in/", output_uri="s3://data/out/")
    spec = ScheduleSpec(expression="rate(1 day)", poll_seconds=120)
    definition = definition_text(job_prefix(NAMING, "nightly"), spec, asked, NAMING.tags, topic)
    role = lab.client("iam").create_role(
        RoleName="run",
        AssumeRolePolicyDocument='{"Statement":[{"Effect":"Allow","Principal":{"Service":"states.amazonaws.com"},"Action":"sts:AssumeRole"}]}',
    )["Role"]["Arn"]
    states = lab.client("stepfunctions")
    machine = states.create_state_machine(name="nightly", definition=definition, roleArn=role)["stateMachineArn"]
    execution = states.start_execution(stateMachineArn=machine, input="{}")["executionArn"]
    end = time.monotonic() + 60
    while (status := states.describe_execution(executionArn=execution)["status"]) == "RUNNING":
        assert time.monotonic() < end
        time.sleep(0.1)
    jobs = lab.sagemaker.list_transform_jobs()["TransformJobSummaries"]
    told = lab.client("sqs").receive_message(QueueUrl=queue, MaxNumberOfMessages=10).get("Messages", [])
    return status, jobs, [json.loads(message["Body"])["Message"] for message in told]


def test_a_job_that_succeeds(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1,2\n"})
    status, (job,), told = run(lab)
    assert (status, told) == ("SUCCEEDED", [])
    assert job["TransformJobName"].startswith("slipway-test-nightly-")
    assert lab.outputs() == {"a.csv.out": "3\n"}
    assert lab.sagemaker.list_tags(ResourceArn=job["TransformJobArn"])["Tags"] == [{"Key": "owner", "Value": "team"}]


def test_a_job_that_fails_is_tried_again_and_then_told(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "bad\n"})
    status, jobs, (told,) = run(lab)
    assert status == "FAILED"
    assert [job["TransformJobStatus"] for job in jobs] == ["Failed", "Failed"]
    assert len({job["TransformJobName"] for job in jobs}) == 2
    assert json.loads(told)["job"]["FailureReason"] == "ClientError: See job logs for more information"
