"""The one shell in which all commands of a build run, as in buildspec version 0.2: folder, variables and functions carry over."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import threading
import time
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path

_DRIVER = """
while IFS= read -r -u {requests} __file; do
  . "$__file" </dev/null {requests}<&- {answers}>&-
  __code=$?
  export CODEBUILD_BUILD_SUCCEEDING
  export -p > {variables}
  pwd > {folder}
  echo "$__code" >&{answers}
done
"""
_GRACE_SECONDS = 0.5


class TimedOut(Exception):
    """The build's time is over."""


class Stopped(Exception):
    """Somebody has stopped the build."""


class Shell:
    """A bash process in a session of its own. `on_output` gets what commands write, in pieces, from a thread of its own."""

    def __init__(self, cwd: Path, scratch: Path, environ: Mapping[str, str], on_output: Callable[[bytes], None]) -> None:
        self._scratch, self._environ, self._on_output = scratch, dict(environ), on_output
        self._variables, self._folder = scratch / "variables", scratch / "folder"
        self._folder.write_text(str(cwd), encoding="utf-8")
        self._count = 0
        self._lock = threading.Lock()
        self._stopped = False
        self._process: subprocess.Popen[bytes] | None = None

    def run(self, command: str, deadline: float) -> int:
        """Run one command and return its exit code. `exit` ends the shell; the next command has a new one with the same variables.

        Raises TimedOut at the `deadline` (time.monotonic), and Stopped after `stop`.
        """
        process = self._begin()
        self._count += 1
        script = self._scratch / f"command-{self._count}.sh"
        script.write_text(command + "\n", encoding="utf-8")
        with suppress(BrokenPipeError):
            os.write(self._requests, f"{script}\n".encode())
        return self._answer(process, deadline)

    def set(self, name: str, value: str) -> None:
        """Give a variable of the shell a value from the next command on."""
        self.run(f"export {name}={shlex.quote(value)}", time.monotonic() + 60)

    def variables(self) -> dict[str, str]:
        """All exported variables as they are after the last command."""
        if not self._variables.is_file():
            return dict(self._environ)
        show = f". {shlex.quote(str(self._variables))}; exec env -0"
        done = subprocess.run(["bash", "--noprofile", "--norc", "-c", show], env={}, capture_output=True, check=False)
        pairs = (entry.partition("=") for entry in done.stdout.decode("utf-8", "replace").split("\0") if "=" in entry)
        return {name: value for name, _, value in pairs}

    def stop(self) -> None:
        """End everything that runs; the command under way raises Stopped. From any thread."""
        self._stopped = True
        self._kill()

    def close(self) -> None:
        """End the shell and whatever its commands left running."""
        self._kill()
        if self._process is not None:
            self._process.wait()
            os.close(self._requests)
            os.close(self._answers)
            self._reader.join(_GRACE_SECONDS)
            self._process = None

    def _begin(self) -> subprocess.Popen[bytes]:
        if self._stopped:
            raise Stopped
        if self._process is not None and self._process.poll() is None:
            return self._process
        self.close()
        requests, self._requests = os.pipe()
        self._answers, answers = os.pipe()
        output, writes = os.pipe()
        names = {"requests": requests, "answers": answers, "variables": shlex.quote(str(self._variables))}
        driver = _DRIVER.format(**names, folder=shlex.quote(str(self._folder)))
        if self._variables.is_file():
            driver = f". {shlex.quote(str(self._variables))}\n{driver}"
        cwd = self._folder.read_text(encoding="utf-8").strip()
        with self._lock:
            process = self._process = subprocess.Popen(
                ["bash", "--noprofile", "--norc", "-c", driver],
                cwd=cwd, env=self._environ, stdin=subprocess.DEVNULL, stdout=writes, stderr=writes,
                pass_fds=(requests, answers), start_new_session=True,
            )  # fmt: skip
        for descriptor in (requests, answers, writes):
            os.close(descriptor)
        self._reader = threading.Thread(target=self._read, args=(output,), name="local-aws-build-output", daemon=True)
        self._reader.start()
        return process

    def _read(self, output: int) -> None:
        with os.fdopen(output, "rb", buffering=0) as stream:
            while piece := stream.read(65536):
                self._on_output(piece)

    def _answer(self, process: subprocess.Popen[bytes], deadline: float) -> int:
        said = b""
        os.set_blocking(self._answers, False)
        pause = 0.002
        while not said.endswith(b"\n"):
            if self._stopped:
                raise Stopped
            if time.monotonic() > deadline:
                self._kill()
                raise TimedOut
            ended = process.poll()
            with suppress(BlockingIOError):
                said += os.read(self._answers, 64)
            if not said and ended is not None:
                return ended if ended > 0 else 1 if ended else 0
            time.sleep(pause)
            pause = min(0.1, pause * 1.3)
        return int(said)

    def _kill(self) -> None:
        with self._lock:
            process = self._process
            if process is not None:
                with suppress(ProcessLookupError, PermissionError):
                    os.killpg(process.pid, signal.SIGKILL)
