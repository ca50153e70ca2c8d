"""Persistence: every call that changed something is written down, and done again at the next start.

Why not a dump of moto's objects: they hold locks, open files and lambdas. A journal is plain text, survives a kill -9 (each line
is flushed before the caller gets its answer), and gives the same identifiers back, because each call keeps the seed of moto's
random numbers. What it does not give back are dates: after a restart, everything was created at that restart.
"""

from __future__ import annotations

import base64
import io
import json
import logging
from collections.abc import Callable
from dataclasses import asdict, dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from slipway.errors import SlipwayError
from slipway.localaws.request import Call, Environ

LOG = logging.getLogger("slipway.localaws")
_KEPT = ("CONTENT_TYPE", "REQUEST_METHOD", "moto.preserved_header_names")

NOT_REPEATED = frozenset(
    {
        *("codebuild StartBuild", "codebuild StopBuild"),
        *("codepipeline StartPipelineExecution", "codepipeline StopPipelineExecution", "codepipeline PutApprovalResult"),
        *("codepipeline RetryStageExecution", "codepipeline RollbackStage"),
    }
)
"""Calls (`Call.label`) that only make something run: nothing of it is left at a restart, and it must not run again."""


@dataclass(frozen=True)
class Entry:
    """One call: enough of its request to send it to moto again. `body` is base64."""

    method: str
    uri: str
    headers: dict[str, object]
    body: str
    seed: int

    @classmethod
    def of(cls, call: Call, environ: Environ, seed: int) -> Entry:
        """Take the call down before it is run."""
        headers = {name: value for name, value in environ.items() if name.startswith("HTTP_") or name in _KEPT}
        return cls(call.method, environ["RAW_URI"], headers, base64.b64encode(call.body).decode(), seed)

    def environ(self) -> Environ:
        """A WSGI environment that repeats the call."""
        body, parts = base64.b64decode(self.body), urlsplit(self.uri)
        return {
            **self.headers,
            "RAW_URI": self.uri,
            "PATH_INFO": unquote(parts.path, "latin-1"),
            "QUERY_STRING": parts.query,
            "SCRIPT_NAME": "",
            "SERVER_NAME": "127.0.0.1",
            "SERVER_PORT": "80",
            "SERVER_PROTOCOL": "HTTP/1.1",
            "CONTENT_LENGTH": str(len(body)),
            "wsgi.input": io.BytesIO(body),
            "wsgi.url_scheme": "http",
            "wsgi.version": (1, 0),
            "wsgi.errors": io.StringIO(),
            "wsgi.multithread": True,
            "wsgi.multiprocess": False,
            "wsgi.run_once": False,
        }


class Journal:
    """The file `calls.jsonl` in a folder of the user's."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        self.path = folder / "calls.jsonl"
        self.path.touch(mode=0o600)

    def append(self, entry: Entry) -> None:
        """Write one call down."""
        with self.path.open("a", encoding="utf-8") as file:
            file.write(json.dumps(asdict(entry)) + "\n")

    def replay(self, run: Callable[[Entry], None]) -> None:
        """Run every call again, in order. A last line that was cut off by a crash is dropped; its caller never got an answer."""
        lines = self.path.read_text(encoding="utf-8").splitlines(keepends=True)
        if lines and not lines[-1].endswith("\n"):
            LOG.warning("%s: the last line is incomplete and is dropped", self.path)
            lines.pop()
            self.path.write_text("".join(lines), encoding="utf-8")
        for number, line in enumerate(lines, 1):
            try:
                entry = Entry(**json.loads(line))
            except (ValueError, TypeError) as reason:
                raise SlipwayError(
                    f"{self.path}:{number} is not a call of the local AWS ({reason})",
                    fix="delete the file to start empty, or delete that line.",
                ) from reason
            run(entry)

    def clear(self) -> None:
        """Forget everything."""
        self.path.write_text("", encoding="utf-8")
