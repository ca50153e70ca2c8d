"""Models without code: skops, XGBoost and ONNX by name, pickles only when they are asked for."""

from __future__ import annotations

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import skops.io
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, StandardScaler

X = np.random.default_rng(0).normal(size=(60, 3))
Y = X @ [1.0, 2.0, 3.0]


def answer(folder: Path, rows: Any, **options: Any) -> tuple[int, Any]:
    from predictor import Predictor, Request

    found = Predictor.load(folder, **options).answer([Request(json.dumps(rows).encode(), "application/json")])[0]
    return found.status, json.loads(found.body)


def onnx_double() -> bytes:
    """An ONNX graph `y = x + x` of float rows with 3 columns, written by hand: protobuf's wire format, field by field."""

    def field(number: int, content: bytes | int) -> bytes:
        if isinstance(content, int):
            return bytes([number << 3, content])
        return bytes([number << 3 | 2, len(content)]) + content

    def value(name: bytes) -> bytes:
        shape = field(1, field(2, b"n")) + field(1, field(1, 3))
        return field(1, name) + field(2, field(1, field(1, 1) + field(2, shape)))

    node = field(1, b"x") + field(1, b"x") + field(2, b"y") + field(4, b"Add")
    graph = field(1, node) + field(2, b"g") + field(11, value(b"x")) + field(12, value(b"y"))
    return field(1, 8) + field(7, graph) + field(8, field(2, 13))


def test_skops(tmp_path: Path) -> None:
    skops.io.dump(make_pipeline(StandardScaler(), LinearRegression()).fit(X, Y), tmp_path / "model.skops")
    status, document = answer(tmp_path, X[:2].tolist())
    assert status == 200 and np.allclose(document["predictions"], Y[:2])
    assert answer(tmp_path, [[1, 2]])[0] == 400


def test_onnx(tmp_path: Path) -> None:
    (tmp_path / "m.onnx").write_bytes(onnx_double())
    assert answer(tmp_path, [[1, 2, 3]]) == (200, {"predictions": [[2.0, 4.0, 6.0]]})
    assert answer(tmp_path, [[1, 2]])[0] == 400


def test_xgboost_json_and_ubj(tmp_path: Path) -> None:
    import xgboost

    booster = xgboost.train({"max_depth": 2, "nthread": 1}, xgboost.DMatrix(X, label=Y), num_boost_round=3)
    expected = booster.inplace_predict(X[:3])
    for name in ("model.json", "model.ubj"):
        folder = tmp_path / name
        folder.mkdir()
        booster.save_model(folder / name)
        status, document = answer(folder, X[:3].tolist())
        assert status == 200 and np.allclose(document["predictions"], expected)
        assert answer(folder, [[1.0]])[0] == 400


class Bomb:
    """Unpickling it leaves a file behind."""

    def __init__(self, mark: Path) -> None:
        self.mark = mark

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return Path.touch, (self.mark,)


def test_a_pickle_is_loaded_only_when_the_manifest_says_so(tmp_path: Path) -> None:
    from serving.manifest import ModelProblem

    folder, mark = tmp_path / "model", tmp_path / "mark"
    folder.mkdir()
    for name in ("model.pkl", "model.joblib", "model.pickle"):
        (folder / name).write_bytes(pickle.dumps(Bomb(mark)))
        with pytest.raises(ModelProblem, match="allow_pickle"):
            answer(folder, [[1, 2, 3]])
        (folder / name).unlink()
    assert not mark.exists()
    (folder / "model.pkl").write_bytes(pickle.dumps(LinearRegression().fit(X, Y)))
    (folder / "slipway.json").write_text('{"allow_pickle": true}')
    status, document = answer(folder, X[:1].tolist())
    assert status == 200 and np.allclose(document["predictions"], Y[:1])


