"""The data log of a transform job: settings, and for each file that failed, why. Stream `<job>/<instance>/data-log`, as on AWS."""

from __future__ import annotations

from datetime import datetime, timezone

from slipway.localaws.hosting.logs import Place, write_lines
from slipway.localaws.jobs.transform_settings import Settings

LOG_GROUP = "/aws/sagemaker/TransformJobs"
"""Log group of all transform jobs, and namespace of their metrics."""


class DataLog:
    """Writes lines in SageMaker's own form: `<time>:[sagemaker logs]: <bucket>/<key>: ClientError: 400`, then the model's message."""

    def __init__(self, place: Place, instance: str) -> None:
        self._place, self._stream = place, f"{place.endpoint}/{instance}/data-log"
        write_lines(place, self._stream, (), create=True)

    def settings(self, chosen: Settings) -> None:
        """What the job runs with."""
        strategy = {"SingleRecord": "SINGLE_RECORD", "MultiRecord": "MULTI_RECORD"}[chosen.strategy]
        self._write(f"MaxConcurrentTransforms={chosen.concurrent}, MaxPayloadInMB={chosen.megabytes}, BatchStrategy={strategy}")

    def failure(self, uri: str, kind: str, status: int, text: str, first: int = 0, count: int = 0) -> None:
        """A request that failed. `first`, `count`: its records, which AWS does not log; they stand in the last line."""
        place = uri.removeprefix("s3://")
        self._write(f"{place}: {kind}: {status}", f"{place}: ", f"{place}: Message:", *(f"{place}: {line}" for line in text.splitlines()))
        if count:
            self._write(f"{place}: records {first + 1} to {first + count}")

    def _write(self, *texts: str) -> None:
        now = datetime.now(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "")
        write_lines(self._place, self._stream, [f"{now}:[sagemaker logs]: {text}" for text in texts])
