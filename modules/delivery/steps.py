"""The builds of the pipeline: for each one CodeBuild project, its buildspec, its variables and its role. Pure: loads no toolkit."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from modules._shared.naming import Naming
from modules.delivery.refs import DeliveryRefs, EnvironmentRefs
from modules.delivery.spec import DeliveredEnvironment, DeliverySpec, artifacts_bucket

_BUILDSPECS = Path(__file__).with_name("buildspecs")
_PUTTING_OUT = ("scan", "image", "plan")
CLONED = "cloned"
"""Source of a step outside the pipeline: it clones the branch by itself."""


@dataclass(frozen=True)
class Step:
    """One build. `delivers` is the environment that it works on; `source`: pipeline | cloned."""

    name: str
    buildspec: str
    role: str
    description: str
    variables: Mapping[str, str] = field(default_factory=dict)
    privileged: bool = False
    source: str = "pipeline"
    delivers: str = ""

    @property
    def text(self) -> str:
        """The buildspec: the file's own text."""
        return (_BUILDSPECS / f"{self.buildspec}.yaml").read_text(encoding="utf-8")

    @property
    def puts_out(self) -> bool:
        """Whether the buildspec has artifacts."""
        return self.buildspec in _PUTTING_OUT

    @property
    def set_variables(self) -> dict[str, str]:
        """The variables that have a value."""
        return {name: value for name, value in sorted(self.variables.items()) if value}


def steps(naming: Naming, spec: DeliverySpec, refs: DeliveryRefs) -> list[Step]:
    """All builds, those of the pipeline in its order."""
    names = " ".join(item.name for item in spec.environments)
    first = spec.environments[0].name
    found = [
        Step("test", "test", "check", "The project's own tests", {"TEST_COMMAND": spec.test_command}),
        Step("scan", "scan", "check", "Policies, on every delivered environment", {"ENVIRONMENTS": names}),
    ]
    if spec.image is not None:
        variables = {"ENVIRONMENT": first, "MODELS": " ".join(spec.image.models)}
        found.append(Step("image", "image", "image", "Builds and pushes the container image", variables, privileged=True, delivers=first))
    found += [step for index in range(len(spec.environments)) for step in _deliver(naming, spec, refs, index)]
    return [*found, *_outside(spec, refs, first), *_drift(spec, refs, names)]


def _deliver(naming: Naming, spec: DeliverySpec, refs: DeliveryRefs, index: int) -> Iterator[Step]:
    item, before = spec.environments[index], spec.environments[index - 1] if index else None
    name = item.name
    common = {"ENVIRONMENT": name, "LOCKS": folder_variable(locks_artifact(name))}
    promoted = {"PROMOTED_FROM": before.name if before else ""}
    source = refs.environments[before.name] if before else None
    reading = profiles(refs.environments[name].read_only_role_arn, refs.environments[name], source)
    writing = profiles(refs.environments[name].deploy_role_arn, refs.environments[name], source)
    earlier = locks_before(spec, index)
    planning = {
        **common,
        **promoted,
        "LOCKS": folder_variable(earlier) if earlier else "",
        "PROFILES": reading,
        "REVIEWS": f"s3://{artifacts_bucket(naming)}/reviews",
    }
    yield Step(f"plan-{name}", "plan", f"plan-{name}", f"Plans {name}", planning, delivers=name)
    applying = {**common, **promoted, "PROFILES": writing}
    yield Step(f"apply-{name}", "apply", f"deploy-{name}", f"Applies what was reviewed for {name}", applying, delivers=name)
    asking = {**common, "PROFILES": writing, "CASES": cases(item)}
    yield Step(f"smoke-{name}", "smoke", f"deploy-{name}", f"Asks {name}, and rolls back", asking, delivers=name)
    recording = {**common, "BRANCH": spec.branch}
    yield Step(f"record-{name}", "record", "record", f"Commits what {name} runs", recording, delivers=name)


def _outside(spec: DeliverySpec, refs: DeliveryRefs, first: str) -> Iterator[Step]:
    if refs.package_groups:
        profile = profiles(refs.environments[first].deploy_role_arn, refs.environments[first])
        variables = {"ENVIRONMENT": first, "BRANCH": spec.branch, "PROFILES": profile}
        yield Step("release", "release", "release", "Releases an approved model package", variables, source=CLONED, delivers=first)
    if spec.ephemeral is not None:
        home = refs.environments[first]
        profile = profiles(spec.ephemeral.role_arn, home)
        variables = {"BRANCHES": spec.ephemeral.branches, "PROFILES": profile}
        yield Step("expire", "expire", "expire", "Destroys environments of branches in time", variables, source=CLONED)


def _drift(spec: DeliverySpec, refs: DeliveryRefs, names: str) -> Iterator[Step]:
    if spec.drift_schedule is not None:
        found = {name: refs.environments[name] for name in names.split()}
        each = "".join(_profile(name, item.read_only_role_arn, item.region) for name, item in found.items())
        variables = {"ENVIRONMENTS": names, "PROFILES": each}
        yield Step("drift", "drift", "drift", "Compares environments with the branch", variables, source=CLONED)


def profiles(role_arn: str, environment: EnvironmentRefs, source: EnvironmentRefs | None = None) -> str:
    """AWS configuration: `environment` is the role, `source` the read-only role of the environment before."""
    found = _profile("environment", role_arn, environment.region)
    return found + (_profile("source", source.read_only_role_arn, source.region) if source else "")


def _profile(name: str, role_arn: str, region: str) -> str:
    return f"[profile {name}]\nrole_arn = {role_arn}\ncredential_source = EcsContainer\nregion = {region}\n"


def cases(item: DeliveredEnvironment) -> str:
    """`endpoint=file`, with spaces between them."""
    return " ".join(f"{endpoint}={path}" for endpoint, path in sorted(item.cases.items()))


def locks_artifact(environment: str) -> str:
    """Artifact with the review of an environment and the locks as they are then. It becomes part of a variable's name."""
    return f"plan_{environment}".replace("-", "_")


def locks_before(spec: DeliverySpec, index: int) -> str:
    """Artifact with the locks that an environment's plan starts from; empty when those are the commit's own."""
    if index:
        return locks_artifact(spec.environments[index - 1].name)
    return "image" if spec.image is not None else ""


def folder_variable(artifact: str) -> str:
    """Variable in which CodeBuild says where a further input artifact lies."""
    return f"CODEBUILD_SRC_DIR_{artifact}"
