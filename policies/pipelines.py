"""A delivery pipeline as a graph: which action can only run after which others, and what each one does.

CodePipeline runs stages in order and, inside a stage, actions by `runOrder`; those with the same number run side by side. An action
comes surely before another one when it is in an earlier stage, or in the same stage with a lower number.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from policies.estate import Estate, Resource, blocks
from policies.statements import Statement, Unreadable, policies_of, read

_COMMANDS = {
    "test": re.compile(r"\$\{?TEST_COMMAND\b|\bmake test\b|\bpytest\b"),
    "scan": re.compile(r"\bslipway scan\b"),
    "plan": re.compile(r"\bslipway plan\b[^\n]*--save\b"),
    "deploy": re.compile(r"\bslipway deploy\b"),
}
_COMMENT = re.compile(r"^\s*#.*$", re.MULTILINE)


@dataclass(frozen=True)
class Action:
    """One action. `does`: test, scan, plan, deploy, approval. `gate`: a failure of it ends the execution."""

    name: str
    stage: int
    order: int
    does: frozenset[str]
    gate: bool
    project: Resource | None = field(default=None, repr=False)

    def surely_before(self, other: Action) -> bool:
        """Whether `other` cannot run unless this one has succeeded."""
        return self.gate and (self.stage, self.order) < (other.stage, other.order)

    def tag(self, name: str) -> str:
        """A tag of its CodeBuild project; empty without one."""
        tags = self.project.get("tags") if self.project is not None else None
        return str(tags.get(name, "")) if isinstance(tags, Mapping) else ""

    @property
    def production(self) -> bool:
        """Whether it works on production: everything that is not known to work on something else."""
        return self.tag("production") != "false"


def actions(pipeline: Resource, estate: Estate) -> list[Action]:
    """All actions in the order of the definition."""
    found = []
    for index, stage in enumerate(pipeline.blocks("stage")):
        gate = not _may_be_skipped(stage)
        for action in blocks(stage, "action"):
            project = _project(action, pipeline, estate)
            order = int(action.get("run_order") or 1)
            found.append(Action(str(action.get("name")), index, order, frozenset(_does(action, project)), gate, project))
    return found


def approvals(deploy: Action, found: list[Action]) -> list[Action]:
    """Approvals without which `deploy` cannot run, and which cannot be given before its environment was planned."""
    before = [item for item in found if item.surely_before(deploy)]
    plans = [item for item in before if "plan" in item.does and item.tag("delivers") == deploy.tag("delivers")]
    return [item for item in before if "approval" in item.does and any(plan.surely_before(item) for plan in plans)]


def _may_be_skipped(stage: Mapping[str, Any]) -> bool:
    """Whether CodePipeline goes on although the stage did not run or failed (result SKIP of a condition)."""
    conditions = [item for name in ("before_entry", "on_failure", "on_success") for item in blocks(stage, name)]
    conditions += [inner for item in conditions for inner in blocks(item, "condition")]
    return any(item.get("result") == "SKIP" for item in conditions)


def _does(action: Mapping[str, Any], project: Resource | None) -> Iterator[str]:
    if action.get("category") == "Approval":
        yield "approval"
    if project is not None:
        text = _COMMENT.sub("", buildspec(project))
        yield from (name for name, pattern in _COMMANDS.items() if pattern.search(text))


def buildspec(project: Resource) -> str:
    """The text of a project's buildspec; empty when it is a file of the source."""
    return "\n".join(str(source.get("buildspec") or "") for source in project.blocks("source"))


def _project(action: Mapping[str, Any], pipeline: Resource, estate: Estate) -> Resource | None:
    if action.get("provider") != "CodeBuild":
        return None
    configuration = action.get("configuration")
    name = configuration.get("ProjectName") if isinstance(configuration, Mapping) else None
    text = estate.text(name, pipeline.document)
    return next((item for item in estate.resources("aws_codebuild_project") if estate.text(item.get("name"), item.document) == text), None)


def role_of(project: Resource, estate: Estate) -> Resource | None:
    """The role that builds of a project run with, when the estate has it."""
    text = estate.text(project.get("service_role"), project.document)
    for role in estate.resources("aws_iam_role"):
        name = estate.text(role.get("name"), role.document)
        if text.rpartition("/")[2] == name or estate.points_at(project.get("service_role"), project.document, role):
            return role
    return None


def rights(project: Resource, estate: Estate) -> list[Statement]:
    """What builds of a project may do. Raises `Unreadable`, also for a role that the estate does not have."""
    role = role_of(project, estate)
    if role is None:
        raise Unreadable(f"its role {project.get('service_role')} is not in these stacks")
    attached = estate.attached(role, "aws_iam_role_policy", "role")
    policies = [(policy, item) for item in (role, *attached) for policy in policies_of(item)]
    return [statement for policy, item in policies for statement in read(policy, item.document) if statement.allows]


def assumed(project: Resource, estate: Estate) -> frozenset[str]:
    """ARNs of the roles that builds of a project may assume. Raises `Unreadable`."""
    return frozenset(arn for item in rights(project, estate) for arn in item.resources if _assumes(item))


def _assumes(statement: Statement) -> bool:
    return any(action.lower() in ("*", "sts:*", "sts:assumerole") for action in statement.actions)
