"""`slipway batch` with a model that the local SageMaker really runs."""

from __future__ import annotations

import json
import time
from pathlib import Path

import pytest

from slipway.batch.files import Stored, output_of
from slipway.batch.run import Batch
from slipway.localaws.hosting import containers
from tests.batch.conftest import BUCKET, Batches
from tests.cli.support import Slipway


def test_every_file_is_scored(batches: Batches, slipway: Slipway) -> None:
    batches.put("a.csv", b"1,2\n3,4\n")
    batches.put("more/b.csv", b"5\n")
    done = slipway("batch", "dev", "wine", "--local", "--json")
    found = json.loads(done.out)
    assert done.code == 0, done
    assert (found["files"], found["records"], found["files_failed"], found["error_file"]) == (2, 3, [], None)
    assert found["output"] == f"s3://{BUCKET}/nightly/output/"
    assert batches.text("nightly/output/a.csv.out") == "3\n7\n"
    assert "job slipway-dev-nightly-" in done.err and "2 of 2 files done (3 records of 3 records)" in done.err
    request = batches.client("sagemaker").describe_transform_job(TransformJobName=found["job"])
    assert request["BatchStrategy"] == "SingleRecord" and request["MaxConcurrentTransforms"] == 4
    tags = batches.client("sagemaker").list_tags(ResourceArn=request["TransformJobArn"])["Tags"]
    assert {"Key": "environment", "Value": "dev"} in tags


def test_each_bad_record_is_named(batches: Batches, slipway: Slipway) -> None:
    batches.put("a.csv", b"1\n\nbad,one\n2\ncrash\n")
    batches.put("b.csv", b"7\n")
    done = slipway("batch", "dev", "nightly", "--local", "--retries", "0", "--json")
    found = json.loads(done.out)
    assert done.code == 1
    assert found["status"] == "Failed" and found["files_failed"] == [f"s3://{BUCKET}/nightly/input/a.csv"]
    lines = [json.loads(line) for line in Path(found["error_file"]).read_text().splitlines()]
    assert [(line["record"], line["line"]) for line in lines] == [(2, 3), (4, 5)]
    assert "ClientError: 400" in lines[0]["reason"] and "bad record" in lines[0]["reason"]
    assert "AlgorithmError: 500" in lines[1]["reason"]
    assert batches.keys() == ["nightly/input/a.csv", "nightly/input/b.csv", "nightly/output/b.csv.out"]
    assert len(batches.jobs()) == 2


