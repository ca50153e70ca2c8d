"""Runs a container in a network namespace of its own, loopback only: `unshare --net python -m slipway.contract.isolated FILE`."""

from __future__ import annotations

import fcntl
import json
import socket
import struct
import sys
import time
from pathlib import Path
from typing import Any

from slipway.contract.first_start import LOADING

_SIOCGIFFLAGS, _SIOCSIFFLAGS, _IFF_UP = 0x8913, 0x8914, 0x1
_REQUEST = "16sh14x"


def loopback_up() -> None:
    """Switch the loopback interface of this namespace on; a new namespace has it off. Needs CAP_NET_ADMIN there."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        now = fcntl.ioctl(control, _SIOCGIFFLAGS, struct.pack(_REQUEST, b"lo", 0))
        flags = struct.unpack(_REQUEST, now)[1]
        fcntl.ioctl(control, _SIOCSIFFLAGS, struct.pack(_REQUEST, b"lo", flags | _IFF_UP))


def answers(question: dict[str, Any]) -> tuple[bool, str]:
    """Start the container, wait for /ping, send one request; whether that went well, and what happened."""
    from slipway.containers.launch import start
    from slipway.containers.source import Folder, SavedImage
    from slipway.errors import SlipwayError

    kind, path = question["source"]
    source = Folder(Path(path)) if kind == "Folder" else SavedImage(Path(path))
    model = Path(question["model"]) if question["model"] else None
    try:
        with start(source, "serve", root=Path(question["root"]), environment=question["environment"], model=model) as running:
            seconds = running.wait_until_ready(question["startup"])
            if not question["status"]:
                return True, f"ready after {seconds:.2f} s"
            answer = running.request("POST", "/invocations", bytes.fromhex(question["body"]), question["headers"])
            ends = time.monotonic() + LOADING
            while answer.status != question["status"] and time.monotonic() < ends:
                time.sleep(0.1)
                answer = running.request("POST", "/invocations", bytes.fromhex(question["body"]), question["headers"])
            text = f"ready after {seconds:.2f} s, a request was answered with {answer.status}"
            return answer.status == question["status"], text
    except SlipwayError as error:
        return False, f"without a network: {error.message}"


if __name__ == "__main__":
    loopback_up()
    fine, said = answers(json.loads(Path(sys.argv[1]).read_text(encoding="utf-8")))
    sys.stdout.write(said + "\n")
    sys.exit(0 if fine else 1)
