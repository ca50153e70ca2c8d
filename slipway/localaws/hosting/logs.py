"""Container logs go to CloudWatch Logs: group `/aws/sagemaker/Endpoints/<endpoint>`, stream `<variant>/<instance>[/<container>]`."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from moto.logs.models import logs_backends

from slipway.containers.log_reader import MAX_LINE_BYTES, LogReader
from slipway.localaws.lock import LOCK


@dataclass(frozen=True)
class Place:
    """Where an endpoint is: account, region, its name."""

    account: str
    region: str
    endpoint: str

    @property
    def log_group(self) -> str:
        """The endpoint's log group."""
        return f"/aws/sagemaker/Endpoints/{self.endpoint}"


def write_lines(place: Place, stream: str, lines: Iterable[str], *, create: bool = False) -> None:
    """Put lines into a stream, now. Without `create` they are dropped when group or stream are gone.

    Only a container that starts creates its group and stream: a group that somebody deletes does not come back.
    """
    with LOCK:
        backend = logs_backends[place.account][place.region]
        if create and place.log_group not in backend.groups:
            backend.create_log_group(place.log_group, {})
        group = backend.groups.get(place.log_group)
        if group is None:
            return
        if create and stream not in group.streams:
            backend.create_log_stream(place.log_group, stream)
        if stream not in group.streams:
            return
        now = int(time.time() * 1000)
        if events := [{"timestamp": now, "message": line[:MAX_LINE_BYTES]} for line in lines if line]:
            backend.put_log_events(place.log_group, stream, events)


@dataclass
class LogFile:
    """A container's log file on its way to its stream."""

    place: Place
    stream: str
    path: Path
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def __post_init__(self) -> None:
        self._reader = LogReader(self.path)
        write_lines(self.place, self.stream, (), create=True)

    def ship(self, *, all_of_it: bool = False) -> None:
        """Send the lines that are new. `all_of_it`: the container has ended, so that a last line may lack its end."""
        with self._lock:
            while (lines := self._reader.read()) is not None:
                self._send(lines)
            if all_of_it:
                self._send(self._reader.rest())

    def _send(self, lines: list[bytes]) -> None:
        write_lines(self.place, self.stream, (line.decode("utf-8", "replace").rstrip("\r") for line in lines))
