"""SageMaker's multi-model contract (SAGEMAKER_MULTI_MODEL=true): models are loaded and unloaded while the container runs.

    POST   /models               {"model_name": ..., "url": folder}   200; 409 when it is loaded; 507 when memory is short
    GET    /models               {"models": [{"modelName": ..., "modelUrl": ...}]}
    GET    /models/NAME          one of them; 404
    DELETE /models/NAME          200; 404
    POST   /models/NAME/invoke   a prediction; 404 when it is not loaded

What is loaded is written down as a file per model in the scratch folder, which all workers see. The worker that gets
the load request loads the model and sees that it answers; the others load it when its first request reaches them, and
drop it when its file is gone. See AWS: "Build Your Own Container for SageMaker AI Multi-Model Endpoints".
"""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from predictor import Predictor, Request
from settings import Settings

from serving import processes
from serving.decoders import load_json
from serving.errors import RequestError, Response, failure
from serving.log import log, log_exception

_MEMORY_SHARE = 0.8


class Models:
    """The models of one worker. `answer` has the Predictor's signature, so the engine does not know the difference."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._folder = settings.scratch / "models"
        self._folder.mkdir(exist_ok=True)
        self._limit = settings.model_memory or int(processes.memory_limit() * _MEMORY_SHARE)
        self._loaded: dict[str, tuple[int, Predictor]] = {}

    @property
    def batches(self) -> bool:
        """May requests be taken together? Only when every model here gains by it."""
        return all(predictor.batches for _, predictor in self._loaded.values())

    def route(self, method: str, path: str, request: Request) -> Request | Response:
        """Which action a path means; an error at once for those that mean none."""
        parts = [unquote(part) for part in path.partition("?")[0].strip("/").split("/")]
        actions = {
            (1, "POST"): "load",
            (1, "GET"): "list",
            (2, "GET"): "describe",
            (2, "DELETE"): "unload",
            (3, "POST"): "invoke",
        }
        if parts == ["invocations"] and method == "POST" and request.target:
            request.action = "invoke"
            return request
        if parts[0] != "models" or len(parts) > 3 or (len(parts) == 3 and parts[2] != "invoke"):
            return failure(404, "there is nothing at this path", request.request_id)
        action = actions.get((len(parts), method))
        if action is None:
            return failure(405, "this path does not take this method", request.request_id)
        request.action, request.target = action, parts[1] if len(parts) > 1 else ""
        return request

    def answer(self, requests: Sequence[Request]) -> list[Response]:
        """One response per request, in order; invocations of one model go to it together."""
        answers: dict[int, Response] = {}
        invocations: dict[str, list[int]] = {}
        for index, request in enumerate(requests):
            if request.action == "invoke":
                invocations.setdefault(request.target, []).append(index)
            else:
                answers[index] = self._manage(request)
        for name, group in invocations.items():
            answers.update(zip(group, self._invoke(name, [requests[index] for index in group]), strict=True))
        return [answers[index] for index in range(len(requests))]

    def _invoke(self, name: str, requests: list[Request]) -> list[Response]:
        try:
            predictor = self._predictor(name)
        except RequestError as error:
            return [failure(error.status, str(error), request.request_id) for request in requests]
        return predictor.answer(requests)

    def _manage(self, request: Request) -> Response:
        try:
            action = {"load": self._load, "unload": self._unload, "list": self._list, "describe": self._describe}[request.action]
            return Response(200, "application/json", json.dumps(action(request)).encode() + b"\n")
        except RequestError as error:
            return failure(error.status, str(error), request.request_id)

    def _load(self, request: Request) -> Any:
        document = load_json(request.body)
        if not isinstance(document, dict) or not all(isinstance(document.get(key), str) and document[key] for key in ("model_name", "url")):
            raise RequestError(400, "send the JSON object {model_name, url}")
        name, folder = document["model_name"], Path(document["url"]).resolve()
        if not folder.is_relative_to(self._settings.base_dir.resolve()):
            raise RequestError(400, "the url must be a folder that SageMaker provides")
        if self._entry(name).exists():
            raise RequestError(409, "a model of this name is loaded already")
        if sum(_size(Path(item["modelUrl"])) for item in self._list(request)["models"]) + _size(folder) > self._limit:
            raise RequestError(507, "there is not enough memory for this model: unload another one")
        predictor = self._read(name, folder)
        draft = self._folder / f".{os.getpid()}"
        draft.write_text(json.dumps({"modelName": name, "modelUrl": str(folder)}), encoding="utf-8")
        try:
            os.link(draft, self._entry(name))  # Fails when another worker was faster.
        except FileExistsError:
            raise RequestError(409, "a model of this name is loaded already") from None
        finally:
            draft.unlink()
        self._loaded[name] = (self._generation(name), predictor)
        return {"modelName": name, "modelUrl": str(folder)}

    def _read(self, name: str, folder: Path) -> Predictor:
        try:
            return Predictor.configured(folder, self._settings)
        except MemoryError:
            raise RequestError(507, "there is not enough memory for this model: unload another one") from None
        except (Exception, SystemExit) as error:
            log_exception("model_not_loaded", error, message=True, model=name)
            raise RequestError(500, "the model cannot be loaded; the log says why") from None

    def _predictor(self, name: str) -> Predictor:
        """The model, loaded here if another worker loaded it first. RequestError 404 when nobody did."""
        generation = self._generation(name)
        if not generation:
            self._loaded.pop(name, None)
            raise RequestError(404, "no model of this name is loaded")
        known = self._loaded.get(name)
        if known is None or known[0] != generation:
            self._loaded.pop(name, None)
            folder = json.loads(self._entry(name).read_bytes())["modelUrl"]
            known = self._loaded[name] = (generation, self._read(name, Path(folder)))
        return known[1]

    def _list(self, request: Request) -> Any:
        for name in [name for name in self._loaded if not self._generation(name)]:
            del self._loaded[name]
        return {"models": [json.loads(path.read_bytes()) for path in sorted(self._folder.glob("*.json"))]}

    def _describe(self, request: Request) -> Any:
        try:
            return json.loads(self._entry(request.target).read_bytes())
        except FileNotFoundError:
            raise RequestError(404, "no model of this name is loaded") from None

    def _unload(self, request: Request) -> Any:
        about = self._describe(request)
        self._entry(request.target).unlink(missing_ok=True)
        self._loaded.pop(request.target, None)
        log("info", "model_unloaded", model=request.target)
        return about

    def _entry(self, name: str) -> Path:
        return self._folder / f"{hashlib.sha256(name.encode()).hexdigest()}.json"

    def _generation(self, name: str) -> int:
        """Tells one load of a name from the next; 0 when it is not loaded."""
        try:
            return self._entry(name).stat().st_mtime_ns
        except FileNotFoundError:
            return 0


def _size(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
