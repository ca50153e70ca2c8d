"""Predictions in the media type that was asked for."""

from __future__ import annotations

import io
import json
from typing import Any

import numpy as np
import pytest


@pytest.mark.parametrize(
    ("accept", "expected"),
    [
        ("", ["application/json"]),
        ("*/*", ["application/json"]),
        ("application/*", ["application/json"]),
        ("text/csv", ["text/csv"]),
        ("text/csv;q=0.5, application/json", ["application/json", "text/csv"]),
        ("image/png, */*;q=0.1", ["image/png", "application/json"]),
        ("text/csv;q=0", [""]),
        ("Text/CSV ; q=x", ["text/csv"]),
    ],
)
def test_which_media_types_are_wanted(accept: str, expected: list[str]) -> None:
    from serving.encoders import wanted

    assert wanted(accept) == expected


@pytest.mark.parametrize("fast", [True, False], ids=["container", "standard library"])
def test_json_of_arrays_dicts_and_names(fast: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    from serving import encoders

    if not fast:
        monkeypatch.setattr(encoders, "orjson", None)
    cases: list[tuple[Any, Any]] = [
        (np.array([[1.5, 2.0]]), [[1.5, 2.0]]),
        (np.array(["a", "b"]), ["a", "b"]),
        (np.arange(6.0).reshape(2, 3)[:, ::2], [[0.0, 2.0], [3.0, 5.0]]),
        ({"label": np.array(["x"]), "p": np.array([[0.25]])}, {"label": ["x"], "p": [[0.25]]}),
        ([np.float32(0.5), np.int64(2)], [0.5, 2]),
    ]
    for prediction, expected in cases:
        body, kind = encoders.encode(prediction, "application/json")
        assert json.loads(body) == {"predictions": expected} and kind == "application/json"


def test_lines_csv_and_npy() -> None:
    from serving.encoders import encode

    table = np.array([[1.0, 2.5], [3.0, 4.0]])
    assert encode(table, "text/csv")[0] == b"1.0,2.5\n3.0,4.0\n"
    assert encode(np.array(["a,b", 'q"']), "text/csv")[0] == b'"a,b"\n"q"""\n'
    assert [json.loads(line) for line in encode(table, "application/jsonlines")[0].splitlines()] == table.tolist()
    columns = {"label": np.array(["a", "b"]), "p": table}
    assert json.loads(encode(columns, "application/jsonlines")[0].splitlines()[0]) == {"label": "a", "p": [1.0, 2.5]}
    assert encode(columns, "text/csv")[0] == b"a,1.0,2.5\nb,3.0,4.0\n"
    assert np.array_equal(np.load(io.BytesIO(encode(table, "application/x-npy")[0])), table)


def test_what_has_no_form_is_refused() -> None:
    from serving.encoders import encode
    from serving.errors import RequestError

    with pytest.raises(RequestError) as refused:
        encode(np.zeros(1), "image/png")
    assert refused.value.status == 406
    for broken in (np.array([np.nan]), {"a": np.array([np.inf])}):
        with pytest.raises(ValueError, match="not finite"):
            encode(broken, "application/json")