def test_what_cannot_be_served_says_why(tmp_path: Path) -> None:
    from predictor import Predictor
    from serving.manifest import ModelProblem

    def expect(match: str, files: dict[str, bytes]) -> None:
        folder = tmp_path / "x"
        folder.mkdir()
        for name, content in files.items():
            (folder / name).write_bytes(content)
        with pytest.raises(ModelProblem, match=match):
            Predictor.load(folder)
        for path in folder.iterdir():
            path.unlink()
        folder.rmdir()

    broken = LinearRegression().fit(X, Y)
    broken.coef_ = np.array([np.nan, 1, 1])
    unsafe = skops.io.dumps(make_pipeline(FunctionTransformer(np.linalg.norm), LinearRegression()))
    expect("missing or empty", {})
    expect("found none", {"readme.txt": b"x"})
    expect("expected one model file", {"a.onnx": b"", "b.skops": b""})
    expect("slipway.json", {"slipway.json": b"{", "a.onnx": b""})
    expect("unknown or has the wrong type", {"slipway.json": b'{"modle": "a"}', "a.onnx": b""})
    expect("not inside", {"slipway.json": b'{"model": "../../etc/passwd"}'})
    expect("not in the model folder", {"slipway.json": b'{"model": "a.onnx"}'})
    expect("self-test", {"model.skops": skops.io.dumps(broken)})
    expect("does not trust", {"model.skops": unsafe})
    expect("without predict", {"model.skops": skops.io.dumps({"a": 1})})


@pytest.mark.parametrize("scaled", [True, False])
@pytest.mark.parametrize("classes", [2, 3])
def test_a_folded_model_is_the_same_function(scaled: bool, classes: int) -> None:
    from serving.linear import FoldedModel, fold

    labels = np.array(["a", "b", "c"])[np.arange(60) % classes]
    model = make_pipeline(*([StandardScaler()] if scaled else []), LogisticRegression()).fit(X * [1, 50, 0.01], labels)
    folded = fold(model)
    assert isinstance(folded, FoldedModel)
    assert np.allclose(folded.predict_proba(X), model.predict_proba(X), atol=1e-12)
    assert (folded.predict(X) == model.predict(X)).all() and (folded.classes_ == model.classes_).all()
    for odd in (X[:, :2], np.full((1, 3), np.nan), X.tolist()[0]):
        with pytest.raises(ValueError):
            folded.predict_proba(odd)


@pytest.mark.parametrize(("value", "folds"), [(None, True), ("auto", True), ("off", False)])
@pytest.mark.parametrize("with_code", [True, False])
def test_folding_can_be_switched_off(tmp_path: Path, value: str | None, folds: bool, with_code: bool) -> None:
    from predictor import Predictor, Request
    from serving.linear import FoldedModel
    from settings import from_environment

    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(X, np.arange(60) % 2)
    (tmp_path / "model.skops").write_bytes(skops.io.dumps(model))
    if with_code:
        (tmp_path / "code").mkdir()
        (tmp_path / "code" / "inference.py").write_text(
            "import skops.io\ndef model_fn(folder): return skops.io.load(folder + '/model.skops')\n"
        )
    predictor = Predictor.configured(tmp_path, from_environment({"SLIPWAY_FOLD": value} if value else {}))
    assert isinstance(predictor._handlers.model, FoldedModel) == folds
    answer = predictor.answer([Request(json.dumps(X[:5].tolist()).encode(), "application/json")])[0]
    assert (answer.status, json.loads(answer.body)["predictions"]) == (200, model.predict(X[:5]).tolist())


def test_what_does_not_fold_stays_itself() -> None:
    from serving.linear import fold
    from sklearn.ensemble import RandomForestRegressor

    for model in (RandomForestRegressor(3).fit(X, Y), make_pipeline(FunctionTransformer(np.exp), LinearRegression()).fit(X, Y), 3, None):
        assert fold(model) is model


def test_code_requirements_are_checked_not_installed(code: Callable[..., Path]) -> None:
    from predictor import Predictor
    from serving.manifest import ModelProblem

    text = "def model_fn(folder): return 1\n"
    Predictor.load(code(text, code__requirements_dot_txt="numpy>=1\n# nothing\n"))
    with pytest.raises(ModelProblem, match=r"surely-not-here.*the image has none"):
        Predictor.load(code(text, code__requirements_dot_txt="surely-not-here==1.0\n"))
