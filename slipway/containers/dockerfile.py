"""What a Dockerfile's final stage says about running the image; nothing in it is executed.

Read by `dockerfile-parse`; heredocs, which it does not know, are cut out before. Understood are FROM, ARG, ENV, WORKDIR,
ENTRYPOINT, LABEL and the COPY and ADD of files of the build context.
"""

from __future__ import annotations

import io
import json
import posixpath
import re
import shlex
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.errors import InputError

IMAGE_PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
"""PATH of an image that sets none; docker's own default."""

_HEREDOC = re.compile(r"<<-?\s*[\"']?(\w+)[\"']?")
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::([-+])([^}]*))?\}|(\w+))")
_FLAG = re.compile(r"--\w+(=\S+)?$")


@dataclass(frozen=True)
class Copy:
    """One COPY or ADD of the build context: `sources` relative to it (globs allowed), `target` an absolute path of the image."""

    sources: tuple[str, ...]
    target: str
    into_folder: bool


@dataclass
class ImageConfig:
    """How an image runs. `directory` is its WORKDIR; `base` the image of the final stage's FROM, empty when unknown."""

    entrypoint: tuple[str, ...] = ()
    environment: dict[str, str] = field(default_factory=lambda: {"PATH": IMAGE_PATH})
    directory: str = "/"
    labels: dict[str, str] = field(default_factory=dict)
    base: str = ""
    copies: list[Copy] = field(default_factory=list)

    @property
    def python(self) -> str:
        """The Python version of a `python:3.x` base such as `3.11`; empty for another base."""
        match = re.match(r"(?:.*/)?python:(3\.\d+)", self.base)
        return match[1] if match else ""


def read_dockerfile(path: Path) -> ImageConfig:
    """The final stage. InputError for a missing or unreadable file and for a shell-form ENTRYPOINT."""
    from dockerfile_parse import DockerfileParser  # type: ignore[import-untyped]

    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, ValueError) as error:
        raise InputError(f"{path} cannot be read: {error}", fix="write the container's Dockerfile") from None
    structure = DockerfileParser(fileobj=io.BytesIO(_without_heredocs(text).encode())).structure
    return _Reader(path).read(structure)


class _Reader:
    """Walks the instructions; each stage starts from the stage it names, as docker does."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._arguments: dict[str, str] = {}
        self._stages: dict[str, ImageConfig] = {}
        self._now: ImageConfig | None = None

    def read(self, structure: list[dict[str, Any]]) -> ImageConfig:
        for item in structure:
            if (handle := getattr(self, f"_on_{item['instruction'].lower()}", None)) is not None:
                handle(item["value"], item["startline"] + 1)
        if self._now is None:
            raise InputError(f"{self._path} has no FROM", fix="write a Dockerfile as in containers/inference")
        return self._now

    @property
    def _stage(self) -> ImageConfig:
        return self._now or ImageConfig()

    def _on_arg(self, value: str, line: int) -> None:
        for word in shlex.split(value):
            name, _, default = word.partition("=")
            self._arguments.setdefault(name, self._expand(default))

    def _on_from(self, value: str, line: int) -> None:
        words = [word for word in self._expand(value).split() if not word.startswith("--")]
        parent = self._stages.get(words[0].lower()) if words else None
        self._now = ImageConfig() if parent is None else _copy_of(parent)
        if parent is None and words:
            self._now.base = words[0]
        self._stages[words[2].lower() if len(words) > 2 else str(len(self._stages))] = self._now

    def _on_env(self, value: str, line: int) -> None:
        words = shlex.split(value)
        if words and "=" not in words[0]:
            words = [f"{words[0]}={' '.join(words[1:])}"]
        for word in words:
            name, _, text = word.partition("=")
            self._stage.environment[name] = self._expand(text)

    def _on_label(self, value: str, line: int) -> None:
        self._stage.labels.update(word.partition("=")[::2] for word in shlex.split(value) if "=" in word)

    def _on_workdir(self, value: str, line: int) -> None:
        self._stage.directory = posixpath.normpath(posixpath.join(self._stage.directory, self._expand(value.strip().strip('"'))))

    def _on_entrypoint(self, value: str, line: int) -> None:
        words = _json_list(value)
        if words is None:
            raise InputError(
                f"{self._path} line {line}: ENTRYPOINT has the shell form: neither SageMaker's `serve` or `train` nor its SIGTERM arrives",
                fix='use the exec form: ENTRYPOINT ["python", "/opt/program/serve.py"]',
            )
        self._stage.entrypoint = tuple(words)

    def _on_copy(self, value: str, line: int) -> None:
        flags = []
        while _FLAG.match(word := value.split(maxsplit=1)[0]):
            flags.append(word)
            value = value.split(maxsplit=1)[1]
        words = _json_list(value) or value.split()
        if any(flag.startswith("--from=") for flag in flags) or len(words) < 2 or _HEREDOC.match(words[0]):
            return
        *sources, target = (self._expand(word) for word in words)
        whole = posixpath.normpath(posixpath.join(self._stage.directory, target))
        folder = target.endswith("/") or target in (".", "..") or len(sources) > 1
        self._stage.copies.append(Copy(tuple(sources), whole, folder))

    _on_add = _on_copy

    def _expand(self, text: str) -> str:
        known: Mapping[str, str] = {**self._arguments, **self._stage.environment}

        def value(match: re.Match[str]) -> str:
            name, operator, other = match[1] or match[4], match[2], match[3] or ""
            if operator == "+":
                return other if known.get(name) else ""
            return known.get(name) or (other if operator == "-" else "")

        return _VARIABLE.sub(value, text)


def _copy_of(stage: ImageConfig) -> ImageConfig:
    return ImageConfig(stage.entrypoint, dict(stage.environment), stage.directory, dict(stage.labels), stage.base, list(stage.copies))


def _json_list(value: str) -> list[str] | None:
    try:
        words = json.loads(value)
    except ValueError:
        return None
    return words if isinstance(words, list) and all(isinstance(word, str) for word in words) else None


def _without_heredocs(text: str) -> str:
    """The text with the bodies of heredocs gone."""
    kept, waiting = [], list[str]()
    for line in text.splitlines(keepends=True):
        if waiting:
            if line.strip() == waiting[0]:
                waiting.pop(0)
            continue
        kept.append(line)
        if re.match(r"\s*(RUN|COPY|ADD)\b", line, re.IGNORECASE):
            waiting = _HEREDOC.findall(line)
    return "".join(kept)