def test_the_second_look_closes_in_on_records_of_large_files(batches: Batches, slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("slipway.batch.look.PIECES", 10)
    monkeypatch.setenv("COLUMNS", "300")  # nothing is folded, whatever terminal the tests have
    records = [f"{number}" for number in range(40)]
    records[17] = records[30] = "bad"
    batches.put("a.csv", "\n".join(records).encode())
    done = slipway("batch", "dev", "nightly", "--local")
    assert done.code == 1
    assert "0 of 1 files scored (40 records)" in done.out
    rows = [line.split("│")[2].strip() for line in done.out.splitlines() if "a.csv" in line and "│" in line]
    assert rows == ["18", "31"]


def test_options_go_into_the_job(batches: Batches, slipway: Slipway, tmp_path: Path) -> None:
    batches.s3.put_object(Bucket=BUCKET, Key="own/x.jsonl", Body=b'{"id": 1, "features": [1, 2]}\n')
    where = ["--input", f"s3://{BUCKET}/own/", "--output", f"s3://{BUCKET}/done"]
    kinds = ["--content-type", "application/jsonlines", "--accept", "application/jsonlines", "--join"]
    more = ["--output-filter", "$['id','SageMakerOutput']", "--strategy", "MultiRecord", "--max-payload", "2", "--max-concurrent", "3"]
    last = ["--instance-type", "ml.c5.xlarge", "--instance-count", "2", "--timeout", "30", "--retries", "1", "--assemble", "Line"]
    done = slipway("batch", "dev", "wine", "--local", *where, *kinds, *more, *last, "--errors", str(tmp_path / "e.jsonl"), "--json")
    assert done.code == 0, done
    request = batches.client("sagemaker").describe_transform_job(TransformJobName=json.loads(done.out)["job"])
    assert request["TransformResources"] == {"InstanceType": "ml.c5.xlarge", "InstanceCount": 2}
    assert request["DataProcessing"] == {"InputFilter": "$", "OutputFilter": "$['id','SageMakerOutput']", "JoinSource": "Input"}
    assert (request["MaxPayloadInMB"], request["MaxConcurrentTransforms"], request["BatchStrategy"]) == (2, 3, "MultiRecord")
    assert request["ModelClientConfig"] == {"InvocationsTimeoutInSeconds": 30, "InvocationsMaxRetries": 1}
    assert json.loads(batches.text("done/x.jsonl.out")) == {"id": 1, "SageMakerOutput": 3}


def test_results_that_are_errors(batches: Batches, slipway: Slipway) -> None:
    batches.put("a.csv", b"1\n2\n-5\n")
    done = slipway("batch", "dev", "nightly", "--local", "--error-text", "-", "--json")
    found = json.loads(done.out)
    assert done.code == 1 and found["status"] == "Completed" and found["records_failed"] == 1
    assert json.loads(Path(found["error_file"]).read_text()) == {
        "file": f"s3://{BUCKET}/nightly/input/a.csv",
        "record": 3,
        "line": 3,
        "reason": "-5",
    }


def test_without_a_second_look_the_file_is_named(batches: Batches, slipway: Slipway) -> None:
    batches.put("a.csv", b"1\nbad\n")
    done = slipway("batch", "dev", "nightly", "--local", "--no-second-look", "--json")
    found = json.loads(done.out)
    (line,) = [json.loads(line) for line in Path(found["error_file"]).read_text().splitlines()]
    assert line["record"] == 0 and "ClientError: 400" in line["reason"]
    assert len(batches.jobs()) == 1


def test_ctrl_c_stops_the_job(batches: Batches, slipway: Slipway, monkeypatch: pytest.MonkeyPatch) -> None:
    def interrupted(_self: Batch, _status: str) -> None:
        if containers.count():
            raise KeyboardInterrupt

    monkeypatch.setattr(Batch, "_look", interrupted)
    batches.put("a.csv", b"sleep\n")
    done = slipway("batch", "dev", "nightly", "--local")
    assert done.code == 130 and "stopping job" in done.err
    assert batches.jobs()[0]["TransformJobStatus"] == "Stopped"
    assert containers.count() == 0


def test_detached(batches: Batches, slipway: Slipway) -> None:
    batches.put("a.csv", b"1\n")
    done = slipway("batch", "dev", "nightly", "--local", "--detach")
    assert done.code == 0 and done.out.startswith("slipway-dev-nightly-")
    end = time.monotonic() + 30
    while batches.jobs()[0]["TransformJobStatus"] == "InProgress" and time.monotonic() < end:
        time.sleep(0.05)
    assert batches.keys()[-1] == "nightly/output/a.csv.out"


def test_what_is_refused(batches: Batches, slipway: Slipway) -> None:
    for arguments, said in (
        (("wien",), "did you mean wine?"),
        (("nightly",), "there is nothing to score below"),
        (("nightly", "--input", "folder"), "transform_input.s3_uri"),
        (("nightly", "--input-filter", "features"), "begins with $"),
        (("nightly", "--max-payload", "60", "--max-concurrent", "2"), "above 100 MB"),
    ):
        done = slipway("batch", "dev", *arguments, "--local")
        assert done.code == 2 and said in done.err, done
    batches.put("a.csv", b"1\n")
    batches.client("sagemaker").delete_model(ModelName="slipway-dev-wine-0123456789")
    done = slipway("batch", "dev", "nightly", "--local")
    assert done.code == 2 and "model wine is not deployed" in done.err


def test_outputs_belong_to_the_file_with_the_longest_common_end() -> None:
    outputs = [Stored("b", "out/a.csv.out", 1), Stored("b", "out/deep/a.csv.out", 1), Stored("b", "out/list.csv", 1)]
    assert output_of(Stored("b", "in/deep/a.csv", 1), outputs) == outputs[1]
    assert output_of(Stored("b", "in/a.csv", 1), outputs[:1]) == outputs[0]
    assert output_of(Stored("b", "in/list.csv", 1), outputs) is None
