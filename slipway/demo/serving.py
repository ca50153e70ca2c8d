"""The demo's second half: what was deployed answers, splits, is captured, and survives a bad release."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from slipway.artifacts.account import Account
from slipway.artifacts.release import release
from slipway.config.load import load_environment
from slipway.config.release import load_lock, save_lock
from slipway.demo import evidence
from slipway.demo.bad_release import SLOW, pack_bad
from slipway.demo.project import CANDIDATE, MODEL, Sample
from slipway.demo.traffic import Client, Tally, Wines
from slipway.deploy.explain import ROLLED_BACK
from slipway.errors import SlipwayError
from slipway.progress import Reporter

VARIANTS = {"main": MODEL, "candidate": CANDIDATE}
"""Variants of examples/wine/ab-test.yaml and their models."""
_ROUNDS = 3


@dataclass
class Serving:
    """The deployed endpoint of the demo. `deploy` brings the scratch project's state to the local AWS."""

    environment: str
    scratch: Path
    url: str
    sample: Sample
    deploy: Callable[[], object]
    reporter: Reporter

    def __post_init__(self) -> None:
        self.config = load_environment(self.environment, self.scratch)
        self.account = Account(self.config, local_url=self.url)
        self.endpoint = self.config.naming.name(MODEL)
        self.wines = Wines.of(
            {"main": self.sample.folders[MODEL] / "model.skops", "candidate": self.sample.folders[CANDIDATE] / "model.skops"}
        )
        self.started = datetime.now(timezone.utc)
        self._sent = Tally()

    def predictions(self) -> tuple[str, None]:
        """Every wine, three times, each answer compared with what the variant's own model says in this process."""
        self._sent = self._client().send_all(_ROUNDS)
        self._require_no_failure(self._sent)
        median = sorted(self._sent.seconds)[self._sent.requests // 2]
        return f"{self._sent.requests} answers, each equal to the model's own; median {1000 * median:.0f} ms through the local AWS", None

    def split(self) -> tuple[str, None]:
        """The metrics count what the client counted, in the ratio of the weights."""
        counted: dict[str, int] = {}

        def same() -> bool:
            counted.update(evidence.invocations(self.account.client("cloudwatch"), self.endpoint, list(self.wines.expected), self.started))
            return counted == dict(self._sent.variants)

        evidence.until(same, lambda: f"CloudWatch counts {counted}, the client {dict(self._sent.variants)}")
        variants: Any = self.config.sagemaker_endpoints[MODEL].variants
        return evidence.require_split(counted, {item.variant_name: item.initial_variant_weight for item in variants}), None

    def captured(self) -> tuple[str, None]:
        """What data capture wrote, compared with what was sent."""
        capture = self.account.client("sagemaker").describe_endpoint(EndpointName=self.endpoint)["DataCaptureConfig"]
        rows = self.wines.rows
        return evidence.require_captured(self.account.client("s3"), capture["DestinationS3Uri"], rows, self._sent.requests), None

    def rollback(self) -> tuple[str, None]:
        """Deploy a slow release under steady traffic, let its alarm roll it back, and deploy the release before it again."""
        good = load_lock(self.environment, self.scratch)
        slow = pack_bad(self.sample.folders[MODEL], "slow", SLOW, self.scratch, self.reporter)
        release(self.account, self.scratch, [MODEL], source=slow.path, reporter=self.reporter)
        with self._client().steady() as tally:
            reason = self._deploy_and_fail()
            save_lock(self.environment, self.scratch, good)
            self.deploy()
        self._require_no_failure(tally)
        return f"{reason}; {tally.requests} requests meanwhile, failed requests: {len(tally.failures)}", None

    def _deploy_and_fail(self) -> str:
        try:
            self.deploy()
        except SlipwayError as error:
            return require_rolled_back(error)
        raise SlipwayError("the slow release was not rolled back", fix="this is a defect: please report it")

    def _client(self) -> Client:
        return Client(self.account.client("sagemaker-runtime"), self.endpoint, self.wines)

    @staticmethod
    def _require_no_failure(tally: Tally) -> None:
        if tally.failures:
            raise SlipwayError(f"{len(tally.failures)} of {tally.requests} requests failed or were wrong; the first: {tally.failures[0]}")


def require_rolled_back(error: SlipwayError) -> str:
    """SageMaker's reason for the roll-back that made a deploy fail; any other failure is raised again.

    Either Terraform itself saw the roll-back, or it reported success and `slipway deploy` found the old configuration serving.
    """
    _, found, reason = error.message.partition(ROLLED_BACK)
    if not found:
        raise error
    return f"rolled back{reason}".strip().rstrip(".")
