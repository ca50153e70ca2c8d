"""`slipway.json` at the root of a model archive: what the archive holds, for the container that serves it."""

from __future__ import annotations

import json
from collections.abc import Iterable

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from slipway.artifacts.limits import ArchiveRefused

MANIFEST = "slipway.json"
CODE_ENTRY = "code/inference.py"
MAX_MANIFEST_BYTES = 64 * 1024
_PICKLES = (".pkl", ".pickle", ".joblib", ".dill", ".cloudpickle")
_NO_WEIGHTS = (MANIFEST, "README.md", "LICENSE", "cases.yaml")


class Manifest(BaseModel):
    """The manifest's keys. An archive without a manifest is fine: the container then goes by file names."""

    model_config = ConfigDict(extra="forbid", frozen=True, strict=True)

    model: str = Field("", description="Path of the model file inside the archive; empty: found by its ending.")
    format: str = Field("", pattern=r"^[a-z0-9_-]{0,32}$", description="Format such as skops, onnx, xgboost; empty: by its ending.")
    code: str = Field(CODE_ENTRY, description="Python file with model_fn, input_fn, predict_fn, output_fn (each optional).")
    allow_pickle: bool = Field(False, description="True lets the container unpickle: whoever can write the archive runs code in it.")
    row_independent: bool = Field(False, description="True when a row's prediction never depends on the other rows: allows batching.")


def read_manifest(content: bytes | None) -> Manifest:
    """The manifest, or the defaults when there is none. Raises ArchiveRefused naming each wrong key."""
    if content is None:
        return Manifest()
    try:
        return Manifest.model_validate(json.loads(content))
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, item['loc'])) or 'document'}: {item['msg']}" for item in error.errors())
        raise ArchiveRefused(f"{MANIFEST}: {wrong}", fix=f"keys are {', '.join(Manifest.model_fields)}") from None
    except ValueError as error:
        raise ArchiveRefused(f"{MANIFEST} is not JSON: {error}", fix=f"correct or remove {MANIFEST}") from None


def layout_problems(files: Iterable[str], manifest: Manifest) -> list[str]:
    """What is wrong with an archive as a SageMaker model (files only, no folders); empty when nothing is."""
    names = list(files)
    problems = []
    if not any(name not in _NO_WEIGHTS and not name.startswith("code/") for name in names):
        problems.append("it holds no model file (only code, manifest or documentation)")
    if manifest.model and manifest.model not in names:
        problems.append(f"{MANIFEST} names the model {manifest.model}, which is not there")
    deep = [name for name in names if name.endswith(f"/{CODE_ENTRY}")]
    if CODE_ENTRY not in names and deep:
        problems.append(f"{deep[0]} is one folder too deep: the container looks for {CODE_ENTRY}")
    pickles = [name for name in names if name.lower().endswith(_PICKLES)]
    if pickles and not manifest.allow_pickle:
        problems.append(f"{pickles[0]} is a pickle, which runs code when loaded, and {MANIFEST} does not say allow_pickle")
    return problems
