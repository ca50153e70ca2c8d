"""The pull-request workflow beyond what holds for every workflow (test_files.py)."""

from __future__ import annotations

from tests.workflows.commands import calls
from tests.workflows.files import steps, workflow


def test_tests_get_no_rights_and_the_plan_those_it_needs() -> None:
    jobs = workflow("review.yml")["jobs"]
    assert "permissions" not in jobs["test"], "they run the pull request's own code"
    assert jobs["plan"]["permissions"] == {"contents": "read", "id-token": "write", "pull-requests": "write", "security-events": "write"}
    assert jobs["plan"]["environment"] == "plan-${{ matrix.environment }}", "read_only_subjects trusts it"


def test_it_validates_scans_and_plans_and_changes_nothing() -> None:
    found = [call[0] for step in steps(workflow("review.yml")) for call in calls(step.get("run", ""))]
    assert found == ["validate", "scan", "plan"]


def test_the_plan_is_one_comment_that_is_kept_up_to_date() -> None:
    (comment,) = [step["run"] for step in steps(workflow("review.yml")) if step.get("name") == "Comment"]
    assert 'marker="<!-- slipway plan $ENVIRONMENT -->"' in comment and "--method PATCH" in comment and "gh pr comment" in comment
