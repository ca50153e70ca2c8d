"""What the tests of transform jobs share: an account with a model and two buckets."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from tests.localaws.hosting.lab import ROLE, Lab

WAIT_SECONDS = 60.0
GROUP = "/aws/sagemaker/TransformJobs"


class BatchLab(Lab):
    """Jobs are called `j`, the model `sum`; input lies in `data`, output in `data` too."""

    def __init__(self, client: Any, image: Path) -> None:
        super().__init__(client, image)
        self.s3 = client("s3")
        self.s3.create_bucket(Bucket="data", CreateBucketConfiguration={"LocationConstraint": "eu-west-1"})

    def put(self, **files: str | bytes) -> None:
        """Input files below `in/`; `a__b` is a/b."""
        for name, body in files.items():
            self.s3.put_object(Bucket="data", Key=f"in/{name.replace('__', '/')}", Body=body)

    def begin(self, name: str = "j", model: dict[str, str] | None = None, **more: Any) -> None:
        """Create the model, once, and a job."""
        if not self.sagemaker.list_models()["Models"]:
            container = {"Image": self.image, "Environment": model or {}}
            self.sagemaker.create_model(ModelName="sum", ExecutionRoleArn=ROLE, PrimaryContainer=container)
        source = {"S3DataType": "S3Prefix", "S3Uri": "s3://data/in/"}
        transform_input = {"DataSource": {"S3DataSource": source}, "ContentType": "text/csv", "SplitType": "Line", **more.pop("input", {})}
        transform_output = {"S3OutputPath": "s3://data/out", "Accept": "text/csv", "AssembleWith": "Line", **more.pop("output", {})}
        self.sagemaker.create_transform_job(
            TransformJobName=name,
            ModelName="sum",
            TransformInput=transform_input,
            TransformOutput=transform_output,
            TransformResources={"InstanceType": "ml.m5.large", "InstanceCount": 1, **more.pop("resources", {})},
            **more,
        )

    def run(self, **more: Any) -> dict[str, Any]:
        """A job to its end."""
        self.begin(**more)
        return self.ended(more.get("name", "j"))

    def ended(self, name: str = "j") -> dict[str, Any]:
        """Wait for a job."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            job: dict[str, Any] = self.sagemaker.describe_transform_job(TransformJobName=name)
            if job["TransformJobStatus"] not in ("InProgress", "Stopping"):
                return job
            time.sleep(0.05)
        raise AssertionError(job)

    def outputs(self) -> dict[str, str]:
        """Everything below `out/`."""
        listed = self.s3.list_objects_v2(Bucket="data", Prefix="out/").get("Contents", [])
        return {
            item["Key"].removeprefix("out/"): self.s3.get_object(Bucket="data", Key=item["Key"])["Body"].read().decode() for item in listed
        }

    def log(self, *, data: bool = False) -> list[str]:
        """Lines of the containers' streams, or of the data log."""
        logs = self.client("logs")
        names = [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=GROUP)["logStreams"]]
        found = []
        for name in names:
            if name.endswith("/data-log") == data:
                events = logs.get_log_events(logGroupName=GROUP, logStreamName=name, startFromHead=True)["events"]
                found += [event["message"] for event in events]
        return found
