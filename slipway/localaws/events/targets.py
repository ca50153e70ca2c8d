"""The targets that rules and schedules reach here: each is called through the local AWS's own port, as EventBridge calls it."""

from __future__ import annotations

import json
import uuid
from collections.abc import Callable, Mapping
from typing import Any

from botocore import xform_name

from slipway.localaws import inside, logwriter
from slipway.localaws.functions import asynchronous, permissions
from slipway.localaws.functions.definition import UnknownFunction, find

Target = Mapping[str, Any]
Handler = Callable[[str, str, str, str, Target], None]
"""`(account, region, target_arn, payload, target)`: those of the target; `target` also has SourceArn: the rule's or the schedule's."""


class Undeliverable(Exception):
    """No later attempt can succeed: no such target, no permission. `code` is that of the dead letter's ERROR_CODE."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code


_SDK_NAMES = {
    "sfn": "stepfunctions",
    "eventbridge": "events",
    "cloudwatchlogs": "logs",
    "sagemakerruntime": "sagemaker-runtime",
    "applicationautoscaling": "application-autoscaling",
}
"""Services that the SDK for Java names otherwise than boto3; universal targets and Step Functions use its names."""


def sdk_client(account: str, region: str, service: str) -> Any:
    """The client of a service by its name in a universal target or an `aws-sdk` integration. Raises Undeliverable."""
    from botocore.exceptions import UnknownServiceError

    try:
        return inside.client(account, region, _SDK_NAMES.get(service, service))
    except UnknownServiceError as unknown:
        raise Undeliverable("InvalidParameter", f"no service {service}: {unknown}") from unknown


def _function(account: str, region: str, arn: str, payload: str, target: Target) -> None:
    try:
        function = find(account, region, arn)
    except UnknownFunction as unknown:
        raise Undeliverable("NO_RESOURCE", f"Function not found: {unknown}") from unknown
    rule = target["SourceArn"]
    if ":events:" in rule and not permissions.allows(function, "events.amazonaws.com", rule):
        raise Undeliverable("NO_PERMISSIONS", f"the policy of {arn} does not let events.amazonaws.com invoke it for {rule}")
    asynchronous.accept(function, payload.encode())


def _state_machine(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    inside.client(account, region, "stepfunctions").start_execution(stateMachineArn=arn, name=str(uuid.uuid4()), input=payload)


def _topic(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    inside.client(account, region, "sns").publish(TopicArn=arn, Message=payload)


def _queue(account: str, region: str, arn: str, payload: str, target: Target) -> None:
    client = inside.client(account, region, "sqs")
    url = client.get_queue_url(QueueName=arn.rpartition(":")[2])["QueueUrl"]
    group = (target.get("SqsParameters") or {}).get("MessageGroupId")
    client.send_message(QueueUrl=url, MessageBody=payload, **({"MessageGroupId": group} if group else {}))


def _build(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    client = inside.client(account, region, "codebuild")
    client.start_build(**_known(client, "StartBuild", payload), projectName=arn.rpartition("/")[2])


def _code_pipeline(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    client = inside.client(account, region, "codepipeline")
    client.start_pipeline_execution(**_known(client, "StartPipelineExecution", payload), name=arn.rpartition(":")[2])


def _model_pipeline(account: str, region: str, arn: str, payload: str, target: Target) -> None:
    kind, _, name = arn.split(":", 5)[5].partition("/")
    if kind != "pipeline":
        raise Undeliverable("NO_RESOURCE", f"{arn} is no SageMaker pipeline")
    given = target.get("SageMakerPipelineParameters") or {}
    parameters = given.get("PipelineParameterList") or []
    inside.client(account, region, "sagemaker").start_pipeline_execution(
        PipelineName=name, PipelineParameters=parameters, ClientRequestToken=uuid.uuid4().hex
    )


def _log_group(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    group = arn.partition(":log-group:")[2].removesuffix(":*")
    logwriter.put(logwriter.Batch(account, region, group, str(uuid.uuid4()), lambda: [payload]))


def _bus(account: str, region: str, arn: str, payload: str, target: Target) -> None:
    """A schedule's own event; a rule hands its event on by itself (events.py)."""
    given = target.get("EventBridgeParameters") or {}
    entry = {"Source": given.get("Source", ""), "DetailType": given.get("DetailType", ""), "Detail": payload}
    entry |= {"EventBusName": arn.rpartition("event-bus/")[2], "Resources": [target["SourceArn"]]}
    inside.client(account, region, "events").put_events(Entries=[entry])


def _universal(account: str, region: str, arn: str, payload: str, _target: Target) -> None:
    """`arn:aws:scheduler:::aws-sdk:<service>:<action>`; the payload is the request (Scheduler user guide, "Using universal targets")."""
    service, _, action = arn.partition(":aws-sdk:")[2].partition(":")
    client = sdk_client(account, region, service)
    method = method_of(client, action)
    getattr(client, method)(**json.loads(payload or "{}"))


def method_of(client: Any, action: str) -> str:
    """The client's method of an action in lower camel case. Raises Undeliverable."""
    names = {name.lower(): name for name in client.meta.service_model.operation_names}
    if action.lower() not in names:
        raise Undeliverable("InvalidParameter", f"{client.meta.service_model.service_name} has no action {action}")
    return str(xform_name(names[action.lower()]))


def _known(client: Any, action: str, payload: str) -> dict[str, Any]:
    """What of the payload is a member of the action's request; the rest, such as a whole event, is not for it."""
    try:
        given = json.loads(payload)
    except ValueError:
        return {}
    members = client.meta.service_model.operation_model(action).input_shape.members
    return {name: value for name, value in given.items() if name in members} if isinstance(given, dict) else {}


TARGETS: dict[str, Handler] = {
    "lambda": _function,
    "states": _state_machine,
    "sns": _topic,
    "sqs": _queue,
    "codebuild": _build,
    "codepipeline": _code_pipeline,
    "sagemaker": _model_pipeline,
    "logs": _log_group,
    "events": _bus,
    "aws-sdk": _universal,
}
"""Handlers by the service of the target's ARN (`aws-sdk` for a schedule's universal target). Whoever has a service may register its own."""
