"""What every demo does: from the local AWS to a deployed environment, and back to nothing. Each step is timed."""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.artifacts.registry_image import pin_registry_image
from slipway.artifacts.release import release
from slipway.config.environment import EnvironmentConfig
from slipway.config.load import load_environment
from slipway.demo.project import MODEL, Sample, Scene, pin, scratch_project
from slipway.deploy.apply import Approve
from slipway.deploy.deploy import Options, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.opening import open_target
from slipway.deploy.outputs import read_outputs
from slipway.deploy.preview import preview
from slipway.deploy.target import Target
from slipway.errors import SlipwayError
from slipway.localaws.left_over import left_over
from slipway.localaws.process import down, up
from slipway.progress import Reporter
from slipway.scan.scan import scan

Work = Callable[[], tuple[str, Any]]


@dataclass(frozen=True)
class Step:
    """What was done, what came of it, and how many seconds it took."""

    name: str
    result: str
    seconds: float


@dataclass
class Run(ABC):
    """One run of a demo. `approve` is shown every plan's review; `steps` fills while it runs."""

    root: Path
    reporter: Reporter
    approve: Approve
    scene: Scene
    steps: list[Step] = field(default_factory=list)
    outputs: dict[str, dict[str, Any]] = field(default_factory=dict)
    url: str = ""
    scratch: Path = Path()

    @abstractmethod
    def train(self) -> Sample:
        """Train and pack what is released."""

    @abstractmethod
    def shows(self, sample: Sample) -> Iterator[tuple[str, Work]]:
        """Steps on the deployed environment: what each is called, and its work."""

    def run(self, *, keep: bool) -> None:
        """All steps in order. Raises SlipwayError at the first that fails; the local AWS is stopped unless `keep`."""
        self.scratch = scratch_project(self.root, self.scene)
        try:
            self._timed("start the local AWS", self._start)
            sample = self._timed("train in the training container, pack and pin", self._train)
            target = self._timed("synthesize all stacks", self._synthesize)
            self._timed("scan them against every policy", lambda: self._scan(target))
            self._timed("bootstrap, plan, review and apply; release in between", lambda: self._deploy(target, sample))
            self._timed("plan again: every stack must be empty", lambda: self._replan(target))
            self._timed("read terraform's outputs", lambda: self._outputs(target))
            for name, work in self.shows(sample):
                self._timed(name, work)
            if not keep:
                self._timed("destroy everything, prove that nothing is left", lambda: self._destroy(target))
        finally:
            if not keep:
                down(self.scratch)

    def deploy_serving(self) -> None:
        """Bring what the lock file now says to the endpoints."""
        deploy(self._target(), self.approve, Options(stack="serving"))

    def config(self) -> EnvironmentConfig:
        """The environment as its files are now."""
        return load_environment(self.scene.environment, self.scratch)

    def _timed(self, name: str, work: Work) -> Any:
        self.reporter.step("demo", name)
        started = time.monotonic()
        result, value = work()
        self.steps.append(Step(name, result, time.monotonic() - started))
        return value

    def _start(self) -> tuple[str, None]:
        record, _ = up(self.scratch, speed=self.scene.speed)
        self.url = record.url
        return f"{record.url}, AWS's waits pass {self.scene.speed:g} times as fast", None

    def _train(self) -> tuple[str, Sample]:
        sample = self.train()
        config = self.config()
        repository = Account(config).repository(config.models[MODEL].container.registry)  # type: ignore[union-attr]
        pin(self.scratch, repository, sample, self.scene.environment)
        trained = ", ".join(
            f"{model} {sample.archives[model].sha256[:12]} accuracy {value:.3f}" for model, value in sample.accuracies.items()
        )
        return f"{trained}; image {sample.digest[:19]}", sample

    def _target(self) -> Target:
        """The environment as its files are now, synthesized."""
        return open_target(self.scene.environment, self.scratch, self.reporter, local=True)

    def _synthesize(self) -> tuple[str, Target]:
        target = self._target()
        return ", ".join(target.stacks), target

    def _scan(self, target: Target) -> tuple[str, None]:
        report = scan(target.outdir, self.config(), reporter=self.reporter)
        if not report.ok:
            found = [*(f"{item.rule} {item.resource}" for item in report.findings), *map(str, report.problems)]
            fix = f"slipway scan {self.scene.environment}"
            raise SlipwayError(f"the policy scan found {len(found)}: {'; '.join(found[:5])}", fix=fix)
        covered = f"{report.coverage.resources} resources, {report.coverage.records} checkov answers, {report.coverage.answers} own"
        return f"{covered}; no finding, {len(report.acknowledged)} acknowledged", None

    def _deploy(self, target: Target, sample: Sample) -> tuple[str, None]:
        def before(stack: str) -> None:
            account = Account(self.config(), local_url=self.url)
            if stack.endswith("-training"):
                for registry, (archive, _) in sample.others.items():
                    pin_registry_image(account, self.scratch, registry, str(archive), reporter=self.reporter)
            if stack.endswith("-serving"):
                for model, packed in sample.archives.items():
                    release(account, self.scratch, [model], source=packed.path, image=str(sample.image), reporter=self.reporter)

        results = deploy(target, self.approve, Options(before=before))
        created = sum(result.review.count("create") for result in results)
        return f"{created} resources created in {len(results)} stacks", None

    def _replan(self, target: Target) -> tuple[str, None]:
        review = preview(target)
        changed = [stack.stack for stack in review.stacks if not stack.empty]
        if changed:
            raise SlipwayError(f"a second plan of {', '.join(changed)} is not empty", fix="this is a defect: please report it")
        return f"{len(review.stacks)} plans, all empty", None

    def _outputs(self, target: Target) -> tuple[str, None]:
        self.outputs = read_outputs(target)
        return f"{sum(map(len, self.outputs.values()))} values", None

    def _destroy(self, target: Target) -> tuple[str, None]:
        results = destroy(target, self.approve)
        left = left_over(self.url, target.config.account_id)
        if left:
            raise SlipwayError(f"left in the local AWS after destroy: {', '.join(left)}", fix="this is a defect: please report it")
        return f"{sum(result.review.count('destroy') for result in results)} resources destroyed, nothing left", None
