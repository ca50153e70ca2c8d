"""Multi-model endpoints: a model is fetched from the S3 prefix and loaded by the container when it is first asked for.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html. As on SageMaker the container sees a model under a
name made of hex digits, and `X-Amzn-SageMaker-Target-Model` says what the caller asked for.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from slipway.localaws.hosting import folders
from slipway.localaws.hosting.data import fetch_archive, read_object
from slipway.localaws.hosting.errors import HostingFailed, ModelNotLoaded
from slipway.localaws.hosting.instance import Instance

LOAD_TIMEOUT_SECONDS = 60.0
_LOADED = (200, 409)
_NO_MEMORY = 507


def model_name(instance: Instance, target_model: str) -> str:
    """The name under which the container knows the model."""
    prefix = instance.plan.containers[0].models
    return hashlib.sha256(f"{prefix}{target_model}".encode()).hexdigest()[:32]


@contextmanager
def loaded(instance: Instance, target_model: str) -> Iterator[str]:
    """Have the model loaded and keep it so during the block. Yields its name in the container. Raises ModelNotLoaded.

    When the container has no memory left (507), the model loaded first that nobody uses is unloaded, until there is room or none is left.
    """
    name = model_name(instance, target_model)
    if not _take(instance, name):
        with instance.loading:
            if not _take(instance, name):
                _have(instance, target_model, name)
    try:
        yield name
    finally:
        with instance.models:
            instance.users[name] -= 1
            instance.models.notify_all()


def _take(instance: Instance, name: str) -> bool:
    """Become a user of a model; False when it is not loaded."""
    with instance.models:
        if name in instance.loaded:
            instance.users[name] += 1
        return name in instance.loaded


def _have(instance: Instance, target_model: str, name: str) -> None:
    folder = instance.folder / "1" / "opt" / "ml" / "models" / name
    try:
        _fetch(instance, target_model, folder)
        _load(instance, name)
    except ModelNotLoaded:
        folders.remove(folder)
        raise
    with instance.models:
        instance.loaded[name] = folder
        instance.users[name] += 1


def _fetch(instance: Instance, target_model: str, folder: Path) -> None:
    container = instance.plan.containers[0]
    uri = container.models + target_model.lstrip("/")
    status = 400 if target_model and read_object(uri) is not None else 404
    try:
        fetch_archive(uri, container.name, instance.plan.name, folder / "model")
    except HostingFailed as failed:
        raise ModelNotLoaded(status, " ".join((failed.reason, *failed.log))) from None


def _load(instance: Instance, name: str) -> None:
    container = instance.containers[0]
    body = json.dumps({"model_name": name, "url": f"{container.base}/models/{name}/model"}).encode()
    while True:
        answer = container.request("POST", "/models", body, {"Content-Type": "application/json"}, timeout=LOAD_TIMEOUT_SECONDS)
        if answer.status in _LOADED:
            return
        oldest = _oldest_unused(instance) if answer.status == _NO_MEMORY else None
        if oldest is None:
            raise ModelNotLoaded(answer.status, answer.body.decode("utf-8", "replace"))
        gone, folder = oldest
        container.request("DELETE", f"/models/{gone}", timeout=LOAD_TIMEOUT_SECONDS)
        folders.remove(folder)


def _oldest_unused(instance: Instance) -> tuple[str, Path] | None:
    """Take the model loaded first that nobody uses out of the list; wait for one. None when none is loaded, or none becomes free."""

    def unused() -> list[str]:
        return [name for name in instance.loaded if not instance.users[name]]

    with instance.models:
        instance.models.wait_for(lambda: unused() or not instance.loaded, LOAD_TIMEOUT_SECONDS)
        name = next(iter(unused()), None)
        return (name, instance.loaded.pop(name)) if name else None
