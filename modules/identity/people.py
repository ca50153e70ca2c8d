"""Permissions and trust of the roles for people and CI. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from modules._shared.naming import Naming
from modules.identity.access import Access, deploy_statements, plan_statements
from modules.identity.api_access import api
from modules.identity.batch_transform_access import batch_transform
from modules.identity.delivery_access import delivery
from modules.identity.fargate_access import fargate
from modules.identity.lambda_endpoint_access import lambda_endpoint
from modules.identity.load_test_access import load_test
from modules.identity.network_access import network
from modules.identity.observability_access import observability
from modules.identity.operations_access import operations
from modules.identity.packing import packed
from modules.identity.policy import Statement
from modules.identity.role_access import roles
from modules.identity.serving_access import serving
from modules.identity.shared_access import buckets, compilations, keys, prebuilt_images, repositories, state
from modules.identity.spec import AccessSpec
from modules.identity.training_access import training
from modules.identity.trust import github_trust, gitlab_trust, principals_trust


@dataclass(frozen=True)
class AccessRefs:
    """What the environment consists of, by literal names.

    `artifact_buckets` are those that releases go to, `emptied_buckets` those that a destroy may empty; both are among
    `buckets`. `execution_role_boundaries` are the permissions boundaries of all execution roles: when given, no execution role
    can be made without one of them. `brought_role_arns` are only passed. `optional_layers` are those of network, api,
    observability and load_test that the environment has. `flow_logs_boundary`, `api_boundary` and `load_test_boundary`, when
    given, are the permissions boundaries without which the roles of the flow logs, the API and the load testers cannot be made;
    `operations_boundary` those of the operations;
    `training_boundary` that of all training pipelines. `training_bucket` is the name of their bucket, where there are some.
    `functions` and `function_roles` are the names of models in Lambda functions and of their roles; `functions_boundary` that of the roles.
    `transform_bucket`: bucket of the data of batch transforms, where there are some; `transform_boundary` that of their schedules' roles.
    """

    state_bucket: str
    lock_table: str | None
    state_key_alias: str
    artifacts_key_alias: str
    buckets: tuple[str, ...] = ()
    artifact_buckets: tuple[str, ...] = ()
    emptied_buckets: tuple[str, ...] = ()
    repositories: tuple[str, ...] = ()
    prebuilt_repository_arns: tuple[str, ...] = ()
    compiles: bool = False
    execution_role_paths: tuple[str, ...] = ("/",)
    execution_role_boundaries: tuple[str, ...] = ()
    brought_role_arns: tuple[str, ...] = ()
    optional_layers: tuple[str, ...] = ()
    flow_logs_boundary: str | None = None
    api_boundary: str | None = None
    load_test_boundary: str | None = None
    operations_boundary: str | None = None
    training_bucket: str = ""
    training_boundary: str | None = None
    transform_bucket: str = ""
    transform_boundary: str | None = None
    functions: tuple[str, ...] = ()
    function_roles: tuple[str, ...] = ()
    functions_boundary: str | None = None
    fargate: bool = False
    fargate_boundary: str | None = None


def deploy_policies(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> dict[str, list[Statement]]:
    """Managed policies of the deploy role: number -> statements."""
    return packed(deploy_statements(_rows(naming, spec, refs)))


def read_only_policies(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> dict[str, list[Statement]]:
    """Managed policies of the read-only role: number -> statements."""
    return packed(plan_statements(_rows(naming, spec, refs)))


def deploy_trust(naming: Naming, spec: AccessSpec) -> list[Statement]:
    """Who may assume the deploy role."""
    found = principals_trust(spec.deploy_principals)
    if spec.github is not None:
        subjects = spec.github.deploy_subjects or (f"environment:{naming.environment}",)
        found.append(github_trust(naming, spec.github.repository, subjects))
    if spec.gitlab is not None:
        found.append(gitlab_trust(naming, spec.gitlab.host, spec.gitlab.project, spec.gitlab.deploy_refs))
    return found


def read_only_trust(naming: Naming, spec: AccessSpec) -> list[Statement]:
    """Who may assume the read-only role."""
    found = principals_trust(spec.read_only_principals)
    if spec.github is not None and spec.github.read_only_subjects != ():
        subjects = spec.github.read_only_subjects or ("pull_request", f"environment:plan-{naming.environment}")
        found.append(github_trust(naming, spec.github.repository, subjects))
    if spec.gitlab is not None:
        refs = () if spec.gitlab.merge_requests_plan else spec.gitlab.deploy_refs
        found.append(gitlab_trust(naming, spec.gitlab.host, spec.gitlab.project, refs))
    return found


def _rows(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> list[Access]:
    """What every environment has comes first: its place in the policies never changes."""
    parts = (_always(naming, spec, refs), _of_layers(naming, refs), _of_hosting(naming, refs))
    return [row for part in parts for rows in part.values() for row in rows]


def _always(naming: Naming, spec: AccessSpec, refs: AccessRefs) -> dict[str, list[Access]]:
    return {
        "state": state(naming, refs.state_bucket, refs.lock_table),
        "storage": [
            *buckets(naming, refs.buckets, artifacts=refs.artifact_buckets, emptied=refs.emptied_buckets),
            *repositories(naming, refs.repositories),
        ],
        "keys": keys(naming, state_alias=refs.state_key_alias, artifacts_alias=refs.artifacts_key_alias),
        "roles": roles(
            naming,
            spec.path,
            refs.execution_role_paths,
            refs.brought_role_arns,
            refs.execution_role_boundaries,
            gitlab_host=spec.gitlab.host if spec.gitlab else "",
        ),
        "serving": serving(naming),
    }


def _of_layers(naming: Naming, refs: AccessRefs) -> dict[str, list[Access]]:
    rows: Mapping[str, Callable[[], list[Access]]] = {
        "network": lambda: network(naming, refs.flow_logs_boundary),
        "training": lambda: training(naming, refs.training_bucket, refs.training_boundary),
        "api": lambda: api(naming, refs.api_boundary),
        "observability": lambda: observability(naming),
        "load_test": lambda: load_test(naming, refs.load_test_boundary),
        "operations": lambda: operations(naming, refs.operations_boundary),
        "delivery": lambda: delivery(naming),
    }
    return {layer: make() for layer, make in rows.items() if layer in refs.optional_layers}


def _of_hosting(naming: Naming, refs: AccessRefs) -> dict[str, list[Access]]:
    found = {
        "prebuilt_images": prebuilt_images(refs.prebuilt_repository_arns),
        "compilations": compilations(naming) if refs.compiles else [],
    }
    if refs.transform_bucket:
        found["batch_transform"] = batch_transform(naming, refs.transform_bucket, refs.transform_boundary)
    if refs.fargate:
        found["fargate"] = fargate(naming, refs.fargate_boundary)
    if refs.functions:
        found["lambda_endpoint"] = lambda_endpoint(naming, refs.functions, refs.function_roles, refs.functions_boundary)
    return found
