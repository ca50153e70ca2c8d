"""The first part of every name leaves room for the rest: told when the environment is read."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from modules._shared.naming import Naming
from slipway.config.checks_names import LONGEST, prefix_fits
from slipway.config.load import load_environment
from slipway.config.problems import ConfigErrors
from tests.config.full import full
from tests.config.support import project


@pytest.mark.parametrize("length", [LONGEST, LONGEST + 1])
def test_project_and_environment_together_have_a_limit(tmp_path: Path, length: int) -> None:
    name = "an-environment-of-20"
    data = {**full(), "project": "p" * (length - 1 - len(name))}
    del data["delivery"]  # it names the environment that it is written for
    root = project(tmp_path, **{name: json.dumps(data, indent=1)})
    if length == LONGEST:
        assert len(load_environment(name, root).naming.name()) == LONGEST
        return
    with pytest.raises(ConfigErrors, match="project: project and environment together make 52 characters, .* at most 51 fit"):
        load_environment(name, root)


@pytest.mark.parametrize(("parts", "limit"), [("api-function", 64), ("load-test", 63), ("flow-logs", 64), ("api", 63)])
def test_names_that_rights_are_given_on_are_whole(parts: str, limit: int) -> None:
    naming = Naming("p" * (LONGEST - 5), "prod", "111111111111", "eu-west-1")
    assert naming.name(parts, max_length=limit) == f"{naming.name()}-{parts}"


def test_whatever_is_malformed_is_told_elsewhere() -> None:
    assert not [*prefix_fits({"project": 7, "name": "prod"}), *prefix_fits({"name": "p" * 60})]
