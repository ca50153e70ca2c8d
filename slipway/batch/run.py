"""`slipway batch` from its start to its end."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from modules.batch_transform.spec import TransformSettings, request
from slipway.artifacts.account import Account
from slipway.batch.files import Stored, below, inputs, output_of
from slipway.batch.find import Subject, deployed_model, places, prefix_of
from slipway.batch.job import Ended, create, follow, require_good, stop
from slipway.batch.look import Bad, Look
from slipway.batch.result import Outcome, content, outcome
from slipway.progress import Reporter

SCOPE = "batch"
COUNTED_BYTES = 50_000_000
"""Input up to this size is read once before the job, so that progress can be told in records."""


@dataclass
class Batch:
    """A job that is about to be started, or runs. `name` is known once it does."""

    account: Account
    subject: Subject
    settings: TransformSettings
    reporter: Reporter
    error_text: str = ""
    second_look: bool = True
    name: str = ""
    _files: Sequence[Stored] = ()
    _done: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._input, self._output = places(self.account, self.subject, self.settings)
        self._request: Mapping[str, Any] = {}

    @property
    def output(self) -> str:
        """Where results go."""
        return self._output

    def start(self) -> str:
        """Start the job; its name. InputError when there is nothing to score or the model is not deployed."""
        self._files = inputs(self.account, self._input, self.settings.transform_input.s3_data_type)
        model = deployed_model(self.account, self.subject.model)
        self._request = request(self.settings, model_name=model, input_uri=self._input, output_uri=self._output)
        self._before = {item.key for item in below(self.account, self._output)}
        self._records = self._counted()
        self.name = create(self.account, prefix_of(self.account, self.subject), self._request)
        self.reporter.step(SCOPE, f"job {self.name} scores {len(self._files)} files of {self._input} with {model}")
        return self.name

    def wait(self) -> Outcome:
        """Follow the job to its end and look at what it did. Ctrl-C stops it, a second one leaves it to itself."""
        try:
            ended = follow(self.account, self.name, self._look)
        except KeyboardInterrupt:
            self.reporter.step(SCOPE, f"stopping job {self.name}; press Ctrl-C again to leave it to itself")
            stop(self.account, self.name)
            raise
        require_good(ended)
        return self._explained(ended)

    def _look(self, status: str) -> None:
        """Progress: files that have an output."""
        outputs = [item for item in below(self.account, self._output) if item.key not in self._before]
        done = [file for file in self._files if output_of(file, outputs)]
        sizes = [_size(sum(file.size for file in files)) for files in (done, self._files)]
        if self._records:
            sizes = [f"{sum(self._records[file.uri] for file in files)} records" for files in (done, self._files)]
        self.reporter.waiting(SCOPE, f"{status}: {len(done)} of {len(self._files)} files done ({sizes[0]} of {sizes[1]})")

    def _counted(self) -> dict[str, int]:
        """Records by file; empty for input that is too large to be read beforehand."""
        source = self._request["TransformInput"]
        if sum(file.size for file in self._files) > COUNTED_BYTES or source["SplitType"] == "None":
            return {}
        return {file.uri: len(content(self.account, file, source).records) for file in self._files}

    def _explained(self, ended: Ended) -> Outcome:
        return outcome(self.account, ended, self._request, self._files, self._bad_records, self.error_text)

    def _bad_records(self, files: dict[str, list[bytes]]) -> list[Bad]:
        if not self.second_look:
            return []
        look = Look(
            account=self.account,
            request=self._request,
            input_uri=self._input,
            output_uri=self._output,
            prefix=prefix_of(self.account, self.subject),
            split=self.settings.transform_input.split_type,
            reporter=self.reporter,
        )
        running: list[str] = []
        try:
            return look.bad_records(files, running.append)
        except KeyboardInterrupt:
            if running:
                stop(self.account, running[-1])
            raise


def _size(count: int) -> str:
    """Bytes for people."""
    value, unit = float(count), "B"
    for unit in ("B", "kB", "MB", "GB"):
        if value < 1000 or unit == "GB":
            break
        value /= 1000
    return f"{value:.0f} {unit}" if unit == "B" else f"{value:.1f} {unit}"
