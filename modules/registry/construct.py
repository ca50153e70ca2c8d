"""An ECR repository that keeps what was released."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules.registry.lifecycle import lifecycle_policy
from modules.registry.spec import RegistrySpec

PULL_ACTIONS = ("ecr:BatchCheckLayerAvailability", "ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What pulling an image needs besides `ecr:GetAuthorizationToken`, which no repository policy can grant."""

FUNCTION_PULL_ACTIONS = ("ecr:BatchGetImage", "ecr:GetDownloadUrlForLayer")
"""What Lambda needs (AWS Lambda developer guide, "Amazon ECR permissions")."""


@dataclass(frozen=True)
class RegistryRefs:
    """What other modules provide. `function_arns`: Lambda functions of this account that are made of the repository's images."""

    kms_key_arn: str
    function_arns: Sequence[str] = ()


@dataclass(frozen=True)
class RegistryOutputs:
    """What others need of a repository."""

    name: str = output("Name of the repository.")
    arn: str = output("ARN for IAM policies.")
    url: str = output("URL to push to and pull from, without tag or digest.")


class Registry(Construct):
    """One repository, called `project-environment-<name>` unless the spec says otherwise."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, name: str, spec: RegistrySpec, refs: RegistryRefs) -> None:
        super().__init__(scope, id)
        self._spec = spec
        self._function_arns = sorted(refs.function_arns)
        self._repository = self._create_repository(spec.repository_name(naming, name), refs)
        self._create_lifecycle()
        self._pullers: list[str] = []
        self._policy: Any = self._create_policy() if self._function_arns else None
        for principal in spec.pull_principals:
            self.grant_pull(principal)
        self.outputs = RegistryOutputs(name=self._repository.name, arn=self._repository.arn, url=self._repository.repository_url)

    def grant_pull(self, principal_arn: str) -> None:
        """Let an account, role or user pull, also from another account. An ARN token orders the role before the policy."""
        if principal_arn in self._pullers:
            return
        self._pullers.append(principal_arn)
        if self._policy is None:
            self._policy = self._create_policy()
        self._policy.policy = pull_policy(self._pullers, self._function_arns)

    def _create_repository(self, name: str, refs: RegistryRefs) -> Any:
        return aws.ecr_repository.EcrRepository(
            self,
            "repository",
            name=name,
            image_tag_mutability="IMMUTABLE",
            image_scanning_configuration={"scan_on_push": True},
            encryption_configuration=[
                aws.ecr_repository.EcrRepositoryEncryptionConfiguration(encryption_type="KMS", kms_key=refs.kms_key_arn)
            ],
            force_delete=self._spec.force_delete,
        )

    def _create_lifecycle(self) -> Any:
        return aws.ecr_lifecycle_policy.EcrLifecyclePolicy(
            self, "lifecycle_policy", repository=self._repository.name, policy=lifecycle_policy(self._spec)
        )

    def _create_policy(self) -> Any:
        return aws.ecr_repository_policy.EcrRepositoryPolicy(
            self, "repository_policy", repository=self._repository.name, policy=pull_policy(self._pullers, self._function_arns)
        )


def pull_policy(principal_arns: Sequence[str], function_arns: Sequence[str] = ()) -> str:
    """The repository policy that lets exactly these principals pull, and Lambda for exactly these functions."""
    statements: list[dict[str, Any]] = []
    if principal_arns:
        principals = {"AWS": sorted(principal_arns)}
        statements.append({"Sid": "Pull", "Effect": "Allow", "Principal": principals, "Action": list(PULL_ACTIONS)})
    if function_arns:
        condition = {"ArnLike": {"aws:SourceArn": list(function_arns)}}
        service = {"Service": "lambda.amazonaws.com"}
        actions = list(FUNCTION_PULL_ACTIONS)
        statements.append({"Sid": "Lambda", "Effect": "Allow", "Principal": service, "Action": actions, "Condition": condition})
    return json.dumps({"Version": "2012-10-17", "Statement": statements}, sort_keys=True, separators=(",", ":"))
