"""What the tests of hosting share: an image, models, endpoints, and somebody who keeps asking."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
import threading
import time
from collections import Counter
from pathlib import Path
from types import SimpleNamespace, TracebackType
from typing import Any

from slipway.artifacts.image_archive import open_image_archive
from slipway.artifacts.image_push import push
from slipway.localaws.hosting.live import LiveEndpoint, live

ACCOUNT, REGION = "111111111111", "eu-west-1"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/execution"
REGISTRY = f"{ACCOUNT}.dkr.ecr.{REGION}.amazonaws.com"
WAIT_SECONDS = 60.0


def archive(**files: str) -> bytes:
    """A model archive; `answer="x"` is the file answer.txt."""
    data = io.BytesIO()
    with gzip.GzipFile(fileobj=data, mode="wb", mtime=0) as packed, tarfile.open(fileobj=packed, mode="w") as tar:
        for name, text in files.items():
            entry = tarfile.TarInfo(f"{name}.txt")
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return data.getvalue()


def variant(name: str = "main", model: str = "one", **more: Any) -> dict[str, Any]:
    """A production variant of one instance."""
    placed = {} if "ServerlessConfig" in more else {"InstanceType": "ml.m5.large", "InitialInstanceCount": 1, "InitialVariantWeight": 1.0}
    return {"VariantName": name, "ModelName": model, **placed, **more}


class Lab:
    """An account with the tiny container's image and a bucket of models."""

    def __init__(self, client: Any, image: Path) -> None:
        self.client = client
        self.sagemaker = client("sagemaker")
        client("ecr").create_repository(repositoryName="inference")
        client("s3").create_bucket(Bucket="models", CreateBucketConfiguration={"LocationConstraint": REGION})
        with open_image_archive(image) as saved:
            pushed = push(SimpleNamespace(client=client), "inference", saved.manifest, saved.blobs, tag="1")  # type: ignore[arg-type]
        self.image = f"{REGISTRY}/inference@{pushed.digest}"

    def container(self, answer: str, **environment: str) -> dict[str, Any]:
        """A container definition whose model says `answer`."""
        self.client("s3").put_object(Bucket="models", Key=f"{answer}.tar.gz", Body=archive(answer=answer))
        return {"Image": self.image, "ModelDataUrl": f"s3://models/{answer}.tar.gz", "Environment": environment}

    def model(self, name: str, **environment: str) -> str:
        """A model that answers with its own name."""
        self.sagemaker.create_model(ModelName=name, ExecutionRoleArn=ROLE, PrimaryContainer=self.container(name, **environment))
        return name

    def config(self, name: str, *variants: dict[str, Any], **more: Any) -> str:
        """An endpoint configuration."""
        self.sagemaker.create_endpoint_config(EndpointConfigName=name, ProductionVariants=list(variants), **more)
        return name

    def create(self, config: str, wait: str = "InService") -> dict[str, Any]:
        """An endpoint called `e`, waited for."""
        self.sagemaker.create_endpoint(EndpointName="e", EndpointConfigName=config)
        return self.wait(wait)

    def update(self, config: str, deployment: dict[str, Any] | None = None, **more: Any) -> None:
        """Begin an update of `e`."""
        more |= {"DeploymentConfig": deployment} if deployment else {}
        self.sagemaker.update_endpoint(EndpointName="e", EndpointConfigName=config, **more)

    def describe(self) -> dict[str, Any]:
        """DescribeEndpoint of `e`."""
        described: dict[str, Any] = self.sagemaker.describe_endpoint(EndpointName="e")
        return described

    def wait(self, status: str = "InService") -> dict[str, Any]:
        """Wait until `e` has the status; fails at once when it ends in another one."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            described = self.describe()
            if described["EndpointStatus"] == status:
                return described
            assert described["EndpointStatus"] not in ("InService", "Failed", "UpdateRollbackFailed"), described
            time.sleep(0.05)
        raise AssertionError(f"never {status}: {described}")

    @property
    def live(self) -> LiveEndpoint:
        """The endpoint `e` as the runtime sees it."""
        endpoint = live(ACCOUNT, REGION, "e")
        assert endpoint
        return endpoint

    def ask(self, variant: str | None = None, body: str = "hello", content_type: str = "text/plain", **more: Any) -> dict[str, Any]:
        """One request: what the container answered."""
        with self.live.choose(variant) as target:
            target.ensure_warm()
            answer = target.invoke(body.encode(), {"Content-Type": content_type}, **more)
        assert answer.status == 200, answer
        said: dict[str, Any] = json.loads(answer.body)
        return {**said, "variant": target.variant, "instance": target.instance}

    def logs(self) -> str:
        """All lines of the endpoint's log group."""
        group, logs = "/aws/sagemaker/Endpoints/e", self.client("logs")
        streams = [stream["logStreamName"] for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]]
        lines = []
        for stream in streams:
            events = logs.get_log_events(logGroupName=group, logStreamName=stream, startFromHead=True)["events"]
            lines += [f"{stream}: {event['message']}" for event in events]
        return "\n".join(lines)


class Load:
    """Threads that keep asking. After the block `answers` counts who answered, `failures` holds every request that did not."""

    def __init__(self, lab: Lab, threads: int = 3, body: str = "sleep 0.02", content_type: str = "text/plain") -> None:
        self.answers: Counter[str] = Counter()
        self.failures: list[str] = []
        self._lab, self._body, self._type = lab, body, content_type
        self._done = threading.Event()
        self._threads = [threading.Thread(target=self._ask) for _ in range(threads)]

    def share(self, answer: str, seconds: float) -> float:
        """The part of the next requests that `answer` gets."""
        before = self.answers.copy()
        time.sleep(seconds)
        new = self.answers - before
        return new[answer] / max(1, new.total())

    def _ask(self) -> None:
        while not self._done.is_set():
            try:
                self.answers[self._lab.ask(body=self._body, content_type=self._type).get("answer", "answered")] += 1
            except Exception as error:
                self.failures.append(repr(error))

    def __enter__(self) -> Load:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self._done.set()
        for thread in self._threads:
            thread.join()
