"""Options of the `delivery` module."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field, model_validator

from modules._shared.fields import LogRetention, PolicyArn, RoleArn
from modules._shared.naming import Naming
from modules._shared.sequences import AtLeast
from modules._shared.spec import Spec

Provider = Literal["GitHub", "GitLab", "Bitbucket"]
_EnvironmentName = Annotated[str, Field(pattern=r"^[a-z][a-z0-9]*(-[a-z0-9]+)*$", max_length=20)]
_Name = Annotated[str, Field(pattern=r"^[a-zA-Z0-9](-*[a-zA-Z0-9]){0,62}$")]
_Branch = Annotated[str, Field(min_length=1, max_length=100, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$")]


def _stays_inside(path: str) -> str:
    if ".." in path.split("/"):
        raise ValueError("a path cannot lead out of the project")
    return path


_Path = Annotated[str, Field(min_length=1, max_length=255, pattern=r"^[A-Za-z0-9_][A-Za-z0-9_./-]*$"), AfterValidator(_stays_inside)]
"""A file of the project; no spaces, because it is a word of a shell command."""
_ConnectionArn = Annotated[
    str, Field(pattern=r"^arn:aws(-cn|-us-gov)?:(codeconnections|codestar-connections):[a-z0-9-]+:[0-9]{12}:connection/[0-9a-f-]{36}$")
]
_TopicArn = Annotated[str, Field(pattern=r"^arn:aws(-cn|-us-gov)?:sns:[a-z0-9-]+:[0-9]{12}:[A-Za-z0-9_-]{1,256}$")]


def pipeline_name(naming: Naming) -> str:
    """Name of the pipeline and of its role (IAM: at most 64 characters)."""
    return naming.name("delivery")


def project_name(naming: Naming, step: str) -> str:
    """Name of the CodeBuild project of a step: test, scan, image, `plan-<environment>`, release, ..."""
    return naming.name("delivery", step)


def role_name(naming: Naming, role: str) -> str:
    """Name of a role that builds run with (IAM: at most 64 characters)."""
    return naming.name("delivery", role, max_length=64)


def connection_name(naming: Naming) -> str:
    """Name of the connection (API: at most 32 characters)."""
    return naming.name("delivery", max_length=32)


def log_group(naming: Naming) -> str:
    """Log group of all builds; one stream for each."""
    return f"/aws/codebuild/{pipeline_name(naming)}"


def artifacts_bucket(naming: Naming) -> str:
    """Bucket of artifacts between stages, and of review pages."""
    return naming.bucket("delivery")


_Schedule = Annotated[str, Field(pattern=r"^(rate\([1-9][0-9]* (minutes?|hours?|days?)\)|cron\([^()]+\))$", max_length=256)]
"""EventBridge schedule expression, UTC."""


class DeliveredEnvironment(Spec):
    """One environment that the pipeline brings commits to."""

    name: _EnvironmentName = Field(description="The environment: a file environments/<name>.yaml.")
    approval: bool = Field(True, description="Wait for a person between plan and apply. Production cannot do without.")
    approval_topic: _TopicArn | None = Field(None, description="ARN of an SNS topic of the pipeline's account that tells who may approve.")
    approval_timeout_in_minutes: int = Field(10_080, ge=5, le=86_400, description="Minutes after which an unanswered approval fails.")
    cases: dict[_Name, _Path] = Field(min_length=1, max_length=20, description="Smoke test: a case file for each endpoint that is asked.")


class ImageBuildSpec(Spec):
    """The container image that commits build."""

    registry: str = Field(min_length=1, max_length=63, description="Key of `registries`: the one repository that the build may push to.")
    models: Annotated[tuple[_Name, ...], AtLeast(1), Field(strict=False, max_length=50)] = Field(
        description="Models that run the image: the first environment releases them with it."
    )


class EphemeralSpec(Spec):
    """Environments of branches, which end by themselves."""

    role_arn: RoleArn = Field(description="Role that may destroy them: of a sandbox account, never of an environment above.")
    branches: Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]+/$", max_length=30)] = Field(
        "try/", description="What the names of their branches begin with."
    )
    schedule: _Schedule = Field(
        "rate(1 hour)", description="When those whose time is over are destroyed (EventBridge schedule expression, UTC)."
    )


class DeliverySpec(Spec):
    """A CodePipeline that tests, scans, plans and deploys environments in order."""

    repository: str = Field(
        pattern=r"^[A-Za-z0-9_.-]+(/[A-Za-z0-9_.-]+)+$", max_length=200, description="`owner/name` of the git repository."
    )
    branch: _Branch = Field("main", description="Branch whose commits are delivered.")
    provider_type: Provider = Field("GitHub", description="Where the repository is.")
    connection_arn: _ConnectionArn | None = Field(
        None, description="ARN of an existing connection. Default: one is made, PENDING until somebody completes it in the console."
    )
    environments: Annotated[tuple[DeliveredEnvironment, ...], AtLeast(1), Field(strict=False, max_length=8)] = Field(
        description="Environments in order; each gets what ran in the one before. The first is the one whose file this is."
    )
    image: ImageBuildSpec | None = Field(None, description="Container image to build. Default: images are released by hand.")
    release_approved_packages: bool = Field(
        True, description="An approved package of a model that `training` registers is released into the first environment."
    )
    ephemeral: EphemeralSpec | None = Field(None, description="Environments of branches. Default: none.")
    drift_schedule: _Schedule | None = Field(
        None,
        description="When a build compares every environment with the branch, and fails for a difference; such as cron(17 3 * * ? *), UTC. "
        "Default: never.",
    )
    test_command: str = Field(
        "make test", min_length=1, max_length=200, pattern=r"^[A-Za-z0-9_./ =:-]+$", description="Command of the test stage."
    )
    build_image: str = Field(
        "aws/codebuild/standard:7.0",
        pattern=r"^aws/codebuild/[a-z0-9_-]+:[0-9.]+$",
        description="CodeBuild's own image that builds run in.",
    )
    compute_type: Literal["BUILD_GENERAL1_SMALL", "BUILD_GENERAL1_MEDIUM", "BUILD_GENERAL1_LARGE", "BUILD_GENERAL1_XLARGE"] = Field(
        "BUILD_GENERAL1_MEDIUM", description="Size of the builds' machines."
    )
    build_timeout_in_minutes: int = Field(120, ge=5, le=2160, description="Minutes after which a build is ended (CodeBuild: 5-2160).")
    artifact_expiration_days: int = Field(90, ge=1, le=3650, description="Days that artifacts and review pages are kept.")
    force_destroy: bool = Field(False, description="Let a destroy delete the bucket of artifacts together with what is in it.")
    log_retention_in_days: LogRetention = Field(365, description="Days the builds' logs are kept; one of CloudWatch's values.")
    permissions_boundary: PolicyArn | None = Field(None, description="Permissions boundary of the pipeline's roles.")

    @model_validator(mode="after")
    def _each_once(self) -> DeliverySpec:
        names = [item.name for item in self.environments]
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"environments: {', '.join(twice)} stands there twice")
        return self
