"""What tests of jobs share: an account with a small container's image and a bucket, and jobs that are waited for."""

from __future__ import annotations

import os
import time
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from botocore.exceptions import ClientError

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
WAIT_SECONDS = 60.0
RUNNING = ("InProgress", "Stopping", "Executing")


class Jobs:
    """An account with the repository `jobs` and the bucket `data`."""

    def __init__(self, client: Any, image: Path) -> None:
        self.client = client
        self.sagemaker = client("sagemaker")
        self.s3 = client("s3")
        self.image = self.push("jobs", image)
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": REGION})

    def push(self, repository: str, image: Path) -> str:
        """The image in a repository of its own, by digest."""
        self.client("ecr").create_repository(repositoryName=repository)
        with open_image_archive(image) as saved:
            pushed = push(SimpleNamespace(client=self.client), repository, saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
        return f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com/{repository}@{pushed.digest}"

    def put(self, key: str, text: str) -> str:
        """An object in the bucket; its address."""
        self.s3.put_object(Bucket="data", Key=key, Body=text.encode())
        return f"s3://data/{key}"

    def get(self, key: str) -> bytes:
        """An object of the bucket."""
        body: bytes = self.s3.get_object(Bucket="data", Key=key)["Body"].read()
        return body

    def keys(self, prefix: str = "") -> list[str]:
        """Keys in the bucket."""
        return [item["Key"] for item in self.s3.list_objects_v2(Bucket="data", Prefix=prefix).get("Contents", [])]

    def training_request(self, name: str, program: str = "", **more: Any) -> dict[str, Any]:
        """A CreateTrainingJob request that runs `program`."""
        given = {"HyperParameters": {"program": program}} if program else {}
        return {
            "TrainingJobName": name,
            "RoleArn": ROLE,
            "AlgorithmSpecification": {"TrainingImage": self.image, "TrainingInputMode": "File"},
            "OutputDataConfig": {"S3OutputPath": "s3://data/out"},
            "ResourceConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1},
            "StoppingCondition": {"MaxRuntimeInSeconds": 60},
            **given,
            **more,
        }

    def train(self, name: str, program: str = "", **more: Any) -> dict[str, Any]:
        """A training job, waited for."""
        self.sagemaker.create_training_job(**self.training_request(name, program, **more))
        return self.wait("training_job", "TrainingJob", name)

    def processing_request(self, name: str, program: str, **more: Any) -> dict[str, Any]:
        """A CreateProcessingJob request that runs `program`."""
        return {
            "ProcessingJobName": name,
            "RoleArn": ROLE,
            "AppSpecification": {"ImageUri": self.image, "ContainerArguments": ["run", program]},
            "ProcessingResources": {"ClusterConfig": {"InstanceType": "ml.m5.large", "InstanceCount": 1, "VolumeSizeInGB": 1}},
            **more,
        }

    def process(self, name: str, program: str, **more: Any) -> dict[str, Any]:
        """A processing job, waited for."""
        self.sagemaker.create_processing_job(**self.processing_request(name, program, **more))
        return self.wait("processing_job", "ProcessingJob", name)

    def wait(self, call: str, word: str, name: str) -> dict[str, Any]:
        """Ask until the job has ended."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            described: dict[str, Any] = getattr(self.sagemaker, f"describe_{call}")(**{f"{word}Name": name})
            if described[f"{word}Status"] not in RUNNING:
                return described
            time.sleep(0.05)
        raise AssertionError(f"never ended: {described}")

    def until(self, test: Any) -> None:
        """Ask until `test` is true."""
        end = time.monotonic() + WAIT_SECONDS
        while not test():
            assert time.monotonic() < end, "never"
            time.sleep(0.02)

    def logs(self, group: str) -> dict[str, list[str]]:
        """Lines of each stream of a group."""
        logs = self.client("logs")
        streams = [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]]
        read = {name: logs.get_log_events(logGroupName=group, logStreamName=name, startFromHead=True)["events"] for name in streams}
        return {name: [event["message"] for event in events] for name, events in read.items()}

    def lines(self) -> list[str]:
        """What training jobs have logged so far; nothing while there is no log."""
        try:
            return [line for lines in self.logs("/aws/sagemaker/TrainingJobs").values() for line in lines]
        except ClientError:
            return []


def channel(name: str, uri: str, **more: Any) -> dict[str, Any]:
    """An input channel."""
    return {"ChannelName": name, "DataSource": {"S3DataSource": {"S3DataType": "S3Prefix", "S3Uri": uri}}, **more}


def metric(name: str) -> dict[str, str]:
    """A metric definition for lines like `name=1.5;`."""
    return {"Name": name, "Regex": rf"\b{name}=([-0-9.]+);"}


def folders_left() -> list[Path]:
    """Private folders of jobs that are still there."""
    from slipway.localaws.hosting import folders

    return list((folders.base() / str(os.getpid())).glob("[0-9]*"))
