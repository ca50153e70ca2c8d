"""Many requests: the same one again and again, or the cases of a case file."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from slipway.artifacts.account import Account
from slipway.contract.cases import Case
from slipway.invoke.asynchronous import ask_later, is_asynchronous
from slipway.invoke.call import Answer, Call, ask
from slipway.invoke.endpoint import Endpoint
from slipway.progress import Silent

_LOOK_SECONDS = 0.5
"""Between two looks for an asynchronous answer."""


@dataclass(frozen=True)
class Repeated:
    """Answers to one request sent many times."""

    answers: tuple[Answer, ...]

    @property
    def variants(self) -> dict[str, int]:
        """How many requests each variant answered."""
        return dict(sorted(Counter(answer.variant for answer in self.answers if answer.variant).items()))

    @property
    def failed(self) -> int:
        """How many were not answered with a prediction."""
        return sum(answer.status >= 400 for answer in self.answers)

    def as_dict(self) -> dict[str, Any]:
        """Counts and latencies in milliseconds, for `--json`."""
        seconds = sorted(answer.seconds for answer in self.answers)
        shares = {"p50": 0.5, "p90": 0.9, "p99": 0.99}
        latency = {name: round(percentile(seconds, share) * 1000, 2) for name, share in shares.items()}
        return {"requests": len(self.answers), "failed": self.failed, "variants": self.variants, "latency_ms": latency}


def percentile(ordered: Sequence[float], share: float) -> float:
    """The smallest value that `share` (0 to 1) of the ordered values do not exceed."""
    return ordered[max(0, math.ceil(share * len(ordered)) - 1)] if ordered else 0.0


def repeat(account: Account, endpoint: Endpoint, call: Call, times: int, concurrency: int) -> Repeated:
    """Send `call` so many times, `concurrency` requests at a time."""
    account.client("lambda" if endpoint.hosting == "lambda" else "sagemaker-runtime")  # made once, before the threads
    with ThreadPoolExecutor(concurrency) as pool:
        return Repeated(tuple(pool.map(lambda _: ask(account, endpoint, call), range(times))))


@dataclass(frozen=True)
class CaseResult:
    """A case's outcome: `problem` is None when it passed. `answer` is None when an endpoint cannot be sent it."""

    case: Case
    answer: Answer | None
    problem: str | None

    @property
    def verdict(self) -> str:
        """pass, fail or not applicable."""
        return "not applicable" if self.answer is None else "fail" if self.problem else "pass"

    def as_dict(self) -> dict[str, Any]:
        """The result for `--json`."""
        result: dict[str, Any] = {"name": self.case.name, "verdict": self.verdict, "problem": self.problem}
        if self.answer is not None:
            latency = round(self.answer.seconds * 1000, 2)
            result |= {"status": self.answer.status, "variant": self.answer.variant, "latency_ms": latency}
        return result


def check_cases(account: Account, endpoint: Endpoint, cases: Sequence[Case], call: Call, concurrency: int) -> list[CaseResult]:
    """Send every case once; variant and target model come from `call`. An asynchronous endpoint's answers are waited for in S3."""
    account.client("lambda" if endpoint.hosting == "lambda" else "sagemaker-runtime")  # made once, before the threads
    later = is_asynchronous(account, endpoint)
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(lambda case: _check(account, endpoint, case, call, later=later), cases))


def _check(account: Account, endpoint: Endpoint, case: Case, call: Call, *, later: bool) -> CaseResult:
    if case.method != "POST" or case.path != "/invocations":
        return CaseResult(case, None, f"an endpoint cannot be sent {case.method} {case.path}")
    sent = replace(call, body=case.body, content_type=case.content_type or "", accept=case.accept or "")
    answer = ask_later(account, endpoint, sent, Silent(), pause=_LOOK_SECONDS) if later else ask(account, endpoint, sent)
    if later and answer.status >= 400 and case.expect.status >= 400:
        answer = replace(answer, status=case.expect.status)  # the file of a failure does not say the container's own status
    # A model error carries no content type: only status and body of a refusal can be compared.
    content_type = answer.content_type or case.expect.content_type
    return CaseResult(case, answer, case.check(answer.status, content_type, answer.body))
