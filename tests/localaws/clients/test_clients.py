"""Unmodified clients against a served endpoint: the AWS CLI, and the predictor of the SageMaker Python SDK."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.localaws.hosting.lab import Lab, variant

pytestmark = pytest.mark.slow

PREDICTOR = """
import json, time
import sagemaker
from sagemaker.deserializers import JSONDeserializer
from sagemaker.predictor import Predictor
from sagemaker.serializers import CSVSerializer

session = sagemaker.Session(default_bucket="out")
predictor = Predictor("e", sagemaker_session=session, serializer=CSVSerializer(), deserializer=JSONDeserializer())
first = predictor.predict([1, 2, 3], target_variant="main")
predictor.update_endpoint(initial_instance_count=1, instance_type="ml.m5.xlarge", model_name="two", wait=False)
while session.sagemaker_client.describe_endpoint(EndpointName="e")["EndpointStatus"] != "InService":  # its own waiting looks every 30 s
    time.sleep(0.1)
with open("answers", "w") as file:
    json.dump([first, predictor.predict([4])], file)
predictor.delete_endpoint()
"""


def served(lab: Lab) -> None:
    lab.model("one"), lab.model("two")
    lab.config("c", variant())
    lab.create("c")


def test_the_aws_cli(lab: Lab, run: Callable[..., str], tmp_path: Path) -> None:
    served(lab)
    (tmp_path / "body").write_bytes(b"1,2,3")
    call = ["-m", "awscli", "sagemaker-runtime", "invoke-endpoint", "--endpoint-name", "e", "--content-type", "text/csv"]
    told = json.loads(run("awscli", *call, "--body", "fileb://body", "answer"))
    assert told == {"ContentType": "application/json", "InvokedProductionVariant": "main"}
    assert json.loads((tmp_path / "answer").read_text())["size"] == 5
    described = json.loads(run("awscli", "-m", "awscli", "sagemaker", "describe-endpoint", "--endpoint-name", "e"))
    assert described["EndpointStatus"] == "InService"
    dimensions = ["--dimensions", "Name=EndpointName,Value=e", "Name=VariantName,Value=main"]
    window = ["--start-time", "2020-01-01T00:00:00Z", "--end-time", "2090-01-01T00:00:00Z", "--period", "86400", "--statistics", "Sum"]
    statistics = ["cloudwatch", "get-metric-statistics", "--namespace", "AWS/SageMaker", "--metric-name", "Invocations"]
    (point,) = json.loads(run("awscli", "-m", "awscli", *statistics, *dimensions, *window))["Datapoints"]
    assert point["Sum"] == 1.0
    datum = ["--namespace", "Own", "--metric-data", "MetricName=Latency,Value=3,Dimensions=[{Name=D,Value=1}]"]
    run("awscli", "-m", "awscli", "cloudwatch", "put-metric-data", *datum)
    (listed,) = json.loads(run("awscli", "-m", "awscli", "cloudwatch", "list-metrics", "--namespace", "Own"))["Metrics"]
    assert listed["Dimensions"] == [{"Name": "D", "Value": "1"}]


def test_the_predictor_of_the_python_sdk(lab: Lab, run: Callable[..., str], tmp_path: Path) -> None:
    served(lab)
    run("sagemaker", "-c", PREDICTOR)
    first, second = json.loads((tmp_path / "answers").read_text())
    assert (first["answer"], first["size"], second["answer"]) == ("one", 5, "two")
    assert lab.sagemaker.list_endpoints()["Endpoints"] == []
