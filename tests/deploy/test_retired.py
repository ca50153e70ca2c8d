"""A layer whose key is gone from the environment's file: its plan shows it going, a deploy or a destroy takes it away."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass

import pytest

from slipway.deploy.apply import apply_stack
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.preview import preview
from slipway.deploy.retired import resources, retired
from slipway.deploy.target import Target
from tests.deploy.support import Config

YES = lambda _review: True  # noqa: E731


@dataclass(frozen=True)
class _WithApi(Config):
    api: str | None = "anything"


@pytest.fixture
def target(make_target: Callable[..., Target]) -> Target:
    """An environment with an API, deployed; then the key `api` and the synthesized stack are gone."""
    made = make_target({"state": {"bucket": {"input": "stands for it"}}, "shared": {"a": {"input": "x"}}, "api": {"b": {"input": "y"}}})
    made.config = _WithApi()
    apply_stack(made, made.state_stack, YES)
    deploy(made, YES)
    assert resources(made, "dev-api") == 1
    made.config = _WithApi(api=None)
    shutil.rmtree(made.folder("dev-api"))
    return made


def test_a_plan_shows_it_going_and_a_deploy_takes_it_away(target: Target) -> None:
    review = preview(target)
    assert {stack.stack: stack.count("destroy") for stack in review.stacks} == {"dev-state": 0, "dev-shared": 0, "dev-api": 1}
    shutil.rmtree(target.folder("dev-api"))

    results = deploy(target, YES)
    assert [(result.review.stack, result.applied) for result in results][-1] == ("dev-api", True)
    assert resources(target, "dev-api") == 0
    assert retired(target) == []
    assert not target.folder("dev-api").exists(), "the stand-in document must not be scanned"


def test_a_deploy_of_one_stack_leaves_it(target: Target) -> None:
    deploy(target, YES, Options(stack="shared"))
    assert retired(target) == ["dev-api"]


def test_destroying_everything_takes_it_along(target: Target) -> None:
    assert [result.review.stack for result in destroy(target, YES)] == ["dev-api", "dev-shared", "dev-state"]
