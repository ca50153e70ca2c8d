"""One training job: input from S3, the container with its /opt/ml tree, model and checkpoints to S3, metrics from its log.

https://docs.aws.amazon.com/sagemaker/latest/dg/your-algorithms-training-algo-running-container.html
"""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from moto.core.utils import utcnow

from slipway.artifacts.limits import ArchiveRefused
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.hosting import folders
from slipway.localaws.jobs import experiments, spot
from slipway.localaws.jobs.container import Command, Container, Ended, Stream, Watch, variables
from slipway.localaws.jobs.errors import Cancelled, JobFailed
from slipway.localaws.jobs.live import Work
from slipway.localaws.jobs.state import JobState
from slipway.localaws.jobs.storage import Mirror, Place, fetch, fetch_below, join, local_place
from slipway.training import layout
from slipway.training.archive import pack_output
from slipway.training.job import Channel, Job
from slipway.training.metrics import Collector, MetricDefinition
from slipway.training.run import failure_reason, pack_model

GROUP = "/aws/sagemaker/TrainingJobs"
HOST = layout.HOST
MAX_RUNTIME = "MaxRuntimeExceeded"
MAX_WAIT = "MaxWaitTimeExceeded"
STOPPED = "Stopped"
DAY = 86_400


class TrainingRun:
    """Runs one job in its own folder; nothing of it is left on disk afterwards."""

    def __init__(self, state: JobState, work: Work) -> None:
        request = state.request
        self.state, self.work, self.request = state, work, request
        output = request["OutputDataConfig"]
        self.place = Place(state.account, state.region, output.get("KmsKeyId", ""))
        self.uri = join(output["S3OutputPath"], f"{state.name}/output")
        definitions = request["AlgorithmSpecification"].get("MetricDefinitions", [])
        self.collector = Collector(MetricDefinition(item["Name"], item["Regex"]) for item in definitions)
        self.stream = Stream(state.account, state.region, GROUP, f"{state.name}/{HOST}-{int(time.time())}")
        self.folder = folders.new_folder()
        self.root = self.folder / "root"
        self.checkpoints: dict[str, str] = request.get("CheckpointConfig", {})
        self.began = time.monotonic()
        self.trained = 0.0

    def run(self) -> None:
        """From Downloading to the end. Cancelled leaves no trace."""
        try:
            self._run()
        except JobFailed as failed:
            self._finish("Failed", "Failed", FailureReason=failed.reason)
        except Cancelled:
            return
        finally:
            folders.remove(self.folder)

    def _run(self) -> None:
        self._look_at_stop()
        self.state.secondary("Downloading", "Downloading input data")
        self._download()
        interruptions = spot.interruptions(self.request)
        while True:
            ended = self._train(interruptions)
            if ended.told != spot.INTERRUPTED:
                break
            interruptions -= 1
            self.state.secondary("Interrupted", "Training job interrupted: spot capacity was taken back")
            self.state.secondary("Starting", "Preparing the instances for training")
        self._upload(ended)

    def _download(self) -> None:
        channels = {}
        for item in self.request.get("InputDataConfig", []):
            source = item["DataSource"].get("S3DataSource")
            if source is None:
                raise JobFailed(f"ClientError: channel {item['ChannelName']}: the local AWS reads S3 only")
            target = self.folder / "channels" / item["ChannelName"]
            fetch(source, target)
            mode = item.get("InputMode") or self.request["AlgorithmSpecification"].get("TrainingInputMode", "File")
            channels[item["ChannelName"]] = Channel(target, item.get("ContentType", ""), mode)
        self.job = Job(self.state.name, self.request.get("HyperParameters", {}), channels)

    def _train(self, interruptions: int) -> Ended:
        """One run of the container, on an instance that knows nothing of an earlier one but what lies in S3."""
        folders.remove(self.root)
        layout.lay_out(self.root, self.job, instance_type=self.request["ResourceConfig"].get("InstanceType", layout.INSTANCE_TYPE))
        folder, mirror = layout.base(self.root) / "checkpoints", None
        if uri := self.checkpoints.get("S3Uri"):
            folder = local_place(self.root, self.checkpoints.get("LocalPath", "/opt/ml/checkpoints"))
            fetch_below(uri, folder)
            mirror = Mirror(self.place, folder, uri)
        plan = spot.Plan(folder, interruptions)
        watch = Watch(line=self._line, told=lambda: self._told(plan), sync=mirror.sync if mirror else lambda: None)
        self.state.secondary("Training", "Training image download completed. Training in progress.")
        with_start = {} if "TrainingStartTime" in self.state.members else {"TrainingStartTime": utcnow()}
        self.state.set(**with_start)
        ended = Container(self._command(), self.root, self.stream, watch).run(self.work)
        self.trained += ended.seconds
        if mirror:
            mirror.sync()
        return ended

    def _command(self) -> Command:
        algorithm = self.request["AlgorithmSpecification"]
        own = variables(self.state.account, self.state.region, isolated=self.request.get("EnableNetworkIsolation", False))
        job = {"TRAINING_JOB_NAME": self.state.name, "TRAINING_JOB_ARN": self.state.arn}
        environment = {**own, **job, **self.request.get("Environment", {})}
        arguments = algorithm.get("ContainerArguments") or ([] if algorithm.get("ContainerEntrypoint") else ["train"])
        return Command(algorithm.get("TrainingImage", ""), arguments, environment, algorithm.get("ContainerEntrypoint", ()))

    def _told(self, plan: spot.Plan) -> str:
        """Why the container must end now."""
        limits = self.request["StoppingCondition"]
        if self.state.told.is_set():
            return STOPPED
        if self.trained + plan.seconds > limits.get("MaxRuntimeInSeconds", DAY):
            return MAX_RUNTIME
        if time.monotonic() - self.began > limits.get("MaxWaitTimeInSeconds", 28 * DAY):
            return MAX_WAIT
        return spot.INTERRUPTED if plan.due() else ""

    def _line(self, text: str) -> None:
        before = {name: len(values) for name, values in self.collector.series.items()}
        self.collector.read(text)
        for name, values in self.collector.series.items():
            for value in values[before.get(name, 0) :]:
                where = {"Host": f"{self.state.name}/{HOST}"}
                metrics.emit(self.state.account, self.state.region, GROUP, name, where, value)

    def _upload(self, ended: Ended) -> None:
        ml = layout.base(self.root)
        self.state.secondary("Uploading", "Uploading generated training model")
        if archive := pack_output(ml / "output" / "data", self.folder / "output.tar.gz"):
            self.place.put(join(self.uri, "output.tar.gz"), archive.path.read_bytes())
        if not ended.told and ended.exit_code:
            said = failure_reason(ml / "output" / "failure", ended.exit_code)
            raise JobFailed(f"AlgorithmError: {said[:900]}, exit code: {ended.exit_code}")
        self._upload_model(ml / "model")
        if ended.told:
            self._finish("Stopped", ended.told)
        else:
            self._finish("Completed", "Completed")

    def _upload_model(self, folder: Path) -> None:
        try:
            archive = pack_model(folder, self.folder / "model.tar.gz")
        except ArchiveRefused as refused:
            raise JobFailed(f"ClientError: the model cannot be uploaded: {refused.message}") from None
        if archive is not None:
            self.place.put(join(self.uri, "model.tar.gz"), archive.path.read_bytes())

    def _finish(self, status: str, secondary: str, **members: Any) -> None:
        final = [{"MetricName": name, "Value": value, "Timestamp": utcnow()} for name, value in self.collector.last.items()]
        seconds = max(1, round(self.trained)) if self.trained else 0
        times = {"TrainingTimeInSeconds": seconds, "BillableTimeInSeconds": seconds} if seconds else {}
        words = {"Completed": "Training job completed", "Stopped": "Training job stopped", "Failed": "Training job failed"}
        self.state.secondary(secondary, words.get(status, ""))
        experiments.record(self.state, self.collector.last, status)
        folders.remove(self.folder)
        self.state.finish(status, **({"FinalMetricDataList": final} if final else {}), **times, **members)

    def _look_at_stop(self) -> None:
        if self.work.cancelled.is_set():
            raise Cancelled
