"""What builds may do that no approval stands before."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource
from policies.pipelines import Action, actions, approvals, assumed
from policies.rule import Rule, Verdict, unknown, verdict
from policies.statements import Unreadable


def _check(pipeline: Resource, estate: Estate) -> Verdict:
    try:
        return verdict(_problems(actions(pipeline, estate), estate))
    except Unreadable as error:
        return unknown(str(error))


def _problems(found: list[Action], estate: Estate) -> Iterator[str]:
    for deploy in found:
        if "deploy" not in deploy.does or not deploy.production or deploy.project is None:
            continue
        guarded = {arn for arn in assumed(deploy.project, estate) if not arn.endswith("-read-only")}
        own = approvals(deploy, found)
        behind = {item.project.address for item in found if item.project is not None and any(one.surely_before(item) for one in own)}
        for project in estate.resources("aws_codebuild_project"):
            if project.address not in behind and (taken := sorted(guarded & assumed(project, estate))):
                yield f"{project.get('name')} may assume {', '.join(taken)} before anybody has approved {deploy.name}"


RULE = Rule(
    id="CKV_SLIPWAY_82",
    title="Ensure no build can assume production's deploy role before the approval",
    why="A build runs the commit's own code: with that role it needs no approval.",
    fix="plan with the read-only role; the deploy role only for builds that run after the approval",
    applies_to=("aws_codepipeline",),
    check=_check,
)
