"""Production cannot be reached without tests, scan, plan and approval: shown on the job graphs of GitHub and GitLab.

Whoever takes one of them out of the files turns the first test of each red; the others show that this is so.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.workflows.files import gitlab, workflow
from tests.workflows.graph import github_jobs, gitlab_jobs, ways_into_production

Body = dict[str, Any]


def github(change: Callable[[Body, Body], object] = lambda deploy, deliver: None) -> list[str]:
    deploy, deliver = workflow("deploy.yml"), workflow("deliver.yml")
    change(deploy, deliver)
    return ways_into_production(github_jobs(deploy, {"deliver.yml": deliver}))


def test_github_has_no_way_around() -> None:
    assert github() == []


def test_the_graph_of_github_is_the_one_in_the_files() -> None:
    jobs = github_jobs(workflow("deploy.yml"), {"deliver.yml": workflow("deliver.yml")})
    assert jobs["prod/deploy"].needs == {"prod/plan", "test", "scan", "staging/deploy"}
    assert jobs["prod/plan"].needs == {"test", "scan", "staging/deploy"}
    assert {name: set(item.does) for name, item in jobs.items() if item.does} == {
        **{"test": {"test"}, "scan": {"scan"}},
        **{f"{name}/plan": {"plan"} for name in ("dev", "staging", "prod")},
        **{f"{name}/deploy": {"deploy"} for name in ("dev", "staging", "prod")},
    }
    assert [name for name, item in jobs.items() if item.waits] == ["prod/deploy"]


def step(job: Body, text: str) -> Body:
    (found,) = [item for item in job["steps"] if text in str(item.get("run", ""))]
    return found


GITHUB: dict[str, tuple[Callable[[Body, Body], object], str]] = {
    "no tests": (lambda deploy, _: [deploy["jobs"][name].update(needs=["scan"]) for name in ("image", "dev", "staging", "prod")], "no test before it"),
    "prod needs nothing": (lambda deploy, _: deploy["jobs"]["prod"].pop("needs"), "no test before it"),
    "tests are skipped over": (lambda deploy, _: deploy["jobs"]["test"].update({"continue-on-error": True}), "no test before it"),
    "a test step that may fail": (lambda deploy, _: step(deploy["jobs"]["test"], "make test").update({"continue-on-error": True}), "no test before it"),
    "nothing is tested": (lambda deploy, _: step(deploy["jobs"]["test"], "make test").update(run="true # make test"), "no test before it"),
    "scan may fail": (lambda deploy, _: deploy["jobs"]["scan"].update({"continue-on-error": True}), "no scan before it"),
    "prod starts whatever happened": (lambda deploy, _: deploy["jobs"]["prod"].update({"if": "always()"}), "no test before it"),
    "the deploy starts whatever happened": (lambda _, deliver: deliver["jobs"]["deploy"].update({"if": "${{ !cancelled() }}"}), "no plan of prod"),
    "no plan": (lambda _, deliver: deliver["jobs"]["deploy"].pop("needs"), "no plan of prod before it"),
    "no environment": (lambda _, deliver: deliver["jobs"]["deploy"].pop("environment"), "nobody is asked"),
    "an environment without reviewers": (lambda _, deliver: deliver["jobs"]["deploy"].update(environment="open"), "nobody is asked"),
    "another plan": (
        lambda _, deliver: step(deliver["jobs"]["deploy"], "slipway deploy").update(run=".venv/bin/slipway deploy prod --auto-approve"),
        "applies another plan",
    ),
    "the plan has the rights": (lambda _, deliver: deliver["jobs"]["plan"].update(environment="${{ inputs.environment }}"), "has the rights of prod"),
    "the image has the rights": (lambda deploy, _: deploy["jobs"]["image"].update(environment="prod"), "has the rights of prod"),
}  # fmt: skip


@pytest.mark.parametrize("way", GITHUB)
def test_every_way_around_on_github_is_found(way: str) -> None:
    change, expected = GITHUB[way]
    assert any(expected in found for found in github(change))


def on_gitlab(change: Callable[[Body], object] = lambda document: None) -> list[str]:
    document = gitlab()
    change(document)
    return ways_into_production(gitlab_jobs(document))


def test_gitlab_has_no_way_around() -> None:
    assert on_gitlab() == []


def test_the_graph_of_gitlab_is_the_one_in_the_file() -> None:
    jobs = gitlab_jobs(gitlab())
    assert set(jobs) == {
        "test",
        "scan",
        "build image",
        *(f"{kind} {name}" for kind in ("plan", "deploy") for name in ("dev", "staging", "prod")),
    }
    assert jobs["deploy prod"].needs == {"plan prod"} and jobs["plan prod"].needs == {"plan staging", "deploy staging"}
    assert jobs["build image"].needs == {"test", "scan"}, "by its stage"
    assert [name for name, item in jobs.items() if item.waits] == ["deploy prod"]


GITLAB: dict[str, tuple[Callable[[Body], object], str]] = {
    "prod needs nothing": (lambda ci: ci["deploy prod"].update(needs=[]), "no test before it"),
    "tests may fail": (lambda ci: ci["test"].update(allow_failure=True), "no test before it"),
    "scan may fail": (lambda ci: ci["scan"].update(allow_failure=True), "no scan before it"),
    "nothing is tested": (lambda ci: ci["test"].update(script=["true"]), "no test before it"),
    "tests last": (lambda ci: ci["test"].update(stage="watch") or ci["plan dev"].update(needs=["scan", "build image"]), "no test before it"),
    "no plan": (lambda ci: ci["deploy prod"].update(needs=["deploy staging"]), "no plan of prod before it"),
    "nobody is asked": (lambda ci: ci["deploy prod"]["rules"][0].update(when="on_success"), "nobody is asked"),
    "whatever happened": (lambda ci: ci["deploy prod"]["rules"][0].update(when="always"), "no test before it"),
    "another plan": (lambda ci: ci[".deploy"].update(script=["slipway deploy prod --auto-approve"]), "applies another plan"),
    "the plan has the rights": (lambda ci: ci["plan prod"]["environment"].update(name="prod"), "has the rights of prod"),
}  # fmt: skip


@pytest.mark.parametrize("way", GITLAB)
def test_every_way_around_on_gitlab_is_found(way: str) -> None:
    change, expected = GITLAB[way]
    assert any(expected in found for found in on_gitlab(change))
