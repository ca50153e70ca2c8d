"""How a stack reaches its state."""

from __future__ import annotations

from collections.abc import Iterator

from policies.estate import Estate, Resource, blocks
from policies.rule import Rule, Verdict, verdict

_CREDENTIALS = ("access_key", "secret_key", "token")


def _check(terraform: Resource, _: Estate) -> Verdict:
    providers = [
        provider
        for name in terraform.document.content.get("provider", {})
        for provider in blocks(terraform.document.content["provider"], name)
    ]
    backends = [s3 for backend in terraform.blocks("backend") for s3 in blocks(backend, "s3")]
    problems = [f"credentials in the file: {name}" for block in (*providers, *backends) for name in _CREDENTIALS if block.get(name)]
    if not backends:
        problems.append("no S3 backend: the state would live on one machine")
    return verdict([*problems, *(problem for backend in backends for problem in _problems(backend))])


def _problems(backend: object) -> Iterator[str]:
    settings = backend if isinstance(backend, dict) else {}
    if settings.get("encrypt") is not True:
        yield "encrypt is not true"
    if settings.get("use_lockfile") is not True:
        yield "use_lockfile is not true"
    if not settings.get("dynamodb_table"):
        yield "no dynamodb_table: nothing notices a state that was deleted or emptied"


RULE = Rule(
    id="CKV_SLIPWAY_20",
    title="Ensure a stack's state is remote, encrypted and locked twice, without credentials in the file",
    why="With use_lockfile alone Terraform takes an emptied state for an empty world and would build everything again; "
    "only the DynamoDB digest notices.",
    fix="state.lock: both",
    applies_to=("terraform",),
    check=_check,
)
