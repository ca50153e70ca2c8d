"""The smallest real use of the module: a model's role, and roles for CI."""

from __future__ import annotations

from typing import Any

from modules._shared.naming import Naming
from modules._shared.outputs import export
from modules.identity.construct import Access, ExecutionRole
from modules.identity.execution import ExecutionRoleRefs
from modules.identity.people import AccessRefs
from modules.identity.spec import AccessSpec, ExecutionRoleSpec, GithubSpec


def build(stack: Any) -> None:
    """A role for the model `wine`, and two for the workflows of one repository."""
    naming = Naming("slipway", "example", "111111111111", "eu-west-1")
    uses = ExecutionRoleRefs(
        endpoint_names=(naming.name("wine"),),
        repository_arns=(naming.arn("ecr", f"repository/{naming.name('inference')}"),),
        models_bucket=naming.bucket("models"),
        artifacts_key_arn=naming.arn("kms", "key/00000000-0000-0000-0000-000000000000"),
    )
    role = ExecutionRole(stack, "wine_role", naming=naming, name="wine", spec=ExecutionRoleSpec(), refs=uses)
    export(stack, "wine_role", role.outputs)

    parts = AccessRefs(
        state_bucket=naming.bucket("tfstate"),
        lock_table=naming.name("tflock"),
        state_key_alias=f"alias/{naming.name('tfstate')}",
        artifacts_key_alias=f"alias/{naming.name('artifacts')}",
        buckets=(naming.bucket("models"),),
        artifact_buckets=(naming.bucket("models"),),
        repositories=(naming.name("inference"),),
    )
    spec = AccessSpec(github=GithubSpec(repository="example/models"))
    export(stack, "access", Access(stack, "access", naming=naming, spec=spec, refs=parts).outputs)
