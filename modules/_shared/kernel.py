"""jsii's kernel, reached directly.

jsii's Python runtime starts a Node process that starts another one, the kernel, and hands every message on between the
two and Python. `connect_directly` starts the kernel itself, on a socket: one Node less to start and to keep in memory,
and two hops less for each of the thousands of calls of a large synthesis. Anything unexpected (another system, a runtime
of the user's own in JSII_RUNTIME, a jsii that is laid out differently) leaves jsii's own way in place.
"""

from __future__ import annotations

import atexit
import contextlib
import os
import platform
import socket
import subprocess
import sys
import threading
import types
from pathlib import Path
from typing import Any

_LAUNCH = 'exec "$0" "$@" 3<&0 </dev/null >&2'
"""jsii's `lib/program.js` speaks on file descriptor 3."""


class KernelFailed(RuntimeError):
    """Node did not become jsii's kernel."""


def connect_directly() -> None:
    """Patch jsii so that its next start, the first use of a construct, goes straight to the kernel."""
    _import_typeguard()
    import jsii._kernel.providers.process as runtime

    process: Any = getattr(runtime, "_NodeProcess", None)
    known = all(hasattr(process, name) for name in ("start", "stop", "handshake", "_jsii_runtime"))
    if not known or not hasattr(runtime, "stderr_sink") or os.name != "posix" or "JSII_RUNTIME" in os.environ:
        return
    ordinary = process.start

    def start(self: Any) -> None:
        program = Path(self._jsii_runtime()).resolve().parents[1] / "lib" / "program.js"
        if not program.is_file():
            ordinary(self)
            return
        self._process = _kernel(program)
        self.sink_thread = threading.Thread(name="jsii-stderr", target=runtime.stderr_sink, args=(self._process.stderr,), daemon=True)
        self.sink_thread.start()
        atexit.register(_stop, self)
        try:
            self.handshake()
        except ValueError as error:  # no message, or not JSON
            raise KernelFailed(f"{_node()} did not start: {error}") from error

    process.start = start


def _stop(process: Any) -> None:
    """Stop as jsii does; a kernel that Ctrl-C has ended already is no news."""
    with contextlib.suppress(OSError):
        process.stop()


def _kernel(program: Path) -> subprocess.Popen[bytes]:
    """The kernel process, with its socket in the place of standard input and output."""
    ours, theirs = socket.socketpair()
    environment = {**os.environ, "JSII_AGENT": f"Python/{platform.python_version()}"}
    command = ["/bin/sh", "-c", _LAUNCH, _node(), "--max-old-space-size=4069", "--preserve-symlinks", str(program)]
    with theirs:
        process = subprocess.Popen(command, env=environment, stdin=theirs.fileno(), stderr=subprocess.PIPE)
    process.stdin, process.stdout = ours.makefile("wb"), ours.makefile("rb")
    ours.close()
    return process


def _node() -> str:
    return os.environ.get("JSII_NODE", "node")


def _import_typeguard() -> None:
    """Import typeguard without `unittest.mock`, which it needs for one `isinstance` and which brings all of asyncio along."""
    if "typeguard" in sys.modules or "unittest.mock" in sys.modules:
        return
    stand_in = types.ModuleType("unittest.mock")
    stand_in.Mock = type("Mock", (), {})  # type: ignore[attr-defined]
    sys.modules["unittest.mock"] = stand_in
    try:
        import typeguard  # noqa: F401
    finally:
        del sys.modules["unittest.mock"]
