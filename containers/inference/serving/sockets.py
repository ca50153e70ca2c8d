"""The container's listening sockets: nginx's port seen to be free, unix sockets in the scratch folder."""

from __future__ import annotations

import os
import socket
from pathlib import Path


def check_port(host: str, port: int) -> None:
    """Raises OSError when the port is taken: nginx would try for seconds and say it in its own words."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host.strip("[]"), port))
        except OSError as error:
            raise OSError(f"port {port} cannot be bound: {error.strerror}") from None


def listen(scratch: Path, name: str) -> socket.socket:
    """A listening unix socket `name` in the scratch folder. Bound by its relative name: absolute ones may exceed the 107 bytes allowed."""
    listener = socket.socket(socket.AF_UNIX)
    here = Path.cwd()
    os.chdir(scratch)
    try:
        listener.bind(name)
    finally:
        os.chdir(here)
    listener.listen(2048)
    return listener
