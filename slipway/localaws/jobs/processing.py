"""One processing job: inputs from S3, the container with its own entry point, outputs to S3.

https://docs.aws.amazon.com/sagemaker/latest/dg/build-your-own-processing-container.html
"""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow

from slipway.localaws.hosting import folders
from slipway.localaws.jobs import experiments
from slipway.localaws.jobs.container import Command, Container, Ended, Stream, Watch, variables
from slipway.localaws.jobs.errors import Cancelled, JobFailed
from slipway.localaws.jobs.live import Work
from slipway.localaws.jobs.state import JobState
from slipway.localaws.jobs.storage import Mirror, Place, fetch, local_place
from slipway.training.layout import HOST

GROUP = "/aws/sagemaker/ProcessingJobs"
MAX_RUNTIME = "MaxRuntimeExceeded"
DAY = 86_400


class ProcessingRun:
    """Runs one job in its own folder; nothing of it is left on disk afterwards."""

    def __init__(self, state: JobState, work: Work) -> None:
        self.state, self.work, self.request = state, work, state.request
        self.outputs = self.request.get("ProcessingOutputConfig", {})
        self.place = Place(state.account, state.region, self.outputs.get("KmsKeyId", ""))
        self.stream = Stream(state.account, state.region, GROUP, f"{state.name}/{HOST}-{int(time.time())}")
        self.folder = folders.new_folder()
        self.root = self.folder / "root"
        self.began = time.monotonic()

    def run(self) -> None:
        """From the first input to the last output. Cancelled leaves no trace."""
        try:
            self._run()
        except JobFailed as failed:
            self._finish("Failed", FailureReason=failed.reason)
        except Cancelled:
            return
        finally:
            folders.remove(self.folder)

    def _run(self) -> None:
        for item in self.request.get("ProcessingInputs", []):
            source = item.get("S3Input")
            if source is None:
                raise JobFailed(f"ClientError: input {item['InputName']}: the local AWS reads S3 only")
            fetch(source, self._local(source["LocalPath"]))
        for item in self._s3_outputs():
            self._local(item["LocalPath"]).mkdir(parents=True, exist_ok=True)
        self._write_configuration()
        self.state.set(ProcessingStartTime=utcnow())
        mirrors = [
            Mirror(self.place, self._local(item["LocalPath"]), item["S3Uri"])
            for item in self._s3_outputs()
            if item.get("S3UploadMode") == "Continuous"
        ]
        watch = Watch(told=self._told, sync=lambda: [mirror.sync() for mirror in mirrors])
        ended = Container(self._command(), self.root, self.stream, watch).run(self.work)
        self._end(ended)

    def _command(self) -> Command:
        application = self.request["AppSpecification"]
        isolated = self.request.get("NetworkConfig", {}).get("EnableNetworkIsolation", False)
        own = variables(self.state.account, self.state.region, isolated=isolated)
        environment = {**own, "PROCESSING_JOB_NAME": self.state.name, **self.request.get("Environment", {})}
        arguments = application.get("ContainerArguments", [])
        return Command(application["ImageUri"], arguments, environment, application.get("ContainerEntrypoint", ()))

    def _write_configuration(self) -> None:
        """The two files of /opt/ml/config."""
        cluster = self.request["ProcessingResources"]["ClusterConfig"]
        resources = {"current_host": HOST, "hosts": [HOST], "current_instance_type": cluster["InstanceType"]}
        folder = self._local("/opt/ml/config")
        folder.mkdir(parents=True, exist_ok=True)
        job = {**self.request, "ProcessingJobArn": self.state.arn}
        (folder / "processingjobconfig.json").write_text(json.dumps(job, indent=2), encoding="utf-8")
        (folder / "resourceconfig.json").write_text(json.dumps(resources, indent=2), encoding="utf-8")

    def _end(self, ended: Ended) -> None:
        message = self._message()
        said = {"ExitMessage": message} if message else {}
        for item in self._s3_outputs():
            self.place.put_folder(self._local(item["LocalPath"]), item["S3Uri"])
        if ended.told == MAX_RUNTIME:
            self._finish("Stopped", FailureReason="ClientError: the job ran longer than MaxRuntimeInSeconds", **said)
        elif ended.told:
            self._finish("Stopped", **said)
        elif ended.exit_code:
            reason = f"AlgorithmError: {message or 'See job logs for more information'}, exit code: {ended.exit_code}"
            self._finish("Failed", FailureReason=reason[:1024], **said)
        else:
            self._finish("Completed", **said)

    def _message(self) -> str:
        path = self._local("/opt/ml/output/message")
        return path.read_bytes()[:1024].decode("utf-8", "replace").strip() if path.is_file() else ""

    def _told(self) -> str:
        longest = self.request.get("StoppingCondition", {}).get("MaxRuntimeInSeconds", DAY)
        if self.state.told.is_set():
            return "Stopped"
        return MAX_RUNTIME if time.monotonic() - self.began > longest else ""

    def _finish(self, status: str, **members: Any) -> None:
        experiments.record(self.state, {}, status)
        folders.remove(self.folder)
        self.state.finish(status, **members)

    def _s3_outputs(self) -> list[dict[str, str]]:
        return [item["S3Output"] for item in self.outputs.get("Outputs", []) if "S3Output" in item]

    def _local(self, path: str) -> Path:
        return local_place(self.root, path)
