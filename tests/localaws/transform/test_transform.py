"""Transform jobs with a real container process: files in, files out, and every way to fail."""

from __future__ import annotations

import gzip
import json
import struct

import pytest
from botocore.exceptions import ClientError

from slipway.localaws.hosting import containers
from tests.localaws.transform.lab import BatchLab


def test_each_file_gets_an_output_of_the_same_order(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1,2\n3,4\n\n5,6\n", "deep__b.csv": "10,20\n"})
    job = lab.run()
    assert job["TransformJobStatus"] == "Completed", job
    assert lab.outputs() == {"a.csv.out": "3\n7\n11\n", "deep/b.csv.out": "30\n"}
    assert containers.count() == 0
    (settings,) = lab.log(data=True)
    assert settings.endswith("[sagemaker logs]: MaxConcurrentTransforms=1, MaxPayloadInMB=6, BatchStrategy=MULTI_RECORD")
    assert [json.loads(line)["body"] for line in lab.log()] == ["1,2\n3,4\n5,6\n", "10,20\n"]
    names = {metric["MetricName"] for metric in lab.client("cloudwatch").list_metrics(Namespace="/aws/sagemaker/TransformJobs")["Metrics"]}
    assert names == {"CPUUtilization", "MemoryUtilization"}


def test_single_records_are_sent_one_by_one_and_side_by_side(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "".join(f"{n},0\n" for n in range(12))})
    lab.run(BatchStrategy="SingleRecord", MaxConcurrentTransforms=4, MaxPayloadInMB=1, Environment={"MORE": "x"})
    assert lab.outputs()["a.csv.out"].split() == [str(n) for n in range(12)]
    said = [json.loads(line) for line in lab.log()]
    assert len(said) == 12
    assert max(line["most"] for line in said) > 1
    assert said[0]["SAGEMAKER_BATCH"] == "true"
    assert said[0]["SAGEMAKER_BATCH_STRATEGY"] == "SINGLE_RECORD"
    assert said[0]["SAGEMAKER_MAX_PAYLOAD_IN_MB"] == "1"
    assert said[0]["SAGEMAKER_MAX_CONCURRENT_TRANSFORMS"] == "4"


