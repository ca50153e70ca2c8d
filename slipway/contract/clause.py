"""One clause of the contract: what it asks, where that is written, and how it is checked."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, Literal, TypeVar

Verdict = Literal["pass", "fail", "not applicable"]
Severity = Literal["required", "recommended"]
S = TypeVar("S")


@dataclass(frozen=True)
class Rule:
    """The document a clause comes from."""

    name: str
    url: str = ""


_DEVELOPER_GUIDE = "https://docs.aws.amazon.com/sagemaker/latest/dg/"
INFERENCE_CODE = Rule("Custom Inference Code with Hosting Services", _DEVELOPER_GUIDE + "your-algorithms-inference-code.html")
MULTI_MODEL = Rule("Build Your Own Container for Multi-Model Endpoints", _DEVELOPER_GUIDE + "build-multi-model-build-container.html")
TRAINING_RUN = Rule("How Amazon SageMaker Runs Your Training Image", _DEVELOPER_GUIDE + "your-algorithms-training-algo-dockerfile.html")
TRAINING_INPUT = Rule(
    "How Amazon SageMaker Provides Training Information", _DEVELOPER_GUIDE + "your-algorithms-training-algo-running-container.html"
)
TRAINING_END = Rule(
    "How SageMaker Signals Algorithm Success and Failure", _DEVELOPER_GUIDE + "your-algorithms-training-signal-success-failure.html"
)
CHECKPOINTS = Rule("Use Checkpoints in Amazon SageMaker", _DEVELOPER_GUIDE + "model-checkpoints.html")
METRICS = Rule("Define Training Metrics", _DEVELOPER_GUIDE + "define-train-metrics.html")
INVOKE_API = Rule("InvokeEndpoint", "https://docs.aws.amazon.com/sagemaker/latest/APIReference/API_runtime_InvokeEndpoint.html")
ISOLATION = Rule("Run Containers in Internet-Free Mode", _DEVELOPER_GUIDE + "mkt-algo-model-internet-free.html")
HTTP = Rule("RFC 9110, HTTP Semantics", "https://www.rfc-editor.org/rfc/rfc9110")
SECURE_ERRORS = Rule("OWASP Error Handling Cheat Sheet", "https://cheatsheetseries.owasp.org/cheatsheets/Error_Handling_Cheat_Sheet.html")
SECURE_LOGS = Rule("OWASP Logging Cheat Sheet", "https://cheatsheetseries.owasp.org/cheatsheets/Logging_Cheat_Sheet.html")


@dataclass(frozen=True)
class Outcome:
    """A verdict and what was measured to reach it, as one line for people."""

    verdict: Verdict
    measured: str


def passed(measured: str) -> Outcome:
    """The container keeps the clause."""
    return Outcome("pass", measured)


def failed(measured: str) -> Outcome:
    """The container breaks the clause."""
    return Outcome("fail", measured)


def not_applicable(reason: str) -> Outcome:
    """The clause does not concern this container, or cannot be checked here."""
    return Outcome("not applicable", reason)


NO_CASE = "no case that must succeed: --cases"
"""Why a clause that needs a right request is not applicable."""


def verdict(problem: str | None, measured: str) -> Outcome:
    """Failed with `problem` when there is one, else passed with what was measured."""
    return failed(problem) if problem else passed(measured)


@dataclass(frozen=True)
class Clause(Generic[S]):
    """`fix` says what to do when it is broken. `check` gets the container under test."""

    id: str
    title: str
    rule: Rule
    severity: Severity
    fix: str
    check: Callable[[S], Outcome]

    def as_dict(self) -> dict[str, Any]:
        """The clause for `--json`."""
        rule = {"name": self.rule.name, "url": self.rule.url}
        return {"id": self.id, "title": self.title, "rule": rule, "severity": self.severity}


def clause(id: str, title: str, rule: Rule, *, fix: str, severity: Severity = "required") -> Callable[[Callable[[S], Outcome]], Clause[S]]:
    """Makes a clause of the check function below it."""
    return lambda check: Clause(id, title, rule, severity, fix, check)
