"""Whatever the file holds, the answer is a configuration or a list of problems with places."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.full import full
from tests.config.support import project

BASE = json.dumps(full(), indent=1)
KEYS = st.sampled_from(
    ["account_id", "tags", "models", "endpoints", "wine", "variants", "hosting", "kind", "autoscaling", "main", "policies", "<<", "x-a"]
)
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=20)
    | st.sampled_from(["instances", "serverless", "wine", "canary"]),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=8), inner, max_size=5),
    max_leaves=25,
)


def answer(content: bytes) -> None:
    """Load it; anything but a configuration or located problems is a failure."""
    with tempfile.TemporaryDirectory() as folder:
        root = project(Path(folder), case=content)
        try:
            load_environment("case", root)
        except ConfigErrors as errors:
            assert errors.problems
            assert all(p.position.line >= 1 and p.position.column >= 1 and p.text for p in errors.problems)


@given(st.binary(max_size=300))
@settings(max_examples=150, deadline=None)
def test_any_bytes(content: bytes) -> None:
    answer(content)


@given(st.text(alphabet=st.sampled_from(list("ab:{}[]&*!|>-?,#%@`'\"\\ \n0.~<=x")), max_size=120))
@settings(max_examples=400, deadline=None)
def test_any_yaml_like_text(content: str) -> None:
    answer(content.encode())


@given(st.dictionaries(KEYS, VALUES, max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_structure(content: dict[str, object]) -> None:
    answer(json.dumps(content).encode())


@given(st.integers(0, len(BASE) - 1), st.integers(0, 40), st.text(max_size=6))
@settings(max_examples=300, deadline=None)
def test_any_damage_to_a_valid_file(start: int, length: int, text: str) -> None:
    answer((BASE[:start] + text + BASE[start + length :]).encode("utf-8", "surrogatepass"))
