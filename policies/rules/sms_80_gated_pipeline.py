"""What a pipeline must have passed before it deploys."""

from __future__ import annotations

import re
from collections.abc import Iterator

from policies.estate import Estate, Resource
from policies.pipelines import Action, actions, approvals, buildspec
from policies.rule import Rule, Verdict, verdict

_DEPLOY = re.compile(r"\bslipway deploy\b[^\n]*")


def _check(pipeline: Resource, estate: Estate) -> Verdict:
    found = actions(pipeline, estate)
    return verdict(f"{item.name}: {problem}" for item in found if "deploy" in item.does for problem in _problems(item, found))


def _problems(deploy: Action, found: list[Action]) -> Iterator[str]:
    before = [item for item in found if item.surely_before(deploy)]
    for kind in ("test", "scan"):
        if not any(kind in item.does for item in before):
            yield f"can run without a {kind} that passed"
    if not deploy.production:
        return
    if not approvals(deploy, found):
        yield "can run without an approval of its plan"
    if deploy.project is not None and not all("--approved" in command for command in _DEPLOY.findall(buildspec(deploy.project))):
        yield "applies another plan than the approved one"


RULE = Rule(
    id="CKV_SLIPWAY_80",
    title="Ensure a pipeline deploys only after tests and scan, and production only what was planned and approved",
    why="A stage that is taken out, made skippable or set beside the deploy lets unchecked commits through, and nothing else shows it.",
    fix="test and scan in stages before; for production plan, then a manual approval, then `slipway deploy --approved`, by run_order",
    applies_to=("aws_codepipeline",),
    check=_check,
)
