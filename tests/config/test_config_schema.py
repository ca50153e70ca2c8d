"""The editor's schema: current, valid, and of one mind with the loader."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from slipway.config.compose import compose
from slipway.config.load import environment_names, load_environment
from slipway.config.nodes import plain
from slipway.config.schema import FILE, editor_schema, render
from tests.config.full import full
from tests.config.support import Slipway, project, snapshot

ROOT = Path(__file__).resolve().parents[2]
SHIPPED = sorted(path for path in (ROOT / "environments").glob("*.yaml") if not path.name.endswith(".lock.yaml"))


@pytest.fixture(scope="module")
def schema() -> Draft202012Validator:
    return Draft202012Validator(json.loads((ROOT / FILE).read_text()))


def test_the_file_is_current() -> None:
    assert (ROOT / FILE).read_text() == render(), "run `slipway schema`"


def test_it_is_a_valid_schema() -> None:
    Draft202012Validator.check_schema(editor_schema())
    assert editor_schema()["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_shipped_files_fit(path: Path, schema: Draft202012Validator) -> None:
    assert not list(schema.iter_errors(plain(compose(path.read_text(), path.name)[0])))


@pytest.mark.parametrize("name", environment_names(ROOT))
def test_shipped_environments_load_and_point_at_the_schema(name: str) -> None:
    assert load_environment(name, ROOT).name == name
    assert (ROOT / "environments" / f"{name}.yaml").read_text().startswith("# yaml-language-server: $schema=schema.json\n")


def test_everything_the_loader_takes_fits(schema: Draft202012Validator) -> None:
    assert not list(schema.iter_errors(full()))


@pytest.mark.parametrize(
    "part",
    [
        {},
        {"x-anything": {"at": ["all"]}},
        {"endpoints": {"wine": {"log_retention_in_days": 7}}},
        {"endpoints": {"wine": None}},
        {"endpoints": {"wine": {"data_capture": None, "rollout": {"wait_interval_in_seconds": 60}}}},
        {"models": {"wine": {"container": {"environment": {"A": "b"}}}}},
        {"kms": None, "region": None},
        {"endpoints": {"wine": {"autoscaling": {"main": {"max_capacity": 4}}}}},
    ],
    ids=str,
)
def test_a_part_of_an_environment_fits(part: dict[str, Any], schema: Draft202012Validator) -> None:
    assert not list(schema.iter_errors(part))


@pytest.mark.parametrize(
    "part",
    [
        {"regoin": "eu-west-1"},
        {"name": "prod"},
        {"account_id": 123456789012},
        {"state": {"lock": "none"}},
        {"endpoints": {"a_b": {}}},
        {"endpoints": {"wine": {"variants": [{"variant_name": "main"}]}}},
        {
            "endpoints": {
                "wine": {"variants": [{"variant_name": "m", "model": "w", "instance_type": "ml.m5.lrage", "initial_instance_count": 1}]}
            }
        },
        {"endpoints": {"wine": {"log_retention_in_days": 8}}},
        {"acknowledgements": [{"rule": "CKV_AWS_1"}]},
        {"kms": {"deletion_window_in_days": 3}},
    ],
    ids=str,
)
def test_a_mistake_is_underlined(part: dict[str, Any], schema: Draft202012Validator) -> None:
    assert list(schema.iter_errors(part))


def test_every_option_is_described() -> None:
    def walk(node: Any) -> None:
        if isinstance(node, dict):
            for name, option in node.get("properties", {}).items():
                assert option.get("description") or "$ref" in json.dumps(option), name
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for item in node:
                walk(item)

    walk(editor_schema())


def test_the_command_writes_checks_and_writes_no_second_time(tmp_path: Path, slipway: Slipway) -> None:
    root = project(tmp_path)
    missing = slipway(root, "schema", "--check")
    assert (missing.code, (root / FILE).exists()) == (1, False)
    assert "run `slipway schema`" in missing.err
    assert json.loads(slipway(root, "schema", "--json").out) == {"file": FILE, "written": True}
    before = snapshot(root)
    assert json.loads(slipway(root, "schema", "--json").out) == {"file": FILE, "written": False}
    assert slipway(root, "schema", "--check").code == 0
    assert snapshot(root) == before
    (root / FILE).write_text("{}")
    assert slipway(root, "schema", "--check").code == 1
    assert (root / FILE).read_text() == "{}"
