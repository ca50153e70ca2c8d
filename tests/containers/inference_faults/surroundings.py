"""Helper process: changes its own surroundings (file limits, rights, network, scratch folder), then starts the container in them.

Prints one JSON line when the container is ready or has failed, and keeps it until standard input ends.
"""

from __future__ import annotations

import argparse
import ctypes
import fcntl
import json
import os
import resource
import socket
import struct
import sys
from pathlib import Path

_DROP_BOUNDING, _DAC_OVERRIDE, _DAC_READ_SEARCH = 24, 1, 2
_NEW_NETWORK = 0x40000000
_GET_FLAGS, _SET_FLAGS, _UP = 0x8913, 0x8914, 0x1


def main() -> int:
    """Read the options, change the surroundings, run."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--model", type=Path)
    parser.add_argument("--root", type=Path)
    parser.add_argument("--environment", type=json.loads, default={})
    parser.add_argument("--open-files", type=int)
    parser.add_argument("--file-bytes", type=int)
    parser.add_argument("--no-network", action="store_true")
    parser.add_argument("--file-rights", action="store_true", help="root keeps to file modes, as any other user does")
    options = parser.parse_args()
    if options.no_network:
        leave_network()
    if options.open_files:
        resource.setrlimit(resource.RLIMIT_NOFILE, (options.open_files, options.open_files))
    if options.file_bytes:
        resource.setrlimit(resource.RLIMIT_FSIZE, (options.file_bytes, options.file_bytes))
    if options.file_rights and os.geteuid() == 0:
        respect_modes()
    return run(options.model, options.root, options.environment)


def run(model: Path | None, root: Path, environment: dict[str, str]) -> int:
    """Start, report, wait for the end of standard input, stop."""
    from slipway.containers.launch import start
    from slipway.errors import SlipwayError
    from tests.containers.inference_faults.client import ask, exchange, ping, post
    from tests.containers.inference_faults.container import IMAGE

    report: dict[str, object] = {}
    with start(IMAGE, "serve", root=root, model=model, environment=environment) as container:
        try:
            report["ready_seconds"] = container.wait_until_ready(15)
        except SlipwayError as error:
            report["failure"] = str(error)
        large = exchange(container.port, post(b'{"echo":1}' + b" " * 3_000_000))
        report |= {"pid": container.pid, "port": container.port, "log": str(container.log), "exit": container.exit_code()}
        report |= {"answer": ask(container.port, {"echo": 7}).status, "ping": ping(container.port).status, "large": large.status}
        print(json.dumps(report), flush=True)
        sys.stdin.read()
    return 0


def leave_network() -> None:
    """A network of our own that holds nothing but a loopback device. Needs root, or user namespaces."""
    libc = ctypes.CDLL(None, use_errno=True)
    if libc.unshare(_NEW_NETWORK) != 0 and libc.unshare(_NEW_NETWORK | 0x10000000) != 0:
        raise OSError(ctypes.get_errno(), "unshare")
    with socket.socket() as device:
        request = struct.pack("16sH14s", b"lo", 0, b"")
        flags = struct.unpack("16sH14s", fcntl.ioctl(device, _GET_FLAGS, request))[1]
        fcntl.ioctl(device, _SET_FLAGS, struct.pack("16sH14s", b"lo", flags | _UP, b""))


def respect_modes() -> None:
    """Every program started from here may open only what file modes allow, though it is root."""
    libc = ctypes.CDLL(None, use_errno=True)
    for capability in (_DAC_OVERRIDE, _DAC_READ_SEARCH):
        if libc.prctl(_DROP_BOUNDING, capability, 0, 0, 0) != 0:
            raise OSError(ctypes.get_errno(), "prctl")


if __name__ == "__main__":
    sys.exit(main())
