"""Train the wine classifier on real data and write its model folder: `python examples/wine/train.py [FOLDER]`.

The data is scikit-learn's `load_wine`: the chemical analysis of 178 Italian wines of three cultivars (UCI, 1991),
which ships inside the package, so nothing is downloaded.
"""

from __future__ import annotations

import io
import json
import shutil
import sys
import zipfile
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import skops.io
from sklearn.datasets import load_wine
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import accuracy_score, log_loss
from sklearn.model_selection import train_test_split
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

HERE = Path(__file__).resolve().parent
SEED = 20
TEST_SHARE = 0.3
ACCURACY_FLOOR = 0.93
"""A model below this share of right answers on wines it has not seen is not written."""

MANIFEST = {"model": "model.skops", "format": "skops", "code": "code/inference.py", "row_independent": True}


@dataclass(frozen=True)
class TrainingResult:
    """What training gave. `accuracy` (0 to 1) and `log_loss` on the `test_rows` held out; `folder` is ready for `slipway release`."""

    folder: Path
    accuracy: float
    log_loss: float
    train_rows: int
    test_rows: int


def train(output_dir: Path) -> TrainingResult:
    """Train, check and write the model folder, replacing what an earlier training left there. ValueError below the floor."""
    data = load_wine()
    labels = data.target_names[data.target]
    x, x_test, y, y_test = train_test_split(data.data, labels, test_size=TEST_SHARE, random_state=SEED, stratify=labels)
    model = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000, random_state=SEED))
    model.fit(x, y)
    accuracy = float(accuracy_score(y_test, model.predict(x_test)))
    loss = float(log_loss(y_test, model.predict_proba(x_test)))
    if accuracy < ACCURACY_FLOOR:
        raise ValueError(f"accuracy {accuracy:.3f} on {len(y_test)} held-out wines is below {ACCURACY_FLOOR}")
    _write(output_dir, model)
    return TrainingResult(output_dir, accuracy, loss, len(y), len(y_test))


def _write(folder: Path, model: Any) -> None:
    """The archive's layout: model, manifest, handlers, model card."""
    (folder / "code").mkdir(parents=True, exist_ok=True)
    (folder / "model.skops").write_bytes(stable_bytes(model))
    (folder / "slipway.json").write_text(json.dumps(MANIFEST, indent=2) + "\n", encoding="utf-8")
    shutil.copyfile(HERE / "code" / "inference.py", folder / "code" / "inference.py")
    shutil.copyfile(HERE / "README.md", folder / "README.md")


def stable_bytes(model: Any) -> bytes:
    """The model in skops' format, the same bytes for the same model.

    skops names arrays after memory addresses and stamps files with the time; both are replaced here: addresses by
    numbers in order of appearance, times by 1980-01-01.
    """
    with zipfile.ZipFile(io.BytesIO(skops.io.dumps(model))) as source:
        files = {name: source.read(name) for name in source.namelist()}
    schema = json.loads(files.pop("schema.json"))
    numbers: dict[int, int] = {}
    renamed = {f"{address}.npy": f"{number}.npy" for address, number in _number(schema, numbers).items()}
    files = {renamed[name]: content for name, content in files.items()}
    files["schema.json"] = json.dumps(_renamed(schema, numbers, renamed), indent=1).encode()
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as target:
        for name in sorted(files):
            target.writestr(zipfile.ZipInfo(name, (1980, 1, 1, 0, 0, 0)), files[name])
    return out.getvalue()


def _number(node: Any, numbers: dict[int, int]) -> dict[int, int]:
    """Give each `__id__` in the schema a number, in order of appearance."""
    if isinstance(node, dict):
        if "__id__" in node:
            numbers.setdefault(node["__id__"], len(numbers))
        for value in node.values():
            _number(value, numbers)
    elif isinstance(node, list):
        for value in node:
            _number(value, numbers)
    return numbers


def _renamed(node: Any, numbers: dict[int, int], files: dict[str, str]) -> Any:
    if isinstance(node, list):
        return [_renamed(value, numbers, files) for value in node]
    if not isinstance(node, dict):
        return node
    changed = {key: _renamed(value, numbers, files) for key, value in node.items()}
    if "__id__" in node:
        changed["__id__"] = numbers[node["__id__"]]
    if node.get("file") in files:
        changed["file"] = files[node["file"]]
    return changed


if __name__ == "__main__":
    result = train(Path(sys.argv[1]) if len(sys.argv) > 1 else HERE / "model")
    print(f"train_rows={result.train_rows}; test_rows={result.test_rows};")
    print(f"accuracy={result.accuracy:.4f}; log_loss={result.log_loss:.4f};")
    print(f"written: {result.folder}")
