"""The Lambda runtime inside a function's own process: imports the handler once, then answers one event after another.

Run as a script (`worker.py READ_FD WRITE_FD TASK_FOLDER`) with nothing of Slipway importable. A message is one JSON line with the
`length` of what follows, and that many bytes. The process ends with its parent: the pipe it reads then closes.
"""

from __future__ import annotations

import importlib
import json
import logging
import os
import queue
import signal
import sys
import threading
import time
import traceback
from typing import IO, Any

MARK = "\0END "
"""Begins the line on standard output that says: what this request had to log stands above."""
LARGEST_ANSWER = 6_291_556
"""Bytes of a function's answer (AWS Lambda quotas: 6 MB)."""


class Context:
    """The handler's second argument (developer guide, "Using the Lambda context object in Python")."""

    def __init__(self, message: dict[str, Any]) -> None:
        variables = os.environ
        self.aws_request_id: str = message["request_id"]
        self.invoked_function_arn: str = message["arn"]
        self.function_name = variables["AWS_LAMBDA_FUNCTION_NAME"]
        self.function_version = variables["AWS_LAMBDA_FUNCTION_VERSION"]
        self.memory_limit_in_mb = variables["AWS_LAMBDA_FUNCTION_MEMORY_SIZE"]
        self.log_group_name = variables["AWS_LAMBDA_LOG_GROUP_NAME"]
        self.log_stream_name = variables["AWS_LAMBDA_LOG_STREAM_NAME"]
        self.identity = None
        self.client_context = None
        self._deadline = time.monotonic() + message["seconds"]

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the time-out."""
        return max(0, int((self._deadline - time.monotonic()) * 1000))


class LogHandler(logging.Handler):
    """Lambda's own handler on the root logger: one line per record, as text or as JSON."""

    request_id = ""

    def emit(self, record: logging.LogRecord) -> None:
        """Write one record; line ends inside it become carriage returns, so that it stays one event."""
        moment = time.strftime("%Y-%m-%dT%H:%M:%S", time.gmtime(record.created)) + f".{int(record.msecs):03d}Z"
        if os.environ.get("AWS_LAMBDA_LOG_FORMAT") == "JSON":
            line = json.dumps(self._fields(record, moment), default=str)
        else:
            line = f"[{record.levelname}]\t{moment}\t{self.request_id}\t{self.format(record)}"
        _say(line)

    def _fields(self, record: logging.LogRecord, moment: str) -> dict[str, Any]:
        fields: dict[str, Any] = {
            "timestamp": moment.replace(f".{int(record.msecs):03d}", ""),
            "level": record.levelname,
            "message": record.getMessage(),
        }
        fields |= {"logger": record.name, "requestId": self.request_id}
        known = vars(logging.makeLogRecord({}))
        fields |= {name: value for name, value in vars(record).items() if name not in known and name not in ("message", "asctime")}
        if record.exc_info and record.exc_info[0]:
            fields |= {"errorType": record.exc_info[0].__name__, "errorMessage": str(record.exc_info[1])}
            fields["stackTrace"] = traceback.format_tb(record.exc_info[2])
        return fields


def _say(line: str) -> None:
    sys.stdout.write(line.replace("\n", "\r") + "\n")
    sys.stdout.flush()


class Failure(Exception):
    """The function could not be loaded, or its answer not be sent; `kind` is Lambda's errorType."""

    def __init__(self, kind: str, message: str) -> None:
        super().__init__(message)
        self.kind = kind


def load(named: str) -> Any:
    """The handler `module.function`. Raises Failure as Lambda's runtime words it."""
    module_name, _, name = named.rpartition(".")
    try:
        module = importlib.import_module(module_name.replace("/", "."))
    except ImportError as error:
        raise Failure("Runtime.ImportModuleError", f"Unable to import module '{module_name}': {error}") from error
    except SyntaxError as error:
        raise Failure("Runtime.UserCodeSyntaxError", f"Syntax error in module '{module_name}': {error}") from error
    handler = getattr(module, name, None)
    if handler is None:
        raise Failure("Runtime.HandlerNotFound", f"Handler '{name}' missing on module '{module_name}'")
    return handler


