"""Requests in, responses out: batches, bad rows beside good ones, what a handler's errors become."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from ruamel.yaml import YAML

ROOT = Path(__file__).resolve().parents[3]
CASES = YAML(typ="safe").load((ROOT / "examples" / "wine" / "cases.yaml").read_text())["cases"]

COUNTING = """
import numpy as np
ROW_INDEPENDENT = True
calls = []
def model_fn(folder): return calls
def predict_fn(data, model):
    model.append(len(data))
    if (data < 0).any(): raise RuntimeError("a row of %s" % data.tolist())
    return {RETURNS}
"""


def load(folder: Path, **options: Any) -> Any:
    from predictor import Predictor

    return Predictor.load(folder, **options)


def ask(rows: Any, **more: Any) -> Any:
    from predictor import Request

    return Request(json.dumps(rows).encode(), "application/json", **more)


def returning(code: Callable[..., Path], expression: str) -> Path:
    return code(COUNTING.replace("{RETURNS}", expression))


@pytest.mark.parametrize("case", CASES, ids=lambda case: case["name"])
def test_the_sample_s_cases(wine: Path, case: dict[str, Any]) -> None:
    from predictor import Request

    from tests.artifacts.test_wine import close

    answer = load(wine).answer([Request(case["body"].encode(), case["content_type"], case.get("accept", ""))])[0]
    expect = case["expect"]
    assert answer.status == expect["status"], answer.body
    if "json" in expect:
        assert close(json.loads(answer.body), expect["json"], expect["tolerance"])


def test_what_waits_together_is_predicted_together_and_cut_back(code: Callable[..., Path]) -> None:
    for expression, expected in {
        "data.sum(axis=1)": [[3.0], [7.0, 11.0], [15.0]],
        "data.sum(axis=1).tolist()": [[3.0], [7.0, 11.0], [15.0]],
        "{'sum': data.sum(axis=1), 'classes': ['a', 'b', 'c', 'd']}": [
            {"sum": part, "classes": ["a", "b", "c", "d"]} for part in ([3.0], [7.0, 11.0], [15.0])
        ],
    }.items():
        predictor = load(returning(code, expression))
        answers = predictor.answer([ask([[1, 2]]), ask([[3, 4], [5, 6]]), ask([[7, 8]])])
        assert [json.loads(item.body)["predictions"] for item in answers] == expected
        assert predictor._handlers.model == [4]


def test_a_bad_request_fails_alone(code: Callable[..., Path]) -> None:
    predictor = load(returning(code, "data.sum(axis=1)"))
    answers = predictor.answer([ask([[1, 2]]), ask([[-1, 2]]), ask("x"), ask([[3, 4, 5]]), ask([[3, 4]])])
    assert [item.status for item in answers] == [200, 500, 400, 200, 200]
    assert json.loads(answers[4].body)["predictions"] == [7.0]
    assert sorted(predictor._handlers.model) == [1, 1, 1, 1, 3]  # the batch, its three members alone, the wider row
    assert b"-1" not in answers[1].body and predictor.batches


def test_a_prediction_that_cannot_be_cut_switches_batching_off(code: Callable[..., Path]) -> None:
    for expression in ("data.sum(axis=1)[:1]", "'text'", "7"):
        predictor = load(returning(code, expression))
        assert [item.status for item in predictor.answer([ask([[1, 2]]), ask([[3, 4]])])] == [200, 200]
        assert not predictor.batches
        predictor.answer([ask([[1, 2]]), ask([[3, 4]])])
        assert predictor._handlers.model == [2, 1, 1, 1, 1]


def test_who_is_batched(code: Callable[..., Path], wine: Path) -> None:
    plain = "def model_fn(folder): return 1\ndef predict_fn(data, model): return data\n"
    assert not load(code(plain)).batches
    assert load(code("ROW_INDEPENDENT = True\n" + plain)).batches
    assert not load(code("ROW_INDEPENDENT = True\n" + plain), batching=False).batches
    assert load(code(plain, slipway_dot_json='{"row_independent": true}')).batches
    assert load(wine).batches


def test_what_errors_become(code: Callable[..., Path], capfd: pytest.CaptureFixture[str]) -> None:
    text = """
import sys
class Picky(ValueError):
    status = 422
def model_fn(folder): return 1
def input_fn(body, content_type): return body.decode()
def predict_fn(data, model): exec(data); return data
def output_fn(prediction, accept): return prediction, "text/plain"
"""
    from predictor import Request

    predictor = load(code(text))
    for statement, status in {
        "x = 1": 200,
        "raise RuntimeError('secret')": 500,
        "raise ValueError('secret')": 500,
        "raise MemoryError": 503,
        "sys.exit(0)": 500,
        "raise KeyboardInterrupt": 500,
        "raise GeneratorExit": 500,
        "raise Picky('say it otherwise')": 422,
    }.items():
        answer = predictor.answer([Request(statement.encode(), "text/plain", request_id="abc")])[0]
        assert answer.status == status, statement
        assert b"secret" not in answer.body
    assert b"say it otherwise" in answer.body
    assert predictor.answer([Request(b"\xff", "text/plain")])[0].status == 400
    logged = capfd.readouterr().out
    assert "secret" not in logged and '"error": "RuntimeError"' in logged and '"request_id": "abc"' in logged


def test_a_path_in_a_message_stays_inside(code: Callable[..., Path]) -> None:
    from predictor import Request

    text = "def model_fn(folder): return folder\ndef input_fn(body, kind): raise ValueError('see ' + body.decode())\n"
    answers = load(code(text)).answer([Request(b"/opt/ml/model/x.bin", ""), Request(b"row 7", "")])
    assert [json.loads(item.body)["error"]["message"] for item in answers] == ["the body cannot be read", "see row 7"]


@pytest.mark.parametrize(
    ("test", "ok"),
    [('("[[1, 2]]", "application/json")', True), ('("[[1, -2]]", "application/json")', False), ('("[", "application/json")', False)],
)
def test_a_model_that_fails_its_self_test_is_not_loaded(code: Callable[..., Path], test: str, ok: bool) -> None:
    from serving.manifest import ModelProblem

    folder = code(COUNTING.replace("{RETURNS}", "data.sum(axis=1)") + f"SELF_TEST = {test}\n")
    if ok:
        load(folder)
        return
    with pytest.raises(ModelProblem, match="self-test"):
        load(folder)


def test_the_code_folder_is_importable_and_stays_as_it_is(code: Callable[..., Path]) -> None:
    folder = code(
        "import helper_of_the_test\ndef model_fn(folder): return helper_of_the_test.VALUE\n", code__helper_of_the_test_dot_py="VALUE = 5"
    )
    before = sorted(path.relative_to(folder) for path in folder.rglob("*"))
    assert load(folder)._handlers.model == 5
    assert sorted(path.relative_to(folder) for path in folder.rglob("*")) == before


def test_splitting_knows_arrays_from_what_belongs_to_all_rows() -> None:
    from serving.batch import Uncuttable, split

    shares = split({"p": np.arange(6).reshape(3, 2), "names": ["x", "y", "z"]}, [1, 2])
    assert shares[0]["p"].tolist() == [[0, 1]] and shares[1]["p"].tolist() == [[2, 3], [4, 5]]
    assert shares[0]["names"] == shares[1]["names"] == ["x", "y", "z"]
    for bad in (np.zeros(2), np.array(1.0), [1], {"p": np.zeros(4)}, "abc"):
        with pytest.raises(Uncuttable):
            split(bad, [1, 2])
