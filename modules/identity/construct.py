"""IAM roles: one for each model, one to deploy, one to plan."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.identity.execution import ExecutionRoleRefs, execution_statements
from modules.identity.people import AccessRefs, deploy_policies, deploy_trust, read_only_policies, read_only_trust
from modules.identity.policy import INLINE_LIMIT, MANAGED_LIMIT, TRUST_LIMIT, Statement, limited
from modules.identity.role_access import execution_role_name
from modules.identity.spec import AccessSpec, ExecutionRoleSpec, RoleSpec
from modules.identity.trust import GITHUB_HOST, sagemaker_trust


@dataclass(frozen=True)
class ExecutionRoleOutputs:
    """What a model needs of its role."""

    arn: str = output("ARN of the role SageMaker assumes, ready for use: known once its permissions are in place.")
    name: str = output("Name of the role.")


@dataclass(frozen=True)
class DeployRoleOutputs:
    """What people and CI need to deploy."""

    arn: str = output("ARN of the role to assume for `slipway deploy`.")


@dataclass(frozen=True)
class ReadOnlyRoleOutputs:
    """What people and CI need to plan."""

    arn: str = output("ARN of the role to assume for `slipway plan`.")


@dataclass(frozen=True)
class AccessOutputs:
    """The roles for people and CI that exist."""

    deploy_role_arn: str | None = output("ARN of the role to assume for `slipway deploy`; absent when nobody may assume it.")
    read_only_role_arn: str | None = output("ARN of the role to assume for `slipway plan`; absent when nobody may assume it.")


class ExecutionRole(Construct):
    """The role of one model, permitted what `refs` says the model uses; with `spec.role_arn`, nothing but that ARN passed on."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: ExecutionRoleSpec, refs: ExecutionRoleRefs) -> None:
        super().__init__(scope, id)
        if spec.role_arn is not None:
            self.outputs = ExecutionRoleOutputs(arn=spec.role_arn, name=spec.role_arn.rpartition("/")[2])
            return
        role = _role(
            self, spec, execution_role_name(naming, name), f"SageMaker runs model {name} of {naming.name()}", [sagemaker_trust(naming)]
        )
        policy = self._create_policy(role, limited(execution_statements(naming, name, refs), INLINE_LIMIT, f"the policy of model {name}"))
        # The name is read back from the policy, so that whoever uses the ARN waits until SageMaker may act with it.
        self.outputs = ExecutionRoleOutputs(arn=naming.arn("iam", f"role{spec.path}{policy.role}", region=False), name=role.name)

    def _create_policy(self, role: Any, document: str) -> Any:
        return aws.iam_role_policy.IamRolePolicy(self, "policy", name="model", role=role.name, policy=document)


class DeployRole(Construct):
    """May plan, deploy and destroy the environment's shared and serving stacks, and use its state."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: AccessSpec, refs: AccessRefs) -> None:
        super().__init__(scope, id)
        role = _role(self, spec, naming.name("deploy", max_length=64), f"Deploys {naming.name()}", deploy_trust(naming, spec))
        _attach_policies(self, naming, spec, role, kind="deploy", policies=deploy_policies(naming, spec, refs))
        self.outputs = DeployRoleOutputs(arn=role.arn)


class ReadOnlyRole(Construct):
    """May plan the environment: read its state and resources, and take the lock while doing so."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: AccessSpec, refs: AccessRefs) -> None:
        super().__init__(scope, id)
        role = _role(self, spec, naming.name("read-only", max_length=64), f"Plans {naming.name()}", read_only_trust(naming, spec))
        _attach_policies(self, naming, spec, role, kind="read-only", policies=read_only_policies(naming, spec, refs))
        self.outputs = ReadOnlyRoleOutputs(arn=role.arn)


class Access(Construct):
    """The deploy and the read-only role, each when somebody may assume it, and the OIDC provider they trust."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: AccessSpec, refs: AccessRefs) -> None:
        super().__init__(scope, id)
        if spec.github is not None and spec.github.create_provider:
            self._create_provider("github", GITHUB_HOST, "sts.amazonaws.com")
        if spec.gitlab is not None and spec.gitlab.create_provider:
            self._create_provider("gitlab", spec.gitlab.host, f"https://{spec.gitlab.host}")
        deploy = DeployRole(self, "deploy", naming=naming, spec=spec, refs=refs) if spec.has_deploy_role else None
        read_only = ReadOnlyRole(self, "read_only", naming=naming, spec=spec, refs=refs) if spec.has_read_only_role else None
        self.outputs = AccessOutputs(
            deploy_role_arn=deploy.outputs.arn if deploy else None,
            read_only_role_arn=read_only.outputs.arn if read_only else None,
        )

    def _create_provider(self, id: str, host: str, audience: str) -> Any:
        return aws.iam_openid_connect_provider.IamOpenidConnectProvider(self, id, url=f"https://{host}", client_id_list=[audience])


def _role(scope: Construct, spec: RoleSpec, name: str, description: str, trust: Sequence[Statement]) -> Any:
    if not trust:
        raise ValueError(f"role {name}: nobody may assume it; name principals or a GitHub repository, or leave the role out")
    return aws.iam_role.IamRole(
        scope,
        "role",
        name=name,
        path=spec.path,
        description=description,
        assume_role_policy=limited(trust, TRUST_LIMIT, f"the trust policy of {name}"),
        permissions_boundary=spec.permissions_boundary,
        max_session_duration=spec.max_session_duration,
    )


def _attach_policies(
    scope: Construct, naming: Naming, spec: RoleSpec, role: Any, *, kind: str, policies: Mapping[str, Sequence[Statement]]
) -> None:
    """Managed policies: a role's inline policies together would be too large."""
    for number, statements in policies.items():
        name = naming.name(kind, number, max_length=128)
        policy = aws.iam_policy.IamPolicy(
            scope, f"policy_{number}", name=name, path=spec.path, policy=limited(statements, MANAGED_LIMIT, f"the policy {name}")
        )
        aws.iam_role_policy_attachment.IamRolePolicyAttachment(scope, f"attachment_{number}", role=role.name, policy_arn=policy.arn)
