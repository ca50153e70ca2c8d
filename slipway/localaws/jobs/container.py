"""One container of a job: started from its image in the local ECR, followed line by line, ended when it must.

In a container without an engine /opt/ml lies below a folder of its own. So `/opt/ml` at the beginning of a word in the entry point,
the arguments or a variable is replaced by that place; a program that writes the path itself finds it in SAGEMAKER_BASE_DIR.
"""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from slipway.containers.custom import start_custom
from slipway.containers.log_reader import LogReader
from slipway.containers.source import SavedImage
from slipway.errors import SlipwayError
from slipway.localaws.functions import settings
from slipway.localaws.hosting import containers, folders
from slipway.localaws.hosting.errors import HostingFailed, Stopped
from slipway.localaws.hosting.images import find_image, save_image
from slipway.localaws.jobs.errors import Cancelled, JobFailed
from slipway.localaws.jobs.live import Work
from slipway.localaws.logwriter import Batch, write

if TYPE_CHECKING:
    from slipway.containers.running import Running

POLL_SECONDS = 0.05
SYNC_SECONDS = 1.0
"""Real seconds between two looks at checkpoints."""
GRACE_SECONDS = 120.0
"""Real seconds from SIGTERM to SIGKILL (StopTrainingJob, spot interruption, MaxRuntimeInSeconds)."""
_ML = re.compile(r"(?<![\w./-])/opt/ml(?=/|$)")

Why = Literal["ended", "told"]


@dataclass(frozen=True)
class Command:
    """What is run: the image's own entry point unless `entrypoint` replaces it, then `arguments`."""

    image: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    entrypoint: Sequence[str] = ()


@dataclass
class Watch:
    """Looked at while the container runs. `told` says why it must end now, empty: it may go on."""

    line: Callable[[str], None] = lambda _: None
    told: Callable[[], str] = lambda: ""
    sync: Callable[[], object] = lambda: None


@dataclass(frozen=True)
class Ended:
    """How the container ended: its exit code, why it was told to end (empty: by itself), its seconds."""

    exit_code: int
    told: str
    seconds: float


@dataclass(frozen=True)
class Stream:
    """Where its lines go in CloudWatch Logs."""

    account: str
    region: str
    group: str
    name: str

    def write(self, lines: Sequence[str]) -> None:
        """Write lines; the first ones make group and stream."""
        write(Batch(self.account, self.region, self.group, self.name, lambda: lines, create=True))


@dataclass
class Container:
    """`root/opt/ml` is its /opt/ml."""

    command: Command
    root: Path
    stream: Stream
    watch: Watch = field(default_factory=Watch)

    def run(self, work: Work) -> Ended:
        """Run it to its end. Raises JobFailed when it cannot be started, Cancelled when the local AWS ends."""
        source = image_of(self.command.image)
        started = time.monotonic()
        self.stream.write(())
        try:
            running = containers.launch(lambda: self._start(source))
        except Stopped:
            raise Cancelled from None
        except SlipwayError as error:
            self.stream.write([error.message])
            raise JobFailed(f"AlgorithmError: the container cannot be started: {error.message}, exit code: 1") from None
        with running:
            try:
                told = self._follow(running, work)
            finally:
                containers.forget(running)
            code = running.exit_code()
        return Ended(1 if code is None else code, told, time.monotonic() - started)

    def _start(self, source: SavedImage) -> Running:
        return start_custom(
            source,
            entrypoint=[self._mapped(word) for word in self.command.entrypoint],
            arguments=[self._mapped(word) for word in self.command.arguments],
            root=self.root,
            environment={name: self._mapped(value) for name, value in self.command.environment.items()},
        )

    def _follow(self, running: Running, work: Work) -> str:
        log, told, synced = LogReader(running.log), "", time.monotonic()
        try:
            while running.alive():
                self._read(log)
                if work.cancelled.is_set():
                    raise Cancelled
                if not told and (told := self.watch.told()):
                    running.terminate(GRACE_SECONDS)
                if time.monotonic() - synced > SYNC_SECONDS:
                    self.watch.sync()
                    synced = time.monotonic()
                work.cancelled.wait(POLL_SECONDS)
        finally:
            self._read(log, last=True)
        return told

    def _read(self, log: LogReader, *, last: bool = False) -> None:
        while (lines := log.read()) is not None:
            self._tell(lines)
        if last:
            self._tell(log.rest())

    def _tell(self, lines: Sequence[bytes]) -> None:
        texts = [line.decode("utf-8", "replace").rstrip("\r") for line in lines]
        for text in texts:
            self.watch.line(text)
        if texts:
            self.stream.write(texts)

    def _mapped(self, text: str) -> str:
        return _ML.sub(lambda _: str(self.root.resolve() / "opt" / "ml"), text)


def image_of(reference: str) -> SavedImage:
    """The image from the local ECR. Raises JobFailed when it is not there."""
    image = find_image(reference)
    if image is None:
        raise JobFailed(f"ClientError: Cannot pull algorithm container: the image {reference} is not in the local ECR.")
    try:
        return SavedImage(save_image(image, folders.images()))
    except HostingFailed as failed:
        raise JobFailed(f"ClientError: Cannot pull algorithm container: {failed.reason}") from None


def variables(account: str, region: str, *, isolated: bool) -> dict[str, str]:
    """What SageMaker gives every container: its region; and, unless it is isolated from the network, the way to AWS and a role."""
    own = {"AWS_REGION": region, "AWS_DEFAULT_REGION": region}
    if isolated:
        return own
    role = {"AWS_ACCESS_KEY_ID": account, "AWS_SECRET_ACCESS_KEY": "local"}
    return {**own, **role, "AWS_ENDPOINT_URL": settings.url(), "AWS_EC2_METADATA_DISABLED": "true"}
