"""Reads a buildspec, version 0.2 (CodeBuild user guide, "Build specification reference for CodeBuild").

What is not here is refused, never left out in silence: proxies, batches, reports, `run-as`, Windows and other shells than sh and bash.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

PHASES = ("install", "pre_build", "build", "post_build")
OnFailure = Literal["", "ABORT", "CONTINUE"]
_TOP = {"version", "env", "phases", "artifacts", "cache"}
_ENV = {"shell", "variables", "parameter-store", "exported-variables", "git-credential-helper"}
_PHASE = {"commands", "finally", "on-failure", "runtime-versions"}
_ARTIFACT = {"files", "name", "discard-paths", "base-directory", "exclude-paths", "enable-symlinks"}


class Unreadable(Exception):
    """YAML_FILE_ERROR of the build; the text says what is wrong and where."""


@dataclass(frozen=True)
class Phase:
    """Commands of one phase; those of `last` (finally) run whatever became of the others."""

    commands: tuple[str, ...] = ()
    last: tuple[str, ...] = ()
    on_failure: OnFailure = ""


@dataclass(frozen=True)
class ArtifactSpec:
    """What one artifact consists of. `files` are patterns below `base`."""

    files: tuple[str, ...]
    name: str = ""
    base: str = "."
    exclude: tuple[str, ...] = ()
    flat: bool = False


@dataclass(frozen=True)
class Buildspec:
    """A whole buildspec. `artifact` is the primary one; `secondary` go by their identifiers."""

    variables: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, str] = field(default_factory=dict)
    exported: tuple[str, ...] = ()
    phases: Mapping[str, Phase] = field(default_factory=dict)
    artifact: ArtifactSpec | None = None
    secondary: Mapping[str, ArtifactSpec] = field(default_factory=dict)
    cache: tuple[str, ...] = ()


def parse(text: str) -> Buildspec:
    """The buildspec in `text`. Raises Unreadable."""
    try:
        document = _mapping("the document", YAML(typ="safe", pure=True).load(text))
    except YAMLError as problem:
        raise Unreadable(f"not YAML: {problem}") from None
    if str(document.get("version")) != "0.2":
        raise Unreadable(f"version {document.get('version')!r}: only 0.2 runs here")
    _only("buildspec", document, _TOP)
    env = _mapping("env", document.get("env"))
    _only("env", env, _ENV)
    if env.get("shell", "bash") not in ("sh", "bash"):
        raise Unreadable(f"env.shell {env['shell']}: only sh and bash run here")
    artifacts = dict(_mapping("artifacts", document.get("artifacts")))
    secondary = _mapping("artifacts.secondary-artifacts", artifacts.pop("secondary-artifacts", None))
    phases = _mapping("phases", document.get("phases"))
    _only("phases", phases, set(PHASES))
    if not phases:
        raise Unreadable("phases: there is none")
    return Buildspec(
        variables=_texts("env.variables", env.get("variables")),
        parameters=_texts("env.parameter-store", env.get("parameter-store")),
        exported=_list("env.exported-variables", env.get("exported-variables")),
        phases={name: _phase(name, phase) for name, phase in phases.items()},
        artifact=_artifact("artifacts", artifacts) if artifacts else None,
        secondary={name: _artifact(f"artifacts.secondary-artifacts.{name}", one) for name, one in secondary.items()},
        cache=_cache(document.get("cache")),
    )


def _cache(value: Any) -> tuple[str, ...]:
    cache = _mapping("cache", value)
    _only("cache", cache, {"paths", "key", "fallback-keys", "action"})
    return _list("cache.paths", cache.get("paths"))


def _phase(name: str, value: Any) -> Phase:
    phase = _mapping(f"phases.{name}", value)
    _only(f"phases.{name}", phase, _PHASE)
    on_failure = phase.get("on-failure", "")
    if on_failure not in ("", "ABORT", "CONTINUE"):
        raise Unreadable(f"phases.{name}.on-failure {on_failure}: ABORT or CONTINUE")
    commands = _list(f"phases.{name}.commands", phase.get("commands"))
    last = _list(f"phases.{name}.finally", phase.get("finally"))
    if not commands and not last and "runtime-versions" not in phase:
        raise Unreadable(f"phases.{name}: commands are missing")
    return Phase(commands, last, on_failure)


def _artifact(where: str, value: Any) -> ArtifactSpec:
    artifact = _mapping(where, value)
    _only(where, artifact, _ARTIFACT)
    files = _list(f"{where}.files", artifact.get("files"))
    if not files:
        raise Unreadable(f"{where}.files is missing")
    flat = str(artifact.get("discard-paths", "no")).lower() in ("yes", "true")
    base, exclude = str(artifact.get("base-directory", ".")), _list(f"{where}.exclude-paths", artifact.get("exclude-paths"))
    return ArtifactSpec(files, str(artifact.get("name", "")), base, exclude, flat)


def _only(where: str, value: Mapping[str, Any], known: set[str]) -> None:
    if unknown := sorted(set(value) - known):
        raise Unreadable(f"{where}: {', '.join(unknown)} cannot be used here; known are {', '.join(sorted(known))}")


def _mapping(where: str, value: Any) -> Mapping[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, Mapping):
        raise Unreadable(f"{where} is no mapping")
    return value


def _texts(where: str, value: Any) -> dict[str, str]:
    return {name: "" if text is None else str(text) for name, text in _mapping(where, value).items()}


def _list(where: str, value: Any) -> tuple[str, ...]:
    if value is None:
        return ()
    if isinstance(value, str) or not isinstance(value, Sequence) or not all(isinstance(item, str) for item in value):
        raise Unreadable(f"{where} is no list of texts")
    return tuple(value)
