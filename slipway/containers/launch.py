"""Start a container as SageMaker does (`docker run IMAGE serve` or `train`), without an engine as processes of its own root folder."""

from __future__ import annotations

import os
import random
import shutil
import socket
import subprocess
import sys
import threading
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Literal

from slipway.artifacts.unpack import unpack
from slipway.containers import keeper, marks
from slipway.containers.environment import tools_folder
from slipway.containers.nginx import find_nginx
from slipway.containers.program import Program, process_program
from slipway.containers.running import ContainerFailed, Running
from slipway.containers.source import EngineImage, Source
from slipway.errors import InputError
from slipway.progress import Reporter

__all__ = ["ContainerFailed", "Running", "free_port", "start"]

Command = Literal["serve", "train"]
_FOLDERS = ("model", "code", "checkpoints", "input/config", "input/data", "output/data")
_PORTS = (10_000, 32_000)
"""Below the ports that Linux gives to outgoing connections (32768 and up), so that none of those takes a port between choice and use."""
_random = random.SystemRandom()
"""Not the generator that tests seed: two processes with one seed would take the same ports."""
_reserved: set[int] = set()
_reserving = threading.Lock()


def start(
    source: Source,
    command: Command,
    *,
    root: Path,
    environment: Mapping[str, str] | None = None,
    model: Path | None = None,
    port: int = 0,
    reporter: Reporter | None = None,
    engine: bool = False,
    tools: Path | None = None,
) -> Running:
    """Start `source` with `serve` or `train`; it may not be ready yet, see `Running.wait_until_ready`.

    `root`: its private folder. `root/opt/ml` is its SAGEMAKER_BASE_DIR, `root/tmp` its TMPDIR, `root/log` its output; what lies
    there already (training input) stays. `model`: a folder, which is copied, or a `.tar.gz`, which is unpacked safely, as
    `opt/ml/model`. `port`: 0 takes a free one. `engine`: use docker or podman although the source has a process form.
    Raises InputError for a source or model that cannot be used, SlipwayError where an engine, nginx or an installation fails.
    """
    root, port = root.resolve(), port or free_port()
    prepare(root, model)
    if engine or isinstance(source, EngineImage):
        from slipway.containers.engine import start_in_engine

        return start_in_engine(source, command, root=root, environment=environment or {}, port=port, reporter=reporter)
    tools = (tools or tools_folder()).resolve()
    program = process_program(source, tools, reporter)
    nginx = find_nginx(tools, reporter) if program.needs_nginx and command == "serve" else None
    return start_program(program, [command], root=root, environment=environment or {}, port=port, nginx=nginx)


def start_program(
    program: Program, arguments: Sequence[str], *, root: Path, environment: Mapping[str, str], port: int, nginx: Path | None = None
) -> Running:
    """Start a program whose root folder is ready. The process sees only the program's variables, SageMaker's and `environment`."""
    variables = {
        "LANG": "C.UTF-8",
        "PYTHONUNBUFFERED": "1",
        **program.environment,
        "HOME": str(root / "tmp"),
        "TMPDIR": str(root / "tmp"),
        "SAGEMAKER_BASE_DIR": str(root / "opt" / "ml"),
        "SAGEMAKER_BIND_TO_PORT": str(port),
        **({"NGINX": str(nginx)} if nginx else {}),
        **environment,
    }
    if nginx:
        variables["PATH"] = f"{variables['PATH']}:{nginx.parent}"
    argv = [*program.argv, *arguments]
    found = shutil.which(argv[0], path=variables["PATH"])
    if found is None:
        text = f"{program.name} starts with {argv[0]}, which is neither in its folder nor installed"
        raise InputError(text, fix='ENTRYPOINT ["python", "/opt/program/serve.py"] in its Dockerfile')
    return spawn([found, *argv[1:]], root=root, directory=program.directory, environment=variables, port=port, name=program.name)


def spawn(argv: list[str], *, root: Path, directory: Path, environment: Mapping[str, str], port: int, name: str) -> Running:
    """Run `argv` under a keeper of its own, its output going to `root/log`; returns when the keeper has started it."""
    log, identity = root / "log", uuid.uuid4().hex
    reading, writing = os.pipe()
    try:
        with log.open("ab") as out:
            process = subprocess.Popen(
                [sys.executable, "-I", "-S", keeper.__file__, str(writing), *argv],
                stdin=subprocess.PIPE,
                stdout=out,
                stderr=subprocess.STDOUT,
                cwd=directory,
                env={**environment, marks.VARIABLE: identity},
                pass_fds=(writing,),
                start_new_session=True,
            )
    finally:
        os.close(writing)
    with os.fdopen(reading, "rb") as status:
        line = status.readline()
    running = Running(process, int(line or process.pid), port, log, name, base=str(root / "opt" / "ml"), identity=identity)
    if not line:
        raise running.failed(f"{name} could not be started")
    return running


def free_port() -> int:
    """A loopback port that nothing uses, and that this process gives out only once."""
    with _reserving:
        for _ in range(1000):
            port = _random.randint(*_PORTS)
            with socket.socket() as probe:
                probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
                try:
                    probe.bind(("", port))  # nginx listens on every address
                except OSError:
                    continue
            if port not in _reserved:
                _reserved.add(port)
                return port
    raise InputError("no free port between 10000 and 32000", fix="stop what listens there, or name a port")


def prepare(root: Path, model: Path | None) -> None:
    """The folders every container finds, and the model. For whoever starts a program without `start`."""
    base = root / "opt" / "ml"
    (root / "tmp").mkdir(parents=True, exist_ok=True)
    base.mkdir(parents=True, exist_ok=True)
    if model is not None:
        target = base / "model"
        if model.is_dir():
            if target.is_dir() and not any(target.iterdir()):
                target.rmdir()
            shutil.copytree(model, target)
        else:
            unpack(model, target)
    for name in _FOLDERS:
        (base / name).mkdir(parents=True, exist_ok=True)
