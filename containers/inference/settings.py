"""Every environment variable that the container reads, in one table; README.md shows the same table.

Names without the prefix SLIPWAY_ are SageMaker's own. A wrong value ends the container at once (exit code 2)
with a message that names the variable: a half-understood setting must not serve traffic.
"""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any

MIB = 1024 * 1024


class SettingError(ValueError):
    """A variable has a value outside its range; the message names both."""


def _number(low: float, high: float, kind: Callable[[str], Any] = int) -> Callable[[str], Any]:
    def parse(text: str) -> Any:
        value = kind(text)
        if not low <= value <= high:
            raise ValueError(f"must be between {low:g} and {high:g}")
        return value

    return parse


def _flag(text: str) -> bool:
    if text.lower() in ("true", "1", "on", "yes"):
        return True
    if text.lower() in ("false", "0", "off", "no", ""):
        return False
    raise ValueError("must be true or false")


def _choice(*allowed: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if text.lower() not in allowed:
            raise ValueError(f"must be one of {', '.join(allowed)}")
        return text.lower()

    return parse


def _like(pattern: str, wanted: str) -> Callable[[str], str]:
    def parse(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(f"must be {wanted}")
        return text

    return parse


def _level(text: str) -> str:
    """SageMaker hands the level over as a number (Python's logging: 10, 20, 30, 40) or as a word."""
    words = {"10": "debug", "20": "info", "30": "warning", "40": "error", "50": "error"}
    return _choice("debug", "info", "warning", "error")(words.get(text, text))


def _setting(variable: str, default: Any, parse: Callable[[str], Any], meaning: str) -> Any:
    return field(default=default, metadata={"variable": variable, "parse": parse, "meaning": meaning})


@dataclass(frozen=True)
class Settings:
    """One attribute per variable. Seconds, bytes and counts are named as such."""

    base_dir: Path = _setting("SAGEMAKER_BASE_DIR", Path("/opt/ml"), Path, "SageMaker's tree; the model lies in its folder `model`")
    model_url: str = _setting(
        "SLIPWAY_MODEL_URL",
        "",
        _like(r"s3://[a-z0-9][a-z0-9.-]{1,62}/.*[^/]", "s3://bucket/key of a model.tar.gz"),
        "model archive to download at start, where nobody mounts one; SAGEMAKER_BASE_DIR is then TMPDIR/ml unless it is set",
    )
    model_sha256: str = _setting(
        "SLIPWAY_MODEL_SHA256", "", _like("[0-9a-f]{64}", "64 hexadecimal digits"), "SHA-256 that the downloaded archive must have"
    )
    runtime_api: str = _setting(
        "AWS_LAMBDA_RUNTIME_API",
        "",
        _like(r"[^/:]+:[0-9]{1,5}", "host:port"),
        "host and port of Lambda's runtime API; Lambda sets it: its invocations are answered, too",
    )
    initialization: str = _setting(
        "AWS_LAMBDA_INITIALIZATION_TYPE", "on-demand", str, "how Lambda started this environment; on-demand has 10 seconds for it"
    )
    port: int = _setting("SAGEMAKER_BIND_TO_PORT", 8080, _number(1, 65535), "port that nginx listens on")
    host: str = _setting("SLIPWAY_HOST", "", str, "address that nginx listens on; empty: all")
    scratch: Path = _setting("TMPDIR", Path("/tmp"), Path, "the only folder that is written to: sockets, nginx's files, buffered bodies")  # noqa: S108
    nginx: str = _setting("NGINX", "nginx", str, "nginx program, by name (PATH) or by path")
    log_level: str = _setting(
        "SAGEMAKER_CONTAINER_LOG_LEVEL", "info", _level, "least serious line that is logged: debug, info, warning, error"
    )
    workers: int = _setting(
        "SAGEMAKER_MODEL_SERVER_WORKERS", 0, _number(0, 256), "worker processes; 0: one per vCPU that the container may use"
    )
    timeout: float = _setting(
        "SAGEMAKER_MODEL_SERVER_TIMEOUT", 60.0, _number(0.05, 3600, float), "seconds a request may take; then 504 and a new worker"
    )
    multi_model: bool = _setting("SAGEMAKER_MULTI_MODEL", False, _flag, "true: serve SageMaker's multi-model contract (/models)")
    max_body: int = _setting("SLIPWAY_MAX_BODY_BYTES", 6 * MIB, _number(1, 2048 * MIB), "largest request body in bytes; 413 above")
    body_buffer: int = _setting(
        "SLIPWAY_BODY_BUFFER_BYTES", MIB, _number(4096, 64 * MIB), "bodies up to this size stay in nginx's memory, larger ones go to TMPDIR"
    )
    client_timeout: float = _setting(
        "SLIPWAY_CLIENT_TIMEOUT", 10.0, _number(1, 600, float), "seconds between two reads of a request's head or body; then 408"
    )
    batching: str = _setting(
        "SLIPWAY_BATCHING",
        "auto",
        _choice("auto", "off"),
        "auto: requests that wait together are predicted together, for row-independent models",
    )
    fold: str = _setting(
        "SLIPWAY_FOLD",
        "auto",
        _choice("auto", "off"),
        "auto: linear scikit-learn pipelines become one matrix product at load; off: the model predicts itself",
    )
    max_batch: int = _setting("SLIPWAY_MAX_BATCH", 64, _number(1, 4096), "requests in one batch")
    max_wait: float = _setting(
        "SLIPWAY_MAX_WAIT_MS", 0.0, _number(0, 1000, float), "milliseconds to wait for a batch to fill; 0: never wait"
    )
    queue_size: int = _setting("SLIPWAY_QUEUE_SIZE", 256, _number(1, 65536), "requests that may wait per worker; 503 above")
    queue_seconds: float = _setting(
        "SLIPWAY_QUEUE_SECONDS", 5.0, _number(0.1, 600, float), "expected wait from which on a worker with 16 waiting requests answers 503"
    )
    drain: float = _setting(
        "SLIPWAY_DRAIN_SECONDS",
        25.0,
        _number(0, 600, float),
        "seconds after SIGTERM in which running requests may end; SageMaker kills after 30",
    )
    max_requests: int = _setting("SLIPWAY_MAX_REQUESTS", 0, _number(0, 10**9), "requests after which a worker is replaced; 0: never")
    max_memory: int = _setting(
        "SLIPWAY_MAX_WORKER_BYTES", 0, _number(0, 2**50), "private memory of a worker, in bytes, above which it is replaced; 0: no limit"
    )
    threads: int = _setting("SLIPWAY_MATH_THREADS", 0, _number(0, 256), "threads of OpenMP and BLAS per worker; 0: vCPU divided by workers")
    model_memory: int = _setting(
        "SLIPWAY_MODELS_BYTES",
        0,
        _number(0, 2**50),
        "multi-model: memory for models, in bytes, above which a load gets 507; 0: 80 % of the container's",
    )

    @property
    def model_dir(self) -> Path:
        """Where SageMaker puts the unpacked archive (single-model endpoints)."""
        return self.base_dir / "model"


def from_environment(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings that `environment` gives; an empty value counts as absent. Raises SettingError."""
    found: dict[str, Any] = {}
    for item in fields(Settings):
        variable = item.metadata["variable"]
        text = environment.get(variable, "").strip()
        if not text:
            continue
        try:
            found[item.name] = item.metadata["parse"](text)
        except ValueError as error:
            raise SettingError(f"{variable}={text!r}: {error}") from None
    if found.get("model_url"):
        if not found.get("model_sha256"):
            raise SettingError("SLIPWAY_MODEL_URL needs SLIPWAY_MODEL_SHA256: what is not verified is not served")
        if found.get("multi_model"):
            raise SettingError("SLIPWAY_MODEL_URL names one model; SAGEMAKER_MULTI_MODEL serves many")
        found.setdefault("base_dir", found.get("scratch", Settings.scratch) / "ml")
    return Settings(**found)
