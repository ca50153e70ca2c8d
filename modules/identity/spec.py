"""Options of the `identity` module."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field, model_validator

from modules._shared.fields import PolicyArn, PrincipalArn, RoleArn
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

Principals = Annotated[tuple[PrincipalArn, ...], Field(strict=False)]
Subject = Annotated[str, Field(pattern=r"^(pull_request|environment:[A-Za-z0-9_.-]+|ref:refs/(heads|tags)/[A-Za-z0-9_./-]+)$")]
"""The end of a GitHub OIDC subject: `pull_request`, `environment:NAME` or `ref:refs/heads/NAME`; no wildcards."""


def _no_traversal(value: str) -> str:
    if "//" in value:
        raise ValueError("an IAM path has no empty part (//)")
    return value


class RoleSpec(Spec):
    """What every role here can be given."""

    path: Annotated[str, AfterValidator(_no_traversal)] = Field(
        "/", max_length=512, pattern=r"^/([A-Za-z0-9_+=,.@-]+/)*$", description="IAM path of the role, such as `/machine-learning/`."
    )
    permissions_boundary: PolicyArn | None = Field(
        None, description="ARN of the managed policy that caps what the role can ever do; many organisations demand one."
    )
    max_session_duration: int = Field(3600, ge=3600, le=43200, description="Longest session in seconds (IAM: 3600-43200).")


class ExecutionRoleSpec(RoleSpec):
    """The role SageMaker assumes for one model: generated from what the model uses, or brought along."""

    role_arn: RoleArn | None = Field(
        None, description="ARN of an existing role to use instead: nothing is created, and its permissions are yours to keep."
    )

    @model_validator(mode="after")
    def _brought_role_has_no_options(self) -> ExecutionRoleSpec:
        ignored = sorted(self.model_fields_set - {"role_arn"})
        if self.role_arn is not None and ignored:
            raise ValueError(f"role_arn names an existing role, so {', '.join(ignored)} would have no effect; leave one of the two out")
        return self


class GithubSpec(Spec):
    """Trust in a repository's GitHub Actions by OpenID Connect: no long-lived keys."""

    repository: str = Field(pattern=r"^[A-Za-z0-9-]+/[A-Za-z0-9_.-]+$", description="`owner/name` of the repository.")
    deploy_subjects: Annotated[tuple[Subject, ...], Field(strict=False)] = Field(
        (),
        description="Who may deploy: `environment:NAME` or `ref:refs/heads/NAME`; by default the GitHub environment called like this one.",
    )
    read_only_subjects: Annotated[tuple[Subject, ...], Field(strict=False)] | None = Field(
        None,
        description="Who may plan: `pull_request`, `environment:NAME` or `ref:refs/heads/NAME`; by default pull requests, and the GitHub "
        "environment called plan- and like this one. An environment that is promoted from here plans and applies with this role, too.",
    )
    create_provider: bool = Field(
        True, description="Create the account's OIDC provider for GitHub; an account can have one only, so turn it off where it exists."
    )

    @model_validator(mode="after")
    def _pull_requests_never_deploy(self) -> GithubSpec:
        if "pull_request" in self.deploy_subjects:
            raise ValueError("deploy_subjects: pull_request would let unreviewed code deploy; use environment:NAME or ref:refs/heads/NAME")
        return self


GitlabRef = Annotated[str, Field(pattern=r"^(branch|tag):[A-Za-z0-9_./-]+$", max_length=200)]
"""`branch:NAME` or `tag:NAME` of a GitLab project; no wildcards."""


class GitlabSpec(Spec):
    """Trust in a project's GitLab CI by OpenID Connect: no long-lived keys."""

    project: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", max_length=255, description="Path of the project: `group/name`, with all groups."
    )
    host: str = Field("gitlab.com", pattern=r"^[a-z0-9-]+(\.[a-z0-9-]+)+$", max_length=253, description="Host name of GitLab.")
    deploy_refs: Annotated[tuple[GitlabRef, ...], AtLeast(1), Field(strict=False)] = Field(
        ("branch:main",), description="Jobs of which refs may deploy: `branch:NAME` or `tag:NAME`, which GitLab must protect."
    )
    merge_requests_plan: bool = Field(True, description="Jobs of every branch may plan; off: only those of deploy_refs.")
    create_provider: bool = Field(
        True, description="Create the account's OIDC provider for this host; an account can have one only, so turn it off where it exists."
    )


class AccessSpec(RoleSpec):
    """Who may deploy this environment, and who may plan it. A role without anybody to assume it is not created."""

    deploy_principals: Principals = Field((), description="ARNs of accounts (root), roles or users that may assume the deploy role.")
    read_only_principals: Principals = Field((), description="ARNs of accounts (root), roles or users that may assume the read-only role.")
    github: GithubSpec | None = Field(None, description="GitHub Actions that may assume the roles.")
    gitlab: GitlabSpec | None = Field(None, description="GitLab CI that may assume the roles.")

    @property
    def has_deploy_role(self) -> bool:
        """Whether anybody may assume the deploy role."""
        return bool(self.deploy_principals) or self.github is not None or self.gitlab is not None

    @property
    def has_read_only_role(self) -> bool:
        """Whether anybody may assume the read-only role."""
        return bool(self.read_only_principals) or bool(self.github and self.github.read_only_subjects != ()) or self.gitlab is not None
