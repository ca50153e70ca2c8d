"""Defaults below, the environment on top, and every value remembers its place."""

from __future__ import annotations

from pathlib import Path

import pytest

from slipway.config.compose import compose
from slipway.config.load import load, load_environment
from slipway.config.merge import merge
from slipway.config.nodes import Position, find, place, plain
from tests.config.support import HEADER, project


def merged(base: str, over: str) -> object:
    return plain(merge(compose(base, "base")[0], compose(over, "over")[0]))


@pytest.mark.parametrize(
    ("base", "over", "result"),
    [
        ("a: 1", "b: 2", {"a": 1, "b": 2}),
        ("a: 1", "a: 2", {"a": 2}),
        ("a: { x: 1, y: 2 }", "a: { y: 3, z: 4 }", {"a": {"x": 1, "y": 3, "z": 4}}),
        ("a: [1, 2]", "a: [3]", {"a": [3]}),
        ("a: { x: 1 }", "a: [3]", {"a": [3]}),
        ("a: 1\nb: 2", "a: null", {"b": 2}),
        ("a: { x: 1, y: 2 }", "a: { x: ~ }", {"a": {"y": 2}}),
        ("a: 1", "b: null", {"a": 1, "b": None}),
        ("a: { kind: canary, size: 1 }", "a: { kind: linear, step: 2 }", {"a": {"kind": "linear", "step": 2}}),
        ("a: { kind: canary, size: 1 }", "a: { kind: canary, wait: 2 }", {"a": {"kind": "canary", "size": 1, "wait": 2}}),
        ("a: { kind: canary, size: 1 }", "a: { size: 2 }", {"a": {"kind": "canary", "size": 2}}),
    ],
)
def test_merge(base: str, over: str, result: object) -> None:
    assert merged(base, over) == result


def test_every_value_remembers_its_file_and_line(tmp_path: Path) -> None:
    root = project(tmp_path, dev=HEADER + "tags:\n  team: search\n")
    tree = load("dev", root).tree
    assert place(tree, ("tags", "team")) == Position("environments/dev.yaml", 3, 9)
    assert place(tree, ("tags", "owner")) == Position("environments/_defaults.yaml", 4, 16)
    assert find(tree, ("tags", "team"))[0] == Position("environments/dev.yaml", 3, 3)
    assert place(tree, ("tags", "nothing", "here")) == Position("environments/dev.yaml", 2, 1)


def test_the_environment_wins(tmp_path: Path) -> None:
    root = project(tmp_path, dev=HEADER + "region: us-east-1\nendpoints: { wine: null }\n")
    config = load_environment("dev", root)
    assert (config.region, config.project, dict(config.endpoints)) == ("us-east-1", "acme", {})
    assert config.naming.name("wine") == "acme-dev-wine"


def test_defaults_are_optional(tmp_path: Path) -> None:
    root = project(tmp_path, dev=HEADER + "project: solo\nregion: eu-west-1\n")
    (root / "environments" / "_defaults.yaml").unlink()
    assert load_environment("dev", root).project == "solo"


def test_the_configuration_is_frozen_and_equal_to_itself(tmp_path: Path) -> None:
    root = project(tmp_path, dev=HEADER)
    config = load_environment("dev", root)
    assert config == load_environment("dev", root)
    with pytest.raises(ValueError, match="frozen"):
        config.region = "eu-west-1"  # type: ignore[misc]


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1), ("-7", -7), ("1.5", 1.5), (".5", 0.5), ("1e3", 1000.0), ("true", True), ("False", False), ("~", None), ("", None),
        ("yes", "yes"), ("on", "on"), ("1_000", "1_000"), ("0x1f", "0x1f"), ("2027-01-31", "2027-01-31"), ("12:30:00", "12:30:00"),
        ("'1'", "1"), ('"true"', "true"), ("1.2.3", "1.2.3"), ("=", "="),
    ],
)  # fmt: skip
def test_scalars_mean_what_they_look_like(text: str, value: object) -> None:
    node, problems = compose(f"a: {text}\n", "f")
    assert (plain(node), problems) == ({"a": value}, [])
    assert type(plain(node)["a"]) is type(value)
