"""Training jobs by real containers: the tree, output, metrics, logs, failure, stop, limits."""

from __future__ import annotations

import io
import json
import tarfile
import time
from typing import Any

import pytest
from botocore.exceptions import ClientError

from slipway.localaws import background
from slipway.localaws.jobs import live
from tests.localaws.jobs.lab import Jobs, channel, folders_left, metric

LOOK = """
tree = sorted(path.relative_to(ml).as_posix() for path in (ml / "input").rglob("*") if path.is_file())
(ml / "output/data").mkdir(parents=True, exist_ok=True)
told = {"tree": tree, "resources": json.loads((ml / "input/config/resourceconfig.json").read_text())}
told["channels"] = json.loads((ml / "input/config/inputdataconfig.json").read_text())
told["environment"] = {name: os.environ.get(name) for name in ("TRAINING_JOB_NAME", "AWS_REGION", "OWN", "AWS_ENDPOINT_URL")}
(ml / "output/data/told.json").write_text(json.dumps(told))
(ml / "model/weights.txt").write_text("7")
for loss in (3.5, 2.25): print(f"loss={loss};", flush=True)
"""
SLEEP = "import time\nprint('begun', flush=True)\n(ml / 'model/weights.txt').write_text('1')\ntime.sleep(60)"


def opened(archive: bytes) -> dict[str, bytes]:
    """Files of a .tar.gz."""
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        return {member.name: tar.extractfile(member).read() for member in tar.getmembers() if member.isfile()}  # type: ignore[union-attr]


def test_a_job_from_channels_to_model(jobs: Jobs):
    jobs.put("in/a/one.csv", "1")
    jobs.put("in/a/deep/two.csv", "2")
    jobs.put("in/abc.csv", "other")
    jobs.put("manifest.json", json.dumps([{"prefix": "s3://data/in/"}, "abc.csv"]))
    manifest: dict[str, Any] = channel("listed", "s3://data/manifest.json")
    manifest["DataSource"]["S3DataSource"]["S3DataType"] = "ManifestFile"
    algorithm = {"TrainingImage": jobs.image, "TrainingInputMode": "File", "MetricDefinitions": [metric("loss")]}
    ended = jobs.train(
        "look",
        LOOK,
        AlgorithmSpecification=algorithm,
        InputDataConfig=[channel("folder", "s3://data/in/a/", ContentType="text/csv"), channel("file", "s3://data/in/abc.csv"), manifest],
        Environment={"OWN": "/opt/ml/model"},
        Tags=[{"Key": "pipeline", "Value": "wine"}],
    )
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Completed", "Completed")
    stages = [item["Status"] for item in ended["SecondaryStatusTransitions"]]
    assert stages == ["Starting", "Downloading", "Training", "Uploading", "Completed"]
    assert [(item["MetricName"], item["Value"]) for item in ended["FinalMetricDataList"]] == [("loss", 2.25)]
    assert ended["ModelArtifacts"] == {"S3ModelArtifacts": "s3://data/out/look/output/model.tar.gz"}
    assert opened(jobs.get("out/look/output/model.tar.gz")) == {"weights.txt": b"7"}
    told = json.loads(opened(jobs.get("out/look/output/output.tar.gz"))["told.json"])
    assert told["tree"] == [
        *(f"input/config/{name}.json" for name in ("hyperparameters", "inputdataconfig", "resourceconfig")),
        *(f"input/data/{name}" for name in ("file/abc.csv", "folder/deep/two.csv", "folder/one.csv", "listed/abc.csv")),
    ]
    assert told["resources"]["current_instance_type"] == "ml.m5.large"
    assert told["channels"]["folder"]["ContentType"] == "text/csv"
    assert told["environment"]["TRAINING_JOB_NAME"] == "look" and told["environment"]["OWN"].endswith("/opt/ml/model")
    assert told["environment"]["AWS_ENDPOINT_URL"]
    (stream, lines), *others = jobs.logs("/aws/sagemaker/TrainingJobs").items()
    assert stream.startswith("look/algo-1-") and lines == ["loss=3.5;", "loss=2.25;"] and not others
    assert jobs.sagemaker.list_tags(ResourceArn=ended["TrainingJobArn"])["Tags"] == [{"Key": "pipeline", "Value": "wine"}]
    assert [item["TrainingJobStatus"] for item in jobs.sagemaker.list_training_jobs()["TrainingJobSummaries"]] == ["Completed"]
    assert folders_left() == []


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("(ml / 'output/failure').write_text('no convergence'); sys.exit(3)", "AlgorithmError: no convergence, exit code: 3"),
        ("sys.exit(2)", "AlgorithmError: the container ended with exit code 2 and wrote no reason to output/failure, exit code: 2"),
    ],
)
def test_a_job_that_fails_says_why_and_leaves_no_model(jobs: Jobs, program: str, reason: str):
    ended = jobs.train("bad", f"(ml / 'model/w').write_text('1')\n{program}")
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"], ended["FailureReason"]) == ("Failed", "Failed", reason)
    assert jobs.keys("out") == [] and folders_left() == []


