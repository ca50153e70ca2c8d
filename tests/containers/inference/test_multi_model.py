"""SageMaker's multi-model contract, two workers' registries side by side."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

ROWS = b'{"instances": [[14.23, 1.71, 2.43, 15.6, 127.0, 2.8, 3.06, 0.28, 2.29, 5.64, 1.04, 3.92, 1065.0]]}'


def call(models: Any, method: str, path: str, body: bytes = b"") -> tuple[int, Any]:
    from predictor import Request
    from serving.errors import Response

    routed = models.route(method, path, Request(body, "application/json"))
    answer = routed if isinstance(routed, Response) else models.answer([routed])[0]
    return answer.status, json.loads(answer.body)


@pytest.fixture
def pair(tmp_path: Path, wine: Path) -> tuple[Any, Any, Path]:
    """The registries of two workers, and a folder with a model below SageMaker's tree."""
    from serving.multi_model import Models
    from settings import Settings

    folder = tmp_path / "models" / "w" / "model"
    shutil.copytree(wine, folder)
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    settings = Settings(base_dir=tmp_path, scratch=scratch, threads=1)
    return Models(settings), Models(settings), folder


def test_load_list_invoke_unload(pair: tuple[Any, Any, Path]) -> None:
    one, two, folder = pair
    load = json.dumps({"model_name": "a/b", "url": str(folder)}).encode()
    entry = {"modelName": "a/b", "modelUrl": str(folder)}
    assert call(one, "POST", "/models/a%2Fb/invoke", ROWS)[0] == 404
    assert call(one, "POST", "/models", load) == (200, entry)
    assert call(one, "POST", "/models", load)[0] == call(two, "POST", "/models", load)[0] == 409
    assert call(two, "GET", "/models") == (200, {"models": [entry]})
    assert call(two, "GET", "/models/a%2Fb") == (200, entry)
    for worker in (one, two):
        status, document = call(worker, "POST", "/models/a%2Fb/invoke", ROWS)
        assert status == 200 and document["predictions"][0]["cultivar"] == "class_0"
    assert call(one, "DELETE", "/models/a%2Fb")[0] == 200
    assert call(two, "POST", "/models/a%2Fb/invoke", ROWS)[0] == call(two, "DELETE", "/models/a%2Fb")[0] == 404
    assert call(two, "GET", "/models") == (200, {"models": []}) and not two._loaded


def test_what_cannot_be_loaded(pair: tuple[Any, Any, Path]) -> None:
    one, _, folder = pair
    for body, status in [
        (b"[", 400),
        (b"{}", 400),
        (json.dumps({"model_name": "x", "url": "/etc"}).encode(), 400),
        (json.dumps({"model_name": "x", "url": str(folder.parent)}).encode(), 500),
    ]:
        assert call(one, "POST", "/models", body)[0] == status
    one._limit = 100
    assert call(one, "POST", "/models", json.dumps({"model_name": "x", "url": str(folder)}).encode())[0] == 507
    assert call(one, "PUT", "/models")[0] == call(one, "POST", "/models/x")[0] == 405
    assert call(one, "GET", "/models/x/y/z")[0] == call(one, "POST", "/invocations")[0] == 404
