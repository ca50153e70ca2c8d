"""Tags that everything carries."""

from __future__ import annotations

from policies.estate import Estate, Resource, blocks
from policies.rule import NOT_APPLICABLE, Rule, Verdict, verdict

REQUIRED = ("environment", "owner", "project", "stack")
"""Tag keys that cost reports, clean-up and on-call look for."""


def _check(terraform: Resource, _: Estate) -> Verdict:
    content = terraform.document.content
    if not any(kind.startswith("aws_") for kind in content.get("resource", {})):
        return NOT_APPLICABLE
    problems = []
    for provider in blocks(content.get("provider", {}), "aws") or [{}]:
        tags = {key for default in blocks(provider, "default_tags") for key, value in (default.get("tags") or {}).items() if value}
        if missing := [name for name in REQUIRED if name not in tags]:
            problems.append(f"provider aws{_alias(provider.get('alias'))}: default_tags lack {', '.join(missing)}")
    return verdict(problems)


def _alias(alias: object) -> str:
    return f".{alias}" if alias else ""


RULE = Rule(
    id="CKV_SLIPWAY_27",
    title="Ensure every resource carries the tags environment, owner, project and stack",
    why="What nobody owns nobody pays for or cleans up. The provider's default_tags reach every taggable resource of a stack.",
    fix="tags.owner in environments/_defaults.yaml; the others come by themselves",
    applies_to=("terraform",),
    check=_check,
)
