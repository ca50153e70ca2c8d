"""Multi-model endpoints: a model is fetched from the S3 prefix and loaded by the container when it is first asked for.

Contract: https://docs.aws.amazon.com/sagemaker/latest/dg/mms-container-apis.html. As on SageMaker the container sees a model under a
name made of hex digits, and `X-Amzn-SageMaker-Target-Model` says what the caller asked for.
"""

from __future__ import annotations

import hashlib
import json
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


def ensure_model(instance: Instance, target_model: str) -> str:
    """Have the model loaded and return its name in the container. Raises ModelNotLoaded.

    When the container has no memory left (507), the model loaded first is unloaded, until there is room or none is left.
    """
    name = model_name(instance, target_model)
    if name in instance.loaded:
        return name
    with instance.loading:
        if name not in instance.loaded:
            folder = instance.folder / "1" / "opt" / "ml" / "models" / name
            try:
                _fetch(instance, target_model, folder)
                _load(instance, name)
            except ModelNotLoaded:
                folders.remove(folder)
                raise
            instance.loaded[name] = folder
    return name


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
        if answer.status != _NO_MEMORY or not instance.loaded:
            raise ModelNotLoaded(answer.status, answer.body.decode("utf-8", "replace"))
        oldest = next(iter(instance.loaded))
        folder = instance.loaded.pop(oldest)
        container.request("DELETE", f"/models/{oldest}", timeout=LOAD_TIMEOUT_SECONDS)
        folders.remove(folder)
