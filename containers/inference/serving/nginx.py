"""nginx: the configuration rendered from the template, the process started, its words turned into the container's log lines."""

from __future__ import annotations

import math
import os
import re
import shutil
import signal
import subprocess
from pathlib import Path

from settings import Settings

from serving import processes
from serving.log import LEVELS

TEMPLATE = Path(__file__).resolve().parents[1] / "nginx.conf"
_LINE = re.compile(rb"^\d{4}/\d\d/\d\d [\d:]+ \[(\w+)\] \d+#\d+: (?:\*\d+ )?(.*)$")
_SPARE_FILES = 24
"""Files nginx needs beside connections: log pipes, sockets of its processes, buffered bodies."""

_PATIENCE = 400
"""Milliseconds nginx waits longer than the worker; less than the master waits before it kills one that is stuck, so nobody asks again."""

_MODELS = """        location /models {
            if ($request_method !~ ^(GET|POST|DELETE)$) { return 405; }
            proxy_pass http://workers;
        }"""


def render(settings: Settings, files: int) -> str:
    """nginx.conf for these settings; `files` is the limit of open files."""
    sockets = [f"        server unix:worker-{number}.sock max_fails=0;" for number in range(settings.workers)]
    if len(sockets) == 1:  # A second try needs a second name, here of the same socket: it waits for the worker's replacement.
        sockets *= 2
    connections = max(16, min(8192, files - _SPARE_FILES))
    values = {
        "USER": "user root;" if os.geteuid() == 0 else "",
        "NGINX_WORKERS": str(max(1, processes.vcpus() // 8)),
        "DRAIN": str(math.ceil(settings.drain) + 3),
        "CONNECTIONS": str(connections),
        "ACCESS_LOG": "/dev/stdout json buffer=16k flush=200ms" if LEVELS[settings.log_level] <= LEVELS["info"] else "off",
        "MAX_BODY": str(settings.max_body),
        "BODY_BUFFER": str(settings.body_buffer),
        "CLIENT_TIMEOUT": str(math.ceil(settings.client_timeout)),
        "WORKERS": "\n".join(sockets),
        "KEEPALIVE": str(max(4, min(256, connections // 4))),
        "TIMEOUT": f"{settings.timeout:g}",
        "PROXY_TIMEOUT": str(int(settings.timeout * 1000) + _PATIENCE),
        "LISTEN": f"{settings.host}:{settings.port}" if settings.host else str(settings.port),
        "MODELS": _MODELS if settings.multi_model else "",
    }
    return re.sub(r"@([A-Z_]+)@", lambda match: values[match.group(1)], TEMPLATE.read_text(encoding="utf-8"))


def start(settings: Settings, scratch: Path) -> subprocess.Popen[bytes]:
    """Start nginx with `scratch` as its prefix and working folder, in a process group of its own. OSError when it cannot be started."""
    program = shutil.which(settings.nginx)
    if program is None:
        raise FileNotFoundError(f"nginx is not installed: {settings.nginx} is not on PATH (set NGINX)")
    (scratch / "nginx.conf").write_text(render(settings, processes.open_files()), encoding="utf-8")
    parent = os.getpid()
    environment = {key: value for key, value in os.environ.items() if key != "NGINX"}  # nginx itself reads NGINX: inherited sockets.
    return subprocess.Popen(
        [program, "-p", f"{scratch}/", "-c", f"{scratch}/nginx.conf", "-e", "stderr"],
        cwd=scratch,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        process_group=0,
        preexec_fn=lambda: processes.die_with_parent(parent, signal.SIGTERM),  # noqa: PLW1509  (no thread exists here)
    )


def parse(line: bytes) -> tuple[str, str]:
    """A line of nginx's error log as (level, message); the request line, which may hold a query, is left out."""
    match = _LINE.match(line)
    if not match:
        return "error", line.decode("utf-8", "replace")[:500]
    word = match.group(1).decode()
    level = word if word in LEVELS else {"warn": "warning", "notice": "info"}.get(word, "error")
    return level, match.group(2).decode("utf-8", "replace").partition(", client:")[0][:500]
