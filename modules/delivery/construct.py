"""The delivery pipeline: CodePipeline, its CodeBuild projects, the connection to git, artifacts, logs, roles and what starts builds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from constructs import Construct

from modules._shared.hardened_bucket import BucketSettings, Retention, hardened_bucket
from modules._shared.key_policy import document
from modules._shared.log_group import encrypted_log_group
from modules._shared.naming import Naming
from modules._shared.outputs import output
from modules._shared.provider import aws
from modules._shared.statements import Statement
from modules.delivery import policy
from modules.delivery.blocks import stage_blocks, trigger_blocks
from modules.delivery.events import Starts
from modules.delivery.refs import DeliveryRefs
from modules.delivery.spec import DeliverySpec, artifacts_bucket, connection_name, log_group, pipeline_name, project_name, role_name
from modules.delivery.stages import stages, triggers
from modules.delivery.steps import CLONED, Step, steps

_HOSTS = {"GitHub": "github.com", "GitLab": "gitlab.com", "Bitbucket": "bitbucket.org"}


@dataclass(frozen=True)
class DeliveryOutputs:
    """What starting and watching the pipeline needs."""

    pipeline_name: str = output("Name of the pipeline.")
    pipeline_arn: str = output("ARN of the pipeline.")
    connection_arn: str = output("ARN of the connection to the repository; somebody completes a new one in the console.")
    artifacts_bucket: str = output("Bucket of artifacts and review pages.")
    log_group_name: str = output("Log group of all builds.")


class Delivery(Construct):
    """The pipeline of a project, in the environment whose file describes it: `project-environment-delivery`."""

    def __init__(self, scope: Construct, id: str, *, naming: Naming, spec: DeliverySpec, refs: DeliveryRefs) -> None:
        super().__init__(scope, id)
        _refuse(spec, refs)
        self._naming, self._spec, self._refs = naming, spec, refs
        self._connection = spec.connection_arn or self._create_connection()
        self._logs = self._create_log_group()
        self._bucket = self._create_bucket()
        builds = steps(naming, spec, refs)
        projects = self._create_projects(builds)
        pipeline = self._create_pipeline(builds, projects)
        Starts(self, naming, spec, refs, [projects[step.name] for step in builds if step.source == CLONED])
        self.outputs = DeliveryOutputs(pipeline.name, pipeline.arn, self._connection, self._bucket, self._logs.name)

    def _create_connection(self) -> str:
        kind = aws.codeconnections_connection.CodeconnectionsConnection
        made = kind(self, "connection", name=connection_name(self._naming), provider_type=self._spec.provider_type)
        return str(made.arn)

    def _create_log_group(self) -> Any:
        return encrypted_log_group(self, log_group(self._naming), self._spec.log_retention_in_days, self._refs.logs_kms_key_arn)

    def _create_bucket(self) -> str:
        """The bucket's name, known once its policy is in place."""
        days = self._spec.artifact_expiration_days
        settings = BucketSettings(
            name=artifacts_bucket(self._naming),
            kms_key_arn=self._refs.kms_key_arn,
            retention=Retention(noncurrent_days=days, abort_days=7, expiration_days=days),
            force_destroy=self._spec.force_destroy,
            access_logs_bucket=self._refs.access_logs_bucket,
        )
        return str(hardened_bucket(self, self._naming, settings).policy.bucket)

    def _create_projects(self, builds: Sequence[Step]) -> dict[str, Any]:
        statements = policy.build_roles(self._naming, self._refs, builds, self._connection)
        roles = {}
        for role, allowed in statements.items():
            trust = policy.trust(self._naming, "codebuild", policy.projects_of(self._naming, builds, role))
            roles[role] = self._create_role(role, trust, allowed)
        return {step.name: self._create_project(step, roles[step.role]) for step in builds}

    def _create_role(self, role: str, trust: list[Statement], allowed: list[Statement]) -> str:
        """ARN of the role, known once its permissions are in place."""
        made = aws.iam_role.IamRole(
            self,
            f"role_{role}",
            name=role_name(self._naming, role),
            description=f"Delivery of {self._naming.name()}: {role}",
            assume_role_policy=document(trust),
            permissions_boundary=self._spec.permissions_boundary,
        )
        own = aws.iam_role_policy.IamRolePolicy(self, f"policy_{role}", name="build", role=made.name, policy=document(allowed))
        return self._naming.arn("iam", f"role/{own.role}", region=False)

    def _create_project(self, step: Step, role_arn: str) -> Any:
        """Its variables are literals: nothing secret is among them."""
        variable = aws.codebuild_project.CodebuildProjectEnvironmentEnvironmentVariable
        return aws.codebuild_project.CodebuildProject(
            self,
            f"project_{step.name}",
            name=project_name(self._naming, step.name),
            description=step.description,
            service_role=role_arn,
            encryption_key=self._refs.kms_key_arn,
            build_timeout=self._spec.build_timeout_in_minutes,
            # Each of these commits to the branch: one after the other, they never meet.
            concurrent_build_limit=1 if step.source == CLONED else None,
            source=self._source(step),
            source_version=f"refs/heads/{self._spec.branch}" if step.source == CLONED else None,
            artifacts={"type": "NO_ARTIFACTS" if step.source == CLONED else "CODEPIPELINE"},
            environment={
                "type": "LINUX_CONTAINER",
                "image": self._spec.build_image,
                "compute_type": self._spec.compute_type,
                "privileged_mode": step.privileged,
                "environment_variable": [variable(name=name, value=value) for name, value in step.set_variables.items()] or None,
            },
            logs_config={"cloudwatch_logs": {"group_name": self._logs.name, "stream_name": step.name}},
            tags=self._tags(step),
        )

    def _source(self, step: Step) -> dict[str, Any]:
        if step.source != CLONED:
            return {"type": "CODEPIPELINE", "buildspec": literal(step.text)}
        kind = aws.codebuild_project
        return {
            "type": self._spec.provider_type.upper(),
            "location": f"https://{_HOSTS[self._spec.provider_type]}/{self._spec.repository}.git",
            "buildspec": literal(step.text),
            "auth": kind.CodebuildProjectSourceAuth(type="CODECONNECTIONS", resource=self._connection),
        }

    def _tags(self, step: Step) -> dict[str, str] | None:
        """Which environment a build works on, and whether that is production: what the policies for pipelines read."""
        if not step.delivers:
            return None
        return {"delivers": step.delivers, "production": str(self._refs.environments[step.delivers].production).lower()}

    def _create_pipeline(self, builds: Sequence[Step], projects: dict[str, Any]) -> Any:
        statements = policy.pipeline_statements(self._naming, self._spec, self._refs, builds, self._connection)
        trust = policy.trust(self._naming, "codepipeline", [policy.pipeline_arn(self._naming)])
        kinds = aws.codepipeline
        key = kinds.CodepipelineArtifactStoreEncryptionKey(id=self._refs.kms_key_arn, type="KMS")
        return aws.codepipeline.Codepipeline(
            self,
            "pipeline",
            name=pipeline_name(self._naming),
            role_arn=self._create_role("pipeline", trust, statements),
            pipeline_type="V2",
            execution_mode="QUEUED",
            artifact_store=[kinds.CodepipelineArtifactStore(type="S3", location=self._bucket, encryption_key=key)],
            stage=stage_blocks(stages(self._naming, self._spec, self._connection)),
            trigger=trigger_blocks(triggers(self._spec)),
            depends_on=[projects[step.name] for step in builds if step.source != CLONED],
        )


def literal(text: str) -> str:
    """Text as Terraform takes it for what it says: `${` and `%{` would begin a template."""
    return text.replace("${", "$${").replace("%{", "%%{")


def _refuse(spec: DeliverySpec, refs: DeliveryRefs) -> None:
    """ValueError for refs that do not fit, and for production without an approval."""
    missing = [item.name for item in spec.environments if item.name not in refs.environments]
    if missing:
        raise ValueError(f"the pipeline delivers {', '.join(missing)}, but refs.environments says nothing of it")
    open_production = [item.name for item in spec.environments if refs.environments[item.name].production and not item.approval]
    if open_production:
        raise ValueError(f"{', '.join(open_production)} is production: its plan needs an approval")
    if spec.image is not None and refs.repository_name is None:
        raise ValueError(f"an image of registry {spec.image.registry} is built, but refs.repository_name is missing")
