"""The log of an invocation, with the lines that Lambda itself writes around it, as text or as JSON."""

from __future__ import annotations

import json
import math
import time
from dataclasses import dataclass
from datetime import datetime, timezone
from typing import Any

from slipway.localaws import logwriter
from slipway.localaws.functions.definition import Function
from slipway.localaws.functions.image_sandbox import AnySandbox

_STATUSES = {"success": "", "error": "error", "timeout": "timeout"}


@dataclass(frozen=True)
class Report:
    """What is told about an invocation after its end. `seconds` and `init` in seconds, `init` 0 for a warm process.

    `status`: success, error or timeout. `failure`: the error it answered, as JSON.
    """

    function: Function
    request_id: str
    seconds: float
    init: float
    status: str
    failure: bytes = b""

    def before(self) -> list[str]:
        """The lines above the handler's own."""
        if self._quiet:
            return []
        if self._json:
            return [self._event("platform.start", {"requestId": self.request_id, "version": self.function.version})]
        return [f"START RequestId: {self.request_id} Version: {self.function.version}"]

    def after(self) -> list[str]:
        """The lines below them."""
        return self._json_after() if self._json else self._text_after()

    @property
    def _json(self) -> bool:
        return self.function.logging.get("LogFormat") == "JSON"

    @property
    def _quiet(self) -> bool:
        return self._json and self.function.logging.get("SystemLogLevel", "INFO") == "WARN"

    def _text_after(self) -> list[str]:
        duration, memory = self.seconds * 1000, self.function.memory
        report = [f"Duration: {duration:.2f} ms", f"Billed Duration: {math.ceil(duration + self.init * 1000)} ms"]
        report += [f"Memory Size: {memory} MB", f"Max Memory Used: {memory} MB"]
        report += [f"Init Duration: {self.init * 1000:.2f} ms"] if self.init else []
        report += [f"Status: {_STATUSES[self.status]}"] if _STATUSES[self.status] else []
        lines = [f"END RequestId: {self.request_id}", f"REPORT RequestId: {self.request_id}\t" + "\t".join(report)]
        if self.status == "timeout":
            lines.append(f"{_now()} {self.request_id} Task timed out after {self.function.timeout:.2f} seconds")
        return lines

    def _json_after(self) -> list[str]:
        if self._quiet and self.status == "success":
            return []
        record: dict[str, Any] = {"requestId": self.request_id, "status": self.status}
        if self.failure:
            record["errorType"] = json.loads(self.failure).get("errorType", "")
        duration = self.seconds * 1000
        measured = {"durationMs": round(duration, 3), "billedDurationMs": math.ceil(duration + self.init * 1000)}
        measured |= {"memorySizeMB": self.function.memory, "maxMemoryUsedMB": self.function.memory}
        measured |= {"initDurationMs": round(self.init * 1000, 3)} if self.init else {}
        return [self._event("platform.report", {**record, "metrics": measured})]

    def _event(self, kind: str, record: dict[str, Any]) -> str:
        return json.dumps({"time": _now(), "type": kind, "record": record})


def ship(sandbox: AnySandbox, report: Report, *, create: bool, wait: bool) -> tuple[str, ...]:
    """Write the log of one invocation. `create`: a process's first one makes the group if there is none.

    `wait`: return its lines; otherwise nothing is waited for.
    """
    function = report.function

    def lines() -> list[str]:
        return [*report.before(), *sandbox.lines(report.request_id), *report.after()]

    told = tuple(lines()) if wait else ()
    batch = logwriter.Batch(function.account, function.region, function.log_group, sandbox.stream, lambda: told or lines(), create)
    logwriter.put(batch)
    return told


def _now() -> str:
    return datetime.fromtimestamp(time.time(), timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
