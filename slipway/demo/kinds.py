"""One image, one case file, every hosting kind: the demo's requests to each, and a file scored by a batch transform job."""

from __future__ import annotations

from pathlib import Path

from slipway.artifacts.account import Account
from slipway.batch.files import below, read, write
from slipway.batch.find import places, subject
from slipway.batch.run import Batch
from slipway.config.environment import EnvironmentConfig
from slipway.contract.cases import load_cases
from slipway.demo.project import MODEL, Sample
from slipway.demo.traffic import TOLERANCE, Wines
from slipway.errors import SlipwayError
from slipway.invoke import api
from slipway.invoke.call import Call
from slipway.invoke.endpoint import find_endpoint
from slipway.invoke.many import CaseResult, check_cases
from slipway.progress import Reporter

_AT_ONCE = 2
_THROUGH_API = "fargate"
"""Its load balancer is inside the network: only the API reaches it."""


class Kinds:
    """The deployed entries of `endpoints`, whatever hosts them."""

    def __init__(self, config: EnvironmentConfig, url: str, scratch: Path, sample: Sample, reporter: Reporter) -> None:
        self._account = Account(config, local_url=url)
        self._config, self._url, self._sample, self._reporter = config, url, sample, reporter
        self._cases = load_cases(scratch / "examples" / MODEL / "cases.yaml")

    def ask(self) -> tuple[str, None]:
        """Every case, sent to every kind that answers requests."""
        said = []
        for name, entry in sorted(self._config.endpoints.items()):
            kind = entry.hosting.kind
            if kind == "batch_transform":
                continue
            self._reporter.step("demo", f"{len(self._cases)} cases to {name}, hosted as {kind}")
            results = self._through_api(name) if kind == _THROUGH_API else self._directly(name)
            wrong = [f"{result.case.name}: {result.problem}" for result in results if result.verdict != "pass"]
            if wrong:
                raise SlipwayError(f"{name}, hosted as {kind}: {'; '.join(wrong)}")
            said.append(f"{kind} {len(results)}")
        return f"cases answered as they must be: {', '.join(said)}", None

    def _directly(self, name: str) -> list[CaseResult]:
        return check_cases(self._account, find_endpoint(self._account, name), self._cases, Call(), _AT_ONCE)

    def _through_api(self, name: str) -> list[CaseResult]:
        client = api.ApiClient(self._account, api.find_api(self._account, local_url=self._url), name, _AT_ONCE)
        return api.check_cases(client, self._cases, Call(), _AT_ONCE)

    def score(self) -> tuple[str, None]:
        """All wines in one CSV file, and one that has a number missing: each result held against the model's own."""
        found = subject(self._config, MODEL)
        source, target = places(self._account, found, found.settings)
        wines = Wines.of({"main": self._sample.folders[MODEL] / "model.skops"})
        lines = [",".join(map(repr, row)) for row in wines.rows]
        write(self._account, f"{source}wines.csv", ("\n".join(lines) + "\n").encode())
        write(self._account, f"{source}broken.csv", (lines[0] + "\n" + lines[1].rpartition(",")[0] + "\n").encode())
        batch = Batch(self._account, found, found.settings, self._reporter)
        batch.start()
        outcome = batch.wait()
        scored = self._scored(target)
        wrong = [row for row, line in enumerate(scored) if not _close(line, wines.expected["main"][row])]
        if len(scored) != len(lines) or wrong:
            raise SlipwayError(f"{len(scored)} of {len(lines)} wines scored, {len(wrong)} not as the model says: rows {wrong[:5]}")
        bad = [f"{Path(item.file).name} line {item.line}" for item in outcome.bad]
        if bad != ["broken.csv line 2"]:
            raise SlipwayError(f"the record that cannot be scored is line 2 of broken.csv; the job's error file has {bad}")
        return f"job {outcome.job.name}: {len(scored)} wines as the model says; told as failed: {bad[0]}", None

    def _scored(self, target: str) -> list[str]:
        (output,) = (item for item in below(self._account, target) if item.key.endswith("wines.csv.out"))
        return read(self._account, output.uri).decode().splitlines()


def _close(line: str, own: dict[str, float]) -> bool:
    """Whether a line of the output, the cultivar and the probability of each, is what the model itself says."""
    given = [float(value) for value in line.split(",")[1:]]
    return len(given) == len(own) and max(abs(one - other) for one, other in zip(given, own.values(), strict=True)) <= TOLERANCE