def test_what_is_not_there_fails_the_job_in_amazons_words(jobs: Jobs):
    lost = jobs.train("lost", InputDataConfig=[channel("train", "s3://data/nothing/")])
    assert lost["FailureReason"].startswith('ClientError: Data download failed:No objects found under S3 URL "s3://data/nothing/"')
    other = {"TrainingImage": jobs.image.replace("/jobs@", "/other@"), "TrainingInputMode": "File"}
    image = jobs.train("image", AlgorithmSpecification=other)
    assert image["FailureReason"].startswith("ClientError: Cannot pull algorithm container")


def test_stop_keeps_the_model_that_was_saved(jobs: Jobs):
    jobs.sagemaker.create_training_job(**jobs.training_request("long", SLEEP))
    jobs.until(lambda: "begun" in jobs.lines())
    jobs.sagemaker.stop_training_job(TrainingJobName="long")
    ended = jobs.wait("training_job", "TrainingJob", "long")
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "Stopped")
    assert jobs.keys("out") == ["out/long/output/model.tar.gz"]


def test_the_longest_runtime_stops_a_job(jobs: Jobs):
    ended = jobs.train("long", SLEEP, StoppingCondition={"MaxRuntimeInSeconds": 1})
    assert (ended["TrainingJobStatus"], ended["SecondaryStatus"]) == ("Stopped", "MaxRuntimeExceeded")


def test_an_isolated_container_is_not_shown_the_way_to_aws(jobs: Jobs):
    program = "sys.exit(any(name.startswith('AWS_') and 'REGION' not in name for name in os.environ))"
    assert jobs.train("alone", program, EnableNetworkIsolation=True)["TrainingJobStatus"] == "Completed"


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"EnableManagedSpotTraining": True}, "MaxWaitTimeInSeconds above 0 is required"),
        ({"StoppingCondition": {"MaxRuntimeInSeconds": 9, "MaxWaitTimeInSeconds": 10}}, "can only be set when EnableManagedSpotTraining"),
        ({"HyperParameters": {"x": "y" * 2501}}, "hyperparameter 'x' is too long"),
        ({"InputDataConfig": [channel("a", "s3://data/x"), channel("a", "s3://data/y")]}, "Channel names must be unique"),
    ],
)
def test_requests_that_sagemaker_refuses(jobs: Jobs, change: dict[str, Any], message: str):
    with pytest.raises(ClientError, match="ValidationException") as refused:
        jobs.sagemaker.create_training_job(**jobs.training_request("bad", **change))
    assert message in str(refused.value)


def test_names_are_used_once(jobs: Jobs):
    jobs.train("once")
    with pytest.raises(ClientError, match="ResourceInUse"):
        jobs.sagemaker.create_training_job(**jobs.training_request("once"))


def test_emptying_the_local_aws_ends_what_runs(jobs: Jobs):
    jobs.sagemaker.create_training_job(**jobs.training_request("long", SLEEP))
    jobs.until(folders_left)
    started = time.monotonic()
    background.forget()
    assert live.running() == 0 and folders_left() == [] and time.monotonic() - started < 20
