"""Permissions and trust of the roles for people and CI. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modules._shared.naming import Naming
from modules.identity.access import Access, deploy_statements, plan_statements
from modules.identity.api_access import api
from modules.identity.load_test_access import load_test
from modules.identity.network_access import network
from modules.identity.observability_access import observability
from modules.identity.policy import Statement
from modules.identity.role_access import roles
from modules.identity.serving_access import serving
from modules.identity.shared_access import buckets, keys, repositories, state
from modules.identity.spec import AccessSpec
from modules.identity.trust import github_trust, principals_trust

_OPTIONAL: Mapping[str, Callable[[Naming], list[Access]]] = {
    "observability": observability,
}


@dataclass(frozen=True)
class AccessRefs:
    """What the environment consists of, by literal names.

    `artifact_buckets` are those that releases go to, `emptied_buckets` those that a destroy may empty; both are among
    `buckets`. `execution_role_boundaries` are the permissions boundaries of all execution roles: when given, no execution role
    can be made without one of them. `brought_role_arns` are only passed. `optional_layers` are those of network, api,
    observability and load_test that the environment has. `flow_logs_boundary`, `api_boundary` and `load_test_boundary`, when
    given, are the permissions boundaries without which the roles of the flow logs, the API and the load testers cannot be made.
    """

    state_bucket: str
    lock_table: str | None
    state_key_alias: str
    artifacts_key_alias: str
    buckets: tuple[str, ...] = ()
    artifact_buckets: tuple[str, ...] = ()
    emptied_buckets: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    execution_role_paths: tuple[str, ...] = ("/",)
    execution_role_boundaries: tuple[str, ...] = ()
    brought_role_arns: tuple[str, ...] = ()
    optional_layers: tuple[str, ...] = ()
    flow_logs_boundary: str | None = None
    api_boundary: str | None = None
    load_test_boundary: str | None = None


def deploy_policies(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> dict[str, list[Statement]]:
    """Managed policies of the deploy role: name -> statements."""
    return {name: deploy_statements(rows) for name, rows in _rows(naming, spec, refs).items()}


def read_only_policies(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> dict[str, list[Statement]]:
    """Managed policies of the read-only role: name -> statements."""
    return {name: plan_statements(rows) for name, rows in _rows(naming, spec, refs).items()}


def deploy_trust(naming: Naming, spec: AccessSpec) -> list[Statement]:
    """Who may assume the deploy role."""
    found = [principals_trust(spec.deploy_principals)] if spec.deploy_principals else []
    if spec.github is not None:
        subjects = spec.github.deploy_subjects or (f"environment:{naming.environment}",)
        found.append(github_trust(naming, spec.github.repository, subjects))
    return found


def read_only_trust(naming: Naming, spec: AccessSpec) -> list[Statement]:
    """Who may assume the read-only role."""
    found = [principals_trust(spec.read_only_principals)] if spec.read_only_principals else []
    if spec.github is not None and spec.github.read_only_subjects:
        found.append(github_trust(naming, spec.github.repository, spec.github.read_only_subjects))
    return found


def _rows(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> Mapping[str, list[Access]]:
    """One group for each managed policy, so that none outgrows IAM's limit."""
    return {
        "state": state(naming, refs.state_bucket, refs.lock_table),
        "storage": [
            *buckets(naming, refs.buckets, artifacts=refs.artifact_buckets, emptied=refs.emptied_buckets),
            *repositories(naming, refs.repositories),
        ],
        "keys": keys(naming, state_alias=refs.state_key_alias, artifacts_alias=refs.artifacts_key_alias),
        "roles": roles(naming, spec.path, refs.execution_role_paths, refs.brought_role_arns, refs.execution_role_boundaries),
        "serving": serving(naming),
        **({"network": network(naming, refs.flow_logs_boundary)} if "network" in refs.optional_layers else {}),
        **({"api": api(naming, refs.api_boundary)} if "api" in refs.optional_layers else {}),
        **({"load_test": load_test(naming, refs.load_test_boundary)} if "load_test" in refs.optional_layers else {}),
        **{layer: rows(naming) for layer, rows in _OPTIONAL.items() if layer in refs.optional_layers},
    }
