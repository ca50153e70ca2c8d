"""Processing jobs by real containers: inputs, entry point, outputs, messages, stop."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from tests.localaws.jobs.lab import Jobs, folders_left

COPY = """
source = ml / "processing/input/in"
target = ml / "processing/output/out"
assert sys.argv[3].startswith(str(ml)) and os.environ["PLACE"].startswith(str(ml)), (sys.argv, os.environ["PLACE"])
for path in source.rglob("*.txt"): (target / path.name).write_text(path.read_text().upper())
job = json.loads((ml / "config/processingjobconfig.json").read_text())
(target / "name.json").write_text(json.dumps([job["ProcessingJobName"], os.environ["PROCESSING_JOB_NAME"]]))
"""


def s3_input(uri: str, path: str = "/opt/ml/processing/input/in") -> dict[str, Any]:
    source = {"S3Uri": uri, "LocalPath": path, "S3DataType": "S3Prefix", "S3InputMode": "File"}
    return {"InputName": "in", "S3Input": source}


def s3_output(path: str = "/opt/ml/processing/output/out") -> dict[str, Any]:
    return {"OutputName": "out", "S3Output": {"S3Uri": "s3://data/out", "LocalPath": path, "S3UploadMode": "EndOfJob"}}


def test_a_job_from_inputs_to_outputs(jobs: Jobs):
    jobs.put("in/a.txt", "a")
    application = {
        "ImageUri": jobs.image,
        "ContainerEntrypoint": ["/usr/bin/python3", "/opt/program/job.py"],
        "ContainerArguments": ["run", COPY, "/opt/ml/processing/input"],
    }
    ended = jobs.process(
        "copy",
        "",
        AppSpecification=application,
        ProcessingInputs=[s3_input("s3://data/in/")],
        ProcessingOutputConfig={"Outputs": [s3_output()]},
        Environment={"PLACE": "/opt/ml/processing"},
    )
    assert ended["ProcessingJobStatus"] == "Completed", ended
    assert jobs.get("out/a.txt") == b"A"
    assert json.loads(jobs.get("out/name.json")) == ["copy", "copy"]
    assert ended["ProcessingStartTime"] <= ended["ProcessingEndTime"] and folders_left() == []


def test_a_job_that_fails_keeps_its_outputs_and_its_message(jobs: Jobs):
    program = "(ml / 'output').mkdir(exist_ok=True); (ml / 'output/message').write_text('bad rows'); sys.exit(4)"
    ended = jobs.process("bad", program)
    assert (ended["ProcessingJobStatus"], ended["ExitMessage"]) == ("Failed", "bad rows")
    assert ended["FailureReason"] == "AlgorithmError: bad rows, exit code: 4"


def test_stop(jobs: Jobs):
    jobs.sagemaker.create_processing_job(**jobs.processing_request("long", "import time; time.sleep(60)"))
    jobs.until(folders_left)
    jobs.sagemaker.stop_processing_job(ProcessingJobName="long")
    assert jobs.wait("processing_job", "ProcessingJob", "long")["ProcessingJobStatus"] == "Stopped"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"ProcessingInputs": [s3_input("s3://data/in"), s3_input("s3://data/in")]}, "InputName must be unique"),
        ({"ProcessingInputs": [s3_input("s3://data/in", "/tmp/in")]}, "must start with /opt/ml/processing"),
    ],
)
def test_requests_that_sagemaker_refuses(jobs: Jobs, change: dict[str, Any], message: str):
    with pytest.raises(ClientError) as refused:
        jobs.sagemaker.create_processing_job(**jobs.processing_request("bad", "", **change))
    assert message in str(refused.value)


def test_a_folder_that_leads_out_fails_the_job(jobs: Jobs):
    jobs.put("in/a.txt", "a")
    ended = jobs.process("out", "", ProcessingInputs=[s3_input("s3://data/in/", "/opt/ml/processing/../../../escape")])
    assert ended["FailureReason"].startswith("ClientError: LocalPath")