def test_what_the_request_leaves_open_the_container_decides(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\n2\n"})
    lab.run(model={"ADVICE": '{"MaxConcurrentTransforms": 3, "BatchStrategy": "SINGLE_RECORD", "MaxPayloadInMB": 2}'})
    assert lab.log(data=True)[0].endswith("MaxConcurrentTransforms=3, MaxPayloadInMB=2, BatchStrategy=SINGLE_RECORD")
    assert len(lab.log()) == 2


def test_a_file_with_a_bad_record_has_no_output_and_the_others_have(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1,2\nbad\n3\n", "b.csv": "4,5\n"})
    job = lab.run(BatchStrategy="SingleRecord")
    assert job["TransformJobStatus"] == "Failed"
    assert job["FailureReason"] == "ClientError: See job logs for more information"
    assert lab.outputs() == {"b.csv.out": "9\n"}
    text = "\n".join(lab.log(data=True))
    assert "data/in/a.csv: ClientError: 400" in text
    assert "data/in/a.csv: bad record" in text
    assert "data/in/a.csv: records 2 to 2" in text


def test_the_models_own_failure_is_tried_again_and_then_an_algorithm_error(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "crash\n"})
    job = lab.run(ModelClientConfig={"InvocationsMaxRetries": 2, "InvocationsTimeoutInSeconds": 5})
    assert job["FailureReason"] == "AlgorithmError: See job logs for more information"
    assert len(lab.log()) == 3
    assert job["ModelClientConfig"] == {"InvocationsMaxRetries": 2, "InvocationsTimeoutInSeconds": 5}


def test_a_model_that_is_busy_for_a_moment_is_asked_again(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1,1\n"})
    assert lab.run(model={"FLAKY": "2"})["TransformJobStatus"] == "Completed"
    assert lab.outputs() == {"a.csv.out": "2\n"}


def test_a_model_that_is_too_slow(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "sleep\n"})
    job = lab.run(ModelClientConfig={"InvocationsMaxRetries": 0, "InvocationsTimeoutInSeconds": 1})
    assert job["FailureReason"].startswith("AlgorithmError")
    assert "within 1 s" in "\n".join(lab.log(data=True))


def test_columns_go_out_results_come_in(lab: BatchLab) -> None:
    lab.put(**{"a.csv": 'id1,1,2\n"id,2",3,4\n'})
    processing = {"InputFilter": "$[1:]", "JoinSource": "Input", "OutputFilter": "$[0,-1]"}
    assert lab.run(DataProcessing=processing)["DataProcessing"] == processing
    assert lab.outputs() == {"a.csv.out": 'id1,3\n"id,2",7\n'}


def test_json_lines_are_joined_by_name(lab: BatchLab) -> None:
    lab.put(**{"a.jsonl": '{"id": 7, "features": [1, 2], "more": true}\n[3, 4]\n'})
    kinds = {"input": {"ContentType": "application/jsonlines"}, "output": {"Accept": "application/jsonlines"}}
    lab.run(DataProcessing={"JoinSource": "Input"}, **kinds)
    first, second = (json.loads(line) for line in lab.outputs()["a.jsonl.out"].splitlines())
    assert first == {"id": 7, "features": [1, 2], "more": True, "SageMakerOutput": 3}
    assert second == {"SageMakerInput": [3, 4], "SageMakerOutput": 7}


def test_a_result_that_cannot_be_joined_fails_the_file(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\nshort\n"})
    assert lab.run(DataProcessing={"JoinSource": "Input"})["TransformJobStatus"] == "Failed"
    assert "0 lines for 2 records" in "\n".join(lab.log(data=True))


def test_compressed_files_and_manifests(lab: BatchLab) -> None:
    lab.put(**{"a.csv.gz": gzip.compress(b"1,2\n"), "unlisted.csv": b"9", "list": '[{"prefix": "s3://data/in/"}, "a.csv.gz"]'})
    source = {"S3DataSource": {"S3DataType": "ManifestFile", "S3Uri": "s3://data/in/list"}}
    lab.run(input={"CompressionType": "Gzip", "DataSource": source})
    assert lab.outputs() == {"a.csv.gz.out": "3\n"}


def test_binary_records(lab: BatchLab) -> None:
    frames = b"".join(struct.pack("<II", 0xCED7230A, len(text)) + text + b"\0" * (-len(text) % 4) for text in (b"binary1", b"binary22"))
    lab.put(**{"a.rec": frames})
    lab.run(BatchStrategy="SingleRecord", input={"SplitType": "RecordIO", "ContentType": "application/x-recordio"})
    assert lab.outputs() == {"a.rec.out": "7\n8\n"}


def test_a_whole_file_is_one_request(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\n2\n"})
    lab.run(input={"SplitType": "None"}, output={"AssembleWith": "None"})
    assert [json.loads(line)["body"] for line in lab.log()] == ["1\n2\n"]
    assert lab.outputs() == {"a.csv.out": "1\n2\n"}


def test_a_record_above_the_limit_fails_its_file(lab: BatchLab) -> None:
    lab.put(**{"a.csv": b"1\n" + b"1," * 600_000 + b"1\n"})
    assert lab.run(MaxPayloadInMB=1)["TransformJobStatus"] == "Failed"
    assert "ClientError: 413" in "\n".join(lab.log(data=True))


def test_a_stopped_job_leaves_no_process(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "sleep\n"})
    lab.begin()
    while not containers.count():
        pass
    lab.sagemaker.stop_transform_job(TransformJobName="j")
    assert lab.ended()["TransformJobStatus"] == "Stopped"
    assert containers.count() == 0
    assert lab.outputs() == {}
    with pytest.raises(ClientError, match="status Stopped"):
        lab.sagemaker.stop_transform_job(TransformJobName="j")


def test_nothing_to_read(lab: BatchLab) -> None:
    assert "No S3 objects found" in lab.run()["FailureReason"]


def test_an_image_that_is_not_here(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\n"})
    lab.image = lab.image.replace("inference@", "other@")
    assert "is not in the local ECR" in lab.run()["FailureReason"]


def test_what_is_refused_at_once(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\n"})
    for more, said in (
        ({"MaxPayloadInMB": 60, "MaxConcurrentTransforms": 2}, "must not exceed 100"),
        ({"resources": {"InstanceType": "ml.x9.large"}}, "enum value set"),
        ({"DataProcessing": {"InputFilter": "features"}}, "begins with"),
        ({"input": {"DataSource": {"S3DataSource": {"S3DataType": "AugmentedManifestFile", "S3Uri": "s3://data/in/a"}}}}, "not supported"),
        ({"DataProcessing": {"InputFilter": "$[0]"}, "input": {"ContentType": "image/png"}}, "CSV and JSON only"),
    ):
        with pytest.raises(ClientError, match=said):
            lab.begin(**more)
    lab.run()
    with pytest.raises(ClientError, match="already existing"):
        lab.begin()
    with pytest.raises(ClientError, match="Could not find"):
        lab.sagemaker.describe_transform_job(TransformJobName="none")


def test_lists_are_filtered_sorted_and_paged(lab: BatchLab) -> None:
    lab.put(**{"a.csv": "1\n"})
    for name in ("one", "two", "three"):
        lab.run(name=name)
    listed = lab.sagemaker.list_transform_jobs(SortBy="Name", SortOrder="Ascending", MaxResults=2)
    assert [job["TransformJobName"] for job in listed["TransformJobSummaries"]] == ["one", "three"]
    rest = lab.sagemaker.list_transform_jobs(SortBy="Name", SortOrder="Ascending", MaxResults=2, NextToken=listed["NextToken"])
    assert [job["TransformJobName"] for job in rest["TransformJobSummaries"]] == ["two"]
    assert "NextToken" not in rest
    assert not lab.sagemaker.list_transform_jobs(StatusEquals="Failed")["TransformJobSummaries"]
    assert len(lab.sagemaker.list_transform_jobs(NameContains="o")["TransformJobSummaries"]) == 2
