"""What privileged builds may do."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource
from policies.pipelines import rights
from policies.rule import NOT_APPLICABLE, Rule, Verdict, unknown, verdict
from policies.statements import Statement, Unreadable


def _check(project: Resource, estate: Estate) -> Verdict:
    if not any(block.get("privileged_mode") for block in project.blocks("environment")):
        return NOT_APPLICABLE
    try:
        return verdict(_problems(rights(project, estate)))
    except Unreadable as error:
        return unknown(str(error))


def _problems(statements: list[Statement]) -> Iterator[str]:
    pushes = {arn for item in statements if "ecr:putimage" in _lower(item) for arn in item.resources}
    if len(pushes) > 1 or any("*" in arn for arn in pushes):
        yield f"it is privileged and may push to {', '.join(sorted(pushes))}"
    if any("sts:assumerole" in _lower(item) for item in statements):
        yield "it is privileged and may assume roles"


def _lower(statement: Statement) -> set[str]:
    return {action.lower() for action in statement.actions}


RULE = Rule(
    id="CKV_SLIPWAY_81",
    title="Ensure a privileged build may push to one repository and assume no role",
    why="A privileged container can take over its host; CKV_AWS_316 forbids it everywhere, although building images needs it.",
    fix="one project of its own for the image; its role gets ecr:PutImage on one repository and no sts:AssumeRole",
    applies_to=("aws_codebuild_project",),
    check=_check,
)