def described(error: BaseException, request_id: str) -> dict[str, Any]:
    """What a failed invocation answers."""
    if isinstance(error, Failure):
        return {"errorMessage": str(error), "errorType": error.kind, "requestId": request_id, "stackTrace": []}
    frames = traceback.format_tb(error.__traceback__)[1:]
    return {"errorMessage": str(error), "errorType": type(error).__name__, "requestId": request_id, "stackTrace": frames}


def answer(handler: Any, message: dict[str, Any], body: bytes) -> tuple[bool, bytes]:
    """Run the handler. Returns whether it failed, and its answer or the error as JSON."""
    try:
        result = handler(json.loads(body), Context(message))
        try:
            text = json.dumps(result, ensure_ascii=False).encode()
        except (TypeError, ValueError) as error:
            raise Failure("Runtime.MarshalError", f"Unable to marshal response: {error}") from error
        if len(text) > LARGEST_ANSWER:
            text = f"Response payload size exceeded maximum allowed payload size ({LARGEST_ANSWER} bytes).".encode()
            raise Failure("Function.ResponseSizeTooLarge", text.decode())
    except Exception as error:
        _tell(error)
        return True, json.dumps(described(error, message["request_id"])).encode()
    return False, text


def _tell(error: BaseException) -> None:
    kind = error.kind if isinstance(error, Failure) else type(error).__name__
    frames = "" if isinstance(error, Failure) else "".join(traceback.format_tb(error.__traceback__)[1:])
    _say(f"[ERROR] {kind}: {error}" + (f"\nTraceback (most recent call last):\n{frames}" if frames else ""))


def _receive(source: IO[bytes], inbox: queue.SimpleQueue[tuple[dict[str, Any], bytes]]) -> None:
    """Hand on each message; the end of the pipe is the end of this process and of all that it started."""
    while line := source.readline():
        message = json.loads(line)
        inbox.put((message, source.read(message["length"])))
    os.killpg(0, signal.SIGKILL)


def _send(target: IO[bytes], head: dict[str, Any], body: bytes) -> None:
    target.write(json.dumps({**head, "length": len(body)}).encode() + b"\n" + body)
    target.flush()


def main() -> None:
    """Serve until the parent closes the pipe."""
    source, target = os.fdopen(int(sys.argv[1]), "rb"), os.fdopen(int(sys.argv[2]), "wb")
    sys.path[0] = sys.argv[3]
    inbox: queue.SimpleQueue[tuple[dict[str, Any], bytes]] = queue.SimpleQueue()
    threading.Thread(target=_receive, args=(source, inbox), daemon=True).start()
    sys.stdout.reconfigure(line_buffering=True)  # type: ignore[union-attr]  # a killed process has told what it had printed
    log = LogHandler()
    logging.getLogger().addHandler(log)
    if level := os.environ.get("AWS_LAMBDA_LOG_LEVEL"):
        logging.getLogger().setLevel({"TRACE": "DEBUG", "FATAL": "CRITICAL"}.get(level, level))
    try:
        handler = load(os.environ["_HANDLER"])
    except BaseException as error:
        _tell(error)
        sys.stdout.write(f"{MARK}init\n")
        sys.stdout.flush()
        _send(target, {"init": True, "failed": True}, json.dumps(described(error, "")).encode())
        return
    _send(target, {"init": True, "failed": False}, b"")
    while True:
        message, body = inbox.get()
        log.request_id = message["request_id"]
        failed, text = answer(handler, message, body)
        sys.stderr.flush()
        sys.stdout.write(f"{MARK}{message['request_id']}\n")
        sys.stdout.flush()
        _send(target, {"failed": failed}, text)


if __name__ == "__main__":
    main()
