"""The tools that build images: docker with buildx, podman, buildah. Each leaves a `docker save` archive with a Docker manifest.

SageMaker takes neither OCI indexes nor attestations (provenance, SBOM manifests), hence the flags.
"""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from slipway.errors import SlipwayError
from slipway.progress import Reporter

_ASK_TIMEOUT = 20
_BUILD_TIMEOUT = 3600
_SHOWN_LINES = 6
_FIX = "install and start docker with buildx, podman or buildah; for the local AWS: slipway image build --process"


@dataclass(frozen=True)
class Builder:
    """A tool on this machine. `command` is its executable."""

    name: str
    command: str


def find_builder() -> Builder:
    """Docker with buildx and a daemon that answers, else podman, else buildah. SlipwayError naming all three when there is none."""
    missing = []
    for name, questions in _QUESTIONS.items():
        command = shutil.which(name)
        reason = "is not on PATH" if command is None else _answers(command, questions)
        if command is not None and not reason:
            return Builder(name, command)
        missing.append(f"{name} {reason}")
    raise SlipwayError(f"no image can be built here: {', '.join(missing)}", fix=_FIX)


def build(builder: Builder, context: Path, target: Path, *, tag: str, platform: str, reporter: Reporter) -> None:
    """Build `context` and write it to `target`, which appears only when complete. Raises SlipwayError with the last lines."""
    target.parent.mkdir(parents=True, exist_ok=True)
    partial = target.with_name(f".{target.name}.partial")
    partial.unlink(missing_ok=True)  # podman and buildah refuse to write over an archive
    try:
        for line in _LINES[builder.name](builder.command, context, partial, tag, platform):
            reporter.step("image", " ".join([builder.name, *line[1:3]]))
            _run(line, reporter)
        if not partial.is_file():
            raise SlipwayError(f"{builder.name} wrote no archive", fix="run its build by hand to see why")
        partial.replace(target)
    finally:
        partial.unlink(missing_ok=True)


def _docker(command: str, context: Path, target: Path, tag: str, platform: str) -> list[list[str]]:
    flags = ["--platform", platform, "--provenance=false", "--sbom=false", "--output", f"type=docker,dest={target}"]
    return [[command, "buildx", "build", *flags, "--tag", tag, str(context)]]


def _podman(command: str, context: Path, target: Path, tag: str, platform: str) -> list[list[str]]:
    return [
        [command, "build", "--platform", platform, "--format", "docker", "--tag", tag, str(context)],
        [command, "save", "--format", "docker-archive", "--output", str(target), tag],
    ]


def _buildah(command: str, context: Path, target: Path, tag: str, platform: str) -> list[list[str]]:
    return [
        [command, "build", "--platform", platform, "--format", "docker", "--tag", tag, str(context)],
        [command, "push", tag, f"docker-archive:{target}:{tag}"],
    ]


_QUESTIONS = {"docker": (["buildx", "version"], ["info"]), "podman": (["info"],), "buildah": (["version"],)}
"""What each tool must answer to before it is used, in the order of preference."""
_LINES: dict[str, Callable[[str, Path, Path, str, str], list[list[str]]]] = {"docker": _docker, "podman": _podman, "buildah": _buildah}


def _answers(command: str, questions: Sequence[list[str]]) -> str:
    """Why the tool cannot be used; empty when it can."""
    for question in questions:
        try:
            done = subprocess.run([command, *question], capture_output=True, timeout=_ASK_TIMEOUT, check=False)
        except (OSError, subprocess.TimeoutExpired):
            return f"does not answer to `{' '.join(question)}`"
        if done.returncode:
            return "has no buildx" if question[0] == "buildx" else "does not reach its daemon"
    return ""


def _run(line: Sequence[str], reporter: Reporter) -> None:
    """Run one step; its output is shown line by line as progress and, when it fails, its end is the error."""
    tail: list[str] = []
    with subprocess.Popen(line, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, text=True) as process:
        assert process.stdout is not None  # noqa: S101 - a pipe was asked for
        for text in process.stdout:
            tail = [*tail[1 - _SHOWN_LINES :], text.rstrip()]
            reporter.info("image", text.rstrip())
        code = process.wait(_BUILD_TIMEOUT)
    if code:
        raise SlipwayError(f"{Path(line[0]).name} {line[1]} failed: {'; '.join(tail)}", fix="correct what it names")
