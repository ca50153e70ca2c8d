"""`slipway.json`, the archive's manifest, and which file of the archive is the model."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

NAME = "slipway.json"
CODE = "code/inference.py"
ENDINGS = {
    ".skops": "skops",
    ".onnx": "onnx",
    ".ubj": "xgboost",
    ".xgb": "xgboost",
    ".pkl": "pickle",
    ".pickle": "pickle",
    ".joblib": "pickle",
}
"""Format by the file's ending. `.json` is XGBoost's, too, when the file is named model.json or xgboost-model.json."""

_XGBOOST_NAMES = ("model.json", "xgboost-model.json")
_MAX_BYTES = 64 * 1024


class ModelProblem(Exception):
    """The model cannot be served; the message is for the log, never for a client."""


@dataclass(frozen=True)
class Manifest:
    """What the archive says about itself. `row_independent` is None when it says nothing."""

    model: str = ""
    format: str = ""
    code: str = CODE
    allow_pickle: bool = False
    row_independent: bool | None = None


def read(model_dir: Path) -> Manifest:
    """The manifest of the model folder, defaults without one. Raises ModelProblem naming the wrong key."""
    path = model_dir / NAME
    if not path.is_file():
        return Manifest()
    try:
        content = json.loads(path.read_bytes()[:_MAX_BYTES])
    except (OSError, ValueError) as error:
        raise ModelProblem(f"{NAME} cannot be read: {error}") from None
    if not isinstance(content, dict):
        raise ModelProblem(f"{NAME} must hold one JSON object")
    kinds = {"model": str, "format": str, "code": str, "allow_pickle": bool, "row_independent": bool}
    for key, value in content.items():
        if key not in kinds or not isinstance(value, kinds[key]):
            raise ModelProblem(f"{NAME}: {key} is unknown or has the wrong type; keys are {', '.join(kinds)}")
    return Manifest(**content)


def inside(model_dir: Path, name: str) -> Path:
    """The file `name` of the model folder. Raises ModelProblem when it lies outside or is not there."""
    root = model_dir.resolve()
    path = (root / name).resolve()
    if not path.is_relative_to(root):
        raise ModelProblem(f"{name} is not inside of the model folder")
    if not path.is_file():
        raise ModelProblem(f"{name} is not in the model folder")
    return path


def find_model(model_dir: Path, manifest: Manifest) -> tuple[Path, str]:
    """The model's file and format: what the manifest names, else the only file with a known ending. Raises ModelProblem."""
    if manifest.model:
        path = inside(model_dir, manifest.model)
        found = manifest.format or format_of(path)
        if not found:
            raise ModelProblem(f"the format of {manifest.model} is unknown: name it in {NAME}")
        return path, found
    candidates = [path for path in sorted(model_dir.iterdir()) if path.is_file() and format_of(path)]
    if len(candidates) != 1:
        names = ", ".join(path.name for path in candidates) or "none"
        raise ModelProblem(f"expected one model file in the model folder, found {names}: name it as `model` in {NAME}")
    return candidates[0], manifest.format or format_of(candidates[0])


def format_of(path: Path) -> str:
    """The format that the file's name tells; empty when it tells none."""
    if path.name in _XGBOOST_NAMES:
        return "xgboost"
    return ENDINGS.get(path.suffix.lower(), "")
