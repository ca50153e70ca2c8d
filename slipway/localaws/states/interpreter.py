"""The changes to moto's interpreter of state machines. Loaded by the first call of Step Functions (states.py)."""

from __future__ import annotations

import json
import sys
import time
from datetime import datetime, timezone
from typing import Any

from moto.core.exceptions import AWSError
from moto.moto_api._internal import mock_random
from moto.stepfunctions.parser.api import ExecutionStatus
from moto.stepfunctions.parser.asl.component.common.retry.jitter_strategy_decl import JitterStrategyDecl
from moto.stepfunctions.parser.asl.component.state.exec.state_task.service import state_task_service_aws_sdk
from moto.stepfunctions.parser.asl.component.state.wait.wait_function.wait_function import WaitFunction
from moto.stepfunctions.parser.backend.execution import BaseExecutionWorkerCommunication, Execution
from moto.stepfunctions.parser.models import StepFunctionsParserBackend

from slipway.localaws.clock import real_seconds
from slipway.localaws.cloudwatch import metrics
from slipway.localaws.events import bus
from slipway.localaws.events.targets import sdk_client
from slipway.localaws.functions import settings
from slipway.localaws.patches import wraps
from slipway.localaws.runtime.request import ACCOUNT

state_task_service_aws_sdk._SERVICE_ERROR_NAMES |= {
    **{name.lower(): name for name in ("SageMaker", "CodeBuild", "CodePipeline", "Lambda", "EventBridge", "Scheduler")},
    **{name.lower(): name for name in ("S3", "Sns", "Sqs", "Ssm", "Ecr", "Ecs", "CloudWatch", "CloudWatchLogs", "Kms", "Sts")},
}
_ENDED = {
    "SUCCEEDED": "ExecutionsSucceeded",
    "FAILED": "ExecutionsFailed",
    "TIMED_OUT": "ExecutionsTimedOut",
    "ABORTED": "ExecutionsAborted",
}


def _client(_original: Any, region: str, service: str, state_credentials: Any = None) -> Any:
    """A client of the local AWS, in the account of the state machine's role."""
    role = getattr(state_credentials, "role_arn", "") or ""
    account = role.split(":")[4] if role.count(":") >= 5 else ACCOUNT
    return sdk_client(account, region, service)


for _module in [module for name, module in list(sys.modules.items()) if name.startswith("moto.stepfunctions.parser.")]:
    if "boto_client_for" in vars(_module):
        wraps(_module, "boto_client_for", "moto calls its own default port, with no account")(_client)


@wraps(state_task_service_aws_sdk.StateTaskServiceAwsSdk, "_eval_service_task", "moto leaves Python's times in the data of an execution")
def eval_sdk_task(original: Any, self: Any, env: Any, *args: Any, **kwargs: Any) -> None:
    """Call the service; its answer is JSON, with times as ISO 8601 text."""
    original(self, env, *args, **kwargs)
    env.stack[-1] = _as_json(env.stack[-1])


def _as_json(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _as_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_as_json(item) for item in value]
    if isinstance(value, datetime):
        return value.astimezone(timezone.utc).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    return value


@wraps(WaitFunction, "_wait_interval", "waits pass at the speed of the local AWS")
def wait_interval(_original: Any, _self: Any, env: Any, wait_seconds: float) -> None:
    """Wait, unless the execution is stopped meanwhile."""
    until = time.monotonic() + real_seconds(max(0.0, wait_seconds))
    while env.is_running() and (left := until - time.monotonic()) > 0:
        env.program_state_event.wait(left)


@wraps(JitterStrategyDecl, "_eval_body", "so do the waits between two attempts")
def eval_jitter(original: Any, self: Any, env: Any) -> None:
    """The last word on how long to wait."""
    original(self, env)
    env.stack[-1] = real_seconds(env.stack[-1])


class InvalidDefinition(AWSError):
    """What CreateStateMachine and UpdateStateMachine answer to a definition that is none."""

    TYPE, STATUS = "InvalidDefinition", 400


@wraps(StepFunctionsParserBackend, "_validate_definition", "moto answers a wrong definition without an error code")
def validate_definition(original: Any, definition: str) -> None:
    """Refuse it as AWS does, with the beginning of what the parser says."""
    try:
        original(definition)
    except Exception as problem:
        text = str(getattr(problem, "message", problem)).partition(" expecting ")[0]
        raise InvalidDefinition(f"Invalid State Machine Definition: {text}") from problem


@wraps(StepFunctionsParserBackend, "start_execution", "moto calls every execution without a name `None`")
def start_execution(original: Any, self: Any, state_machine_arn: str, name: str | None = None, *args: Any, **kwargs: Any) -> Any:
    """Name it as AWS does."""
    return original(self, state_machine_arn, name or str(mock_random.uuid4()), *args, **kwargs)


@wraps(Execution, "start", "an execution that a journal repeats would do its work twice: its calls stand in the journal themselves")
def start(original: Any, self: Any) -> None:
    """Run, or be aborted by the restart of the local AWS."""
    if settings.url():
        original(self)
        _tell(self, "ExecutionsStarted")
        return
    self.exec_worker = self._get_start_execution_worker()
    self.exec_status, self.stop_date = ExecutionStatus.ABORTED, datetime.now(timezone.utc)
    self.cause = "the local AWS was restarted"


@wraps(BaseExecutionWorkerCommunication, "terminated", "moto tells nobody that an execution has ended")
def terminated(original: Any, self: Any) -> None:
    """Count it, and publish the event."""
    original(self)
    _tell(self.execution, _ENDED[self.execution.exec_status.value])


def _tell(execution: Any, metric: str) -> None:
    """One more execution that began or ended, and the event of its state (Step Functions guide, "Execution status change")."""
    machine, account, region = execution.state_machine.arn, execution.account_id, execution.region_name
    metrics.emit_all(account, region, "AWS/States", {"StateMachineArn": machine}, [(metric, 1.0, "Count")])
    detail = {
        "executionArn": execution.exec_arn,
        "stateMachineArn": machine,
        "name": execution.name,
        "status": execution.exec_status.value,
        "startDate": int(execution.start_date.timestamp() * 1000),
        "stopDate": int(execution.stop_date.timestamp() * 1000) if execution.stop_date else None,
        "input": json.dumps(execution.input_data),
        "output": json.dumps(execution.output) if execution.output is not None else None,
        "error": execution.error,
        "cause": execution.cause,
    }
    kind = "Step Functions Execution Status Change"
    bus.publish(account, region, source="aws.states", detail_type=kind, detail=detail, resources=[execution.exec_arn])
