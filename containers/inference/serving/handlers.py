"""The four functions that answer a request: the user's from code/inference.py, the container's own where one is missing.

    model_fn(model_dir) -> model
    input_fn(body, content_type) -> data
    predict_fn(data, model) -> prediction
    output_fn(prediction, accept) -> (body, content_type) or body

A module may also set `ROW_INDEPENDENT = True` (a row's prediction never depends on the other rows of its request:
requests may be batched) and `SELF_TEST = (body, content_type)`, a request that must be answered before /ping says 200.
"""

from __future__ import annotations

import importlib.util
import itertools
import sys
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from types import ModuleType
from typing import Any

import numpy as np

from serving import formats, linear, manifest, packages
from serving.decoders import decode
from serving.encoders import encode
from serving.manifest import Manifest, ModelProblem

_numbers = itertools.count()


@dataclass(frozen=True)
class Handlers:
    """A loaded model with its functions. `self_test`: a request (body, content type); `zeros`: width of a row of zeros to try instead."""

    model: Any
    input_fn: Callable[[bytes, str], Any]
    predict_fn: Callable[[Any, Any], Any]
    output_fn: Callable[[Any, str], Any]
    row_independent: bool
    self_test: tuple[bytes, str] | None = None
    zeros: int = 0


def load(model_dir: Path, threads: int = 1, *, fold: bool = True) -> Handlers:
    """Load the model of the folder. `fold`: a linear pipeline becomes one matrix product.

    Raises ModelProblem, or what the user's `model_fn` or the model's library raises.
    """
    if not model_dir.is_dir() or not any(model_dir.iterdir()):
        raise ModelProblem("the model folder is missing or empty")
    about = manifest.read(model_dir)
    module = _import(model_dir, about)
    own = {name: getattr(module, name) for name in ("model_fn", "input_fn", "predict_fn", "output_fn") if hasattr(module, name)}
    if "model_fn" in own:
        model = own["model_fn"](str(model_dir))
        loaded = formats.Loaded(
            model, getattr(model, "predict", _no_predict), int(getattr(model, "n_features_in_", 0) or 0), row_independent=False
        )
    else:
        loaded = formats.load(model_dir, about, threads)
    if fold and (folded := linear.fold(loaded.model)) is not loaded.model:
        loaded = replace(loaded, model=folded, predict=folded.predict)
    return Handlers(
        model=loaded.model,
        input_fn=own.get("input_fn", decode),
        predict_fn=own.get("predict_fn", _predict_with(loaded)),
        output_fn=own.get("output_fn", encode),
        row_independent=_row_independent(about, module, loaded, own),
        self_test=_self_test(module),
        zeros=0 if "input_fn" in own or "predict_fn" in own else loaded.features,
    )


def _row_independent(about: Manifest, module: ModuleType | None, loaded: formats.Loaded, own: dict[str, Any]) -> bool:
    """Whoever says so is believed (code, then manifest); a format's own word counts only when no code of the user predicts."""
    declared = getattr(module, "ROW_INDEPENDENT", about.row_independent)
    if declared is not None:
        return bool(declared)
    return loaded.row_independent and not {"model_fn", "predict_fn"} & own.keys()


def _self_test(module: ModuleType | None) -> tuple[bytes, str] | None:
    test = getattr(module, "SELF_TEST", None)
    if test is None:
        return None
    body, content_type = test
    return (body.encode() if isinstance(body, str) else bytes(body)), str(content_type)


def _predict_with(loaded: formats.Loaded) -> Callable[[Any, Any], Any]:
    def predict(data: Any, _: Any) -> Any:
        return loaded.predict(formats.checked(loaded, data) if isinstance(data, np.ndarray) else data)

    return predict


def _no_predict(_: Any) -> Any:
    raise ModelProblem("the model has no predict: define predict_fn in code/inference.py")


def _import(model_dir: Path, about: Manifest) -> ModuleType | None:
    """The user's module, None without one. Its folder is importable for it, so that code/ may hold several files."""
    path = model_dir / about.code
    if about.code == manifest.CODE and not path.is_file():
        return None
    path = manifest.inside(model_dir, about.code)
    packages.check(path.parent)
    if str(path.parent) not in sys.path:
        sys.path.append(str(path.parent))
    name = f"slipway_inference_{next(_numbers)}"
    spec = importlib.util.spec_from_file_location(name, path)
    if spec is None or spec.loader is None:
        raise ModelProblem(f"{about.code} is not a Python file")
    module = importlib.util.module_from_spec(spec)
    sys.modules[name] = module
    writes, sys.dont_write_bytecode = sys.dont_write_bytecode, True  # The model folder is not ours to write to.
    try:
        spec.loader.exec_module(module)
    finally:
        sys.dont_write_bytecode = writes
    return module
