"""The engine form: docker or podman run the image with the line that SageMaker documents, read-only like there.

`docker run --rm -p PORT:8080 -v MODEL:/opt/ml/model:ro --read-only --tmpfs /tmp IMAGE serve`. One difference stays: an
endpoint with network isolation has no network at all, but an engine cannot publish a port of a container without one.
"""

from __future__ import annotations

import re
import shutil
import signal
import subprocess
import uuid
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

from slipway.containers.running import Running
from slipway.containers.source import EngineImage, Folder, Source
from slipway.errors import SlipwayError
from slipway.progress import Reporter, Silent

ENGINES = ("docker", "podman")
_ASK_TIMEOUT = 10
_BUILD_TIMEOUT = 1800
_SERVE_PORT = 8080
_LOADED = re.compile(r"Loaded image(?: ID)?(?:\(s\))?: (\S+)")


@dataclass(frozen=True)
class Engine:
    """A container engine that answers. `command` is its executable."""

    name: str
    command: str


def find_engine() -> Engine | None:
    """Docker or podman, whichever is on PATH first in this order and reaches its daemon within 10 s (`info`); None without one."""
    for name in ENGINES:
        command = shutil.which(name)
        if command is None:
            continue
        try:
            answers = subprocess.run([command, "info"], capture_output=True, timeout=_ASK_TIMEOUT, check=False).returncode == 0
        except (OSError, subprocess.TimeoutExpired):
            answers = False
        if answers:
            return Engine(name, command)
    return None


def require_engine(what: str) -> Engine:
    """`find_engine`, or SlipwayError naming what needs one."""
    engine = find_engine()
    if engine is None:
        raise SlipwayError(
            f"{what} needs a container engine, and neither docker nor podman answers here",
            fix="install and start docker or podman, or name a container folder: it runs as a process",
        )
    return engine


class EngineRunning(Running):
    """A container of docker or podman; the keeper holds the engine's client, whose exit code is the container's."""

    def __init__(self, engine: Engine, container: str, kept: Running) -> None:
        super().__init__(kept._process, kept.pid, kept.port, kept.log, kept.name, identity=kept.identity)
        self._kept = kept  # dropped, it would end the client
        self._engine = engine
        self._container = container

    def kill(self) -> None:
        """`kill` by the engine, then the client."""
        if self.alive():
            self._ask("kill", self._container)
        super().kill()
        self._ask("rm", "-f", self._container)

    def _signal(self, number: int) -> None:
        self._ask("kill", "--signal", signal.Signals(number).name, self._container)

    def _ask(self, *arguments: str) -> None:
        try:
            subprocess.run([self._engine.command, *arguments], capture_output=True, timeout=_ASK_TIMEOUT * 3, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return


def start_in_engine(
    source: Source, command: str, *, root: Path, environment: Mapping[str, str], port: int, reporter: Reporter | None = None
) -> Running:
    """Run `source` in the engine; a folder is built and a saved image loaded first. Raises SlipwayError."""
    from slipway.containers.launch import spawn

    engine = require_engine(_shown(source))
    image = _image(engine, source, reporter or Silent())
    container = f"slipway-{uuid.uuid4().hex[:12]}"
    argv = run_line(engine, image, command, container=container, root=root, environment=environment, port=port)
    kept = spawn(argv, root=root, directory=root, environment=_client_environment(), port=port, name=_shown(source))
    return EngineRunning(engine, container, kept)


def run_line(
    engine: Engine, image: str, command: str, *, container: str, root: Path, environment: Mapping[str, str], port: int
) -> list[str]:
    """The `run` command. Serving mounts the model read-only; training has the whole `/opt/ml` and no port."""
    base = root / "opt" / "ml"
    line = [engine.command, "run", "--rm", "--name", container, "--read-only", "--tmpfs", "/tmp"]  # noqa: S108 - inside the container
    if command == "serve":
        line += ["-p", f"127.0.0.1:{port}:{_SERVE_PORT}", "-v", f"{base / 'model'}:/opt/ml/model:ro"]
    else:
        line += ["-v", f"{base}:/opt/ml"]
    for name, value in environment.items():
        line += ["-e", f"{name}={value}"]
    return [*line, image, command]


def _image(engine: Engine, source: Source, reporter: Reporter) -> str:
    """The reference to run."""
    if isinstance(source, EngineImage):
        return source.reference
    if isinstance(source, Folder):
        tag = f"slipway-local/{re.sub(r'[^a-z0-9]+', '-', source.path.name.lower()).strip('-') or 'container'}:latest"
        reporter.step("container", f"{engine.name} build {source.path}")
        _checked([engine.command, "build", "-q", "-t", tag, str(source.path)])
        return tag
    reporter.step("container", f"{engine.name} load {source.path.name}")
    output = _checked([engine.command, "load", "-i", str(source.path)])
    found = _LOADED.findall(output)
    if not found:
        raise SlipwayError(f"{engine.name} load {source.path} did not name an image: {output.strip()}", fix="save the image again")
    return str(found[-1])


def _checked(command: Iterable[str]) -> str:
    line = list(command)
    try:
        done = subprocess.run(line, capture_output=True, text=True, timeout=_BUILD_TIMEOUT, check=False)
    except (OSError, subprocess.TimeoutExpired) as error:
        raise SlipwayError(f"{' '.join(line[:2])} failed: {error}", fix="run it by hand to see why") from None
    if done.returncode:
        last = "; ".join((done.stderr or done.stdout).strip().splitlines()[-4:])
        raise SlipwayError(f"{' '.join(line[:2])} failed: {last}", fix="correct what it names")
    return done.stdout


def _client_environment() -> dict[str, str]:
    """The engine's client needs the user's own variables: HOME, DOCKER_HOST, XDG_RUNTIME_DIR and the like."""
    import os

    return dict(os.environ)


def _shown(source: Source) -> str:
    return source.reference if isinstance(source, EngineImage) else source.path.name
