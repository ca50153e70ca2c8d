"""Step Functions: state machines that run. moto has the interpreter; here it gets our clock, our port, and its first use loads it."""

from __future__ import annotations

import sys
from collections.abc import Iterator, Mapping
from datetime import datetime, timezone
from typing import Any

from moto.core.responses import ActionResult
from moto.stepfunctions import responses
from moto.stepfunctions.responses import StepFunctionResponse

from slipway.localaws import patches
from slipway.localaws.patches import adds, wraps

_INTERPRETER = "slipway.localaws.states.interpreter"


@wraps(responses, "get_backend", "moto answers executions without running them, unless told otherwise")
def get_backend(_original: Any, account: str, region: str) -> Any:
    """The backend that runs executions. Its parser takes a second to load, so that only the first call of Step Functions does it."""
    if _INTERPRETER not in sys.modules:
        __import__(_INTERPRETER)
        patches.apply()
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    return stepfunctions_parser_backends[account][region]


@adds(StepFunctionResponse, "moto has no ValidateStateMachineDefinition, which the provider calls at each plan")
def validate_state_machine_definition(self: Any) -> ActionResult:
    """OK, or FAIL with what the parser says."""
    backend = self.stepfunction_backend
    try:
        backend._validate_definition(self._get_param("definition"))
    except Exception as problem:
        text = str(getattr(problem, "message", problem))
        found = [{"severity": "ERROR", "code": "SCHEMA_VALIDATION_FAILED", "message": text}]
        return ActionResult({"result": "FAIL", "diagnostics": found, "truncated": False})
    return ActionResult({"result": "OK", "diagnostics": [], "truncated": False})


@adds(StepFunctionResponse, "moto has no ListStateMachineVersions, which the provider calls at each read")
def list_state_machine_versions(self: Any) -> ActionResult:
    """The published versions, newest first."""
    machine = self.stepfunction_backend.describe_state_machine(self._get_param("stateMachineArn"))
    versions = sorted(machine.versions.values(), key=lambda version: version.creation_date, reverse=True)
    return ActionResult(
        {"stateMachineVersions": [{"stateMachineVersionArn": one.arn, "creationDate": one.creation_date} for one in versions]}
    )


@wraps(StepFunctionResponse, "stop_execution", "moto drops cause and error, and tells no date")
def stop_execution(_original: Any, self: Any) -> ActionResult:
    """End an execution; one that has ended stays as it is."""
    execution = self.stepfunction_backend.describe_execution(self._get_param("executionArn"))
    moment = datetime.now(timezone.utc)
    if execution.stop_date is None and execution.exec_worker.env is not None:
        execution.stop(moment, self._get_param("error"), self._get_param("cause"))
    return ActionResult({"stopDate": execution.stop_date or moment})


class Backends(Mapping[str, Any]):
    """The backends that run executions, by account; none before the interpreter is loaded."""

    def __getitem__(self, account: str) -> Any:
        return self._loaded()[account]

    def __iter__(self) -> Iterator[str]:
        return iter(list(self._loaded()))

    def __len__(self) -> int:
        return len(self._loaded())

    def _loaded(self) -> Mapping[str, Any]:
        if _INTERPRETER not in sys.modules:
            return {}
        from moto.stepfunctions.parser.models import stepfunctions_parser_backends

        loaded: Mapping[str, Any] = stepfunctions_parser_backends
        return loaded


def forget() -> None:
    """Stop every execution. Called without the lock."""
    if _INTERPRETER not in sys.modules:
        return
    from moto.stepfunctions.parser.api import ExecutionStatus
    from moto.stepfunctions.parser.models import stepfunctions_parser_backends

    for by_region in list(stepfunctions_parser_backends.values()):
        for backend in list(by_region.values()):
            for execution in backend._get_executions(ExecutionStatus.RUNNING.value):
                if execution.exec_worker.env is not None:
                    execution.stop(datetime.now(timezone.utc), None, "the local AWS forgets everything")
