"""`slipway stop` and `slipway start`: by the environment's own function where it has one, by the same code here otherwise."""

from __future__ import annotations

import json
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any, Literal

from modules.operations.function import life
from modules.operations.function.clients import Clients
from modules.operations.function.endpoints import describe
from modules.operations.function.records import Records
from modules.operations.function.settings import Hosted, Refused, Settings
from modules.operations.spec import function_name
from slipway.artifacts.account import Account, error_code
from slipway.errors import InputError, SlipwayError
from slipway.operations.hosted import settings_of
from slipway.progress import Reporter

Action = Literal["stop", "start"]
REASON = "asked for by a person"
PAUSE_SECONDS, LOCAL_PAUSE_SECONDS = 5.0, 0.5
LONGEST_SECONDS = 3600.0
"""Seconds to wait for an endpoint; SageMaker gives up earlier."""


@dataclass(frozen=True)
class Done:
    """What happened to each endpoint, by its key; `by`: function, or here."""

    environment: str
    action: Action
    by: Literal["function", "here"]
    endpoints: dict[str, str]

    def as_dict(self) -> dict[str, Any]:
        """As JSON."""
        return asdict(self)


def run(account: Account, action: Action, keys: Sequence[str] | None, reporter: Reporter, *, wait: bool = True) -> Done:
    """Stop or start these endpoints, or all, and `wait` until they are gone or in service with their scaling.

    InputError for production (stop), an unknown endpoint, or one whose time to live is over; SlipwayError when one fails. Whatever
    interrupts it, the next call goes on from there.
    """
    config, settings = account.config, settings_of(account.config)
    if action == "stop" and config.is_production:
        raise InputError(f"{config.name} is a production environment: its endpoints are not stopped", fix="slipway destroy, if you mean it")
    chosen = _chosen(settings, keys)
    by_function = _has_function(account)
    reporter.step(config.name, f"{action} {', '.join(one.key for one in chosen) or 'nothing'}")
    outcome = _invoke(account, action, chosen) if by_function else _here(account, settings, action, chosen)
    if wait:
        clients = Clients(account.client)
        for one in chosen:
            if outcome[one.key] in ("stopping", "stopped", "starting") and one.kind == "sagemaker":
                outcome[one.key] = _follow(account, settings, clients, one, action, reporter, by_function)
    return Done(config.name, action, "function" if by_function else "here", outcome)


def _chosen(settings: Settings, keys: Sequence[str] | None) -> list[Hosted]:
    try:
        return settings.chosen(keys)
    except Refused as refused:
        raise InputError(str(refused), fix="name keys of `endpoints` in the environment file") from None


def _has_function(account: Account) -> bool:
    from botocore.exceptions import ClientError

    if account.config.operations is None:
        return False
    try:
        account.client("lambda").get_function_configuration(FunctionName=function_name(account.naming))
    except ClientError as error:
        if error_code(error) == "ResourceNotFoundException":
            return False
        raise
    return True


def _here(account: Account, settings: Settings, action: Action, chosen: list[Hosted]) -> life.Outcome:
    clients, keys = Clients(account.client), [one.key for one in chosen]
    try:
        return life.stop(settings, clients, keys, REASON) if action == "stop" else life.start(settings, clients, keys)
    except life.Failed as failed:
        raise _failure(action, str(failed)) from None


def _invoke(account: Account, action: Action, chosen: list[Hosted]) -> life.Outcome:
    request = {"action": action, "endpoints": [one.key for one in chosen], "reason": REASON}
    answer = account.client("lambda").invoke(FunctionName=function_name(account.naming), Payload=json.dumps(request).encode())
    payload = json.loads(answer["Payload"].read())
    if "FunctionError" in answer:
        raise _failure(action, str(payload.get("errorMessage", payload)))
    outcome: life.Outcome = payload["endpoints"]
    return outcome


def _failure(action: Action, text: str) -> SlipwayError:
    return SlipwayError(f"cannot {action} {text}", fix="the other endpoints are done; run it again when the reason is gone")


def _follow(
    account: Account, settings: Settings, clients: Clients, one: Hosted, action: Action, reporter: Reporter, by_function: bool
) -> str:
    """Wait for one endpoint. Without the function nobody else finishes what came into service."""
    records, until = Records(clients.ssm, settings.record_prefix, settings.tags), time.monotonic() + LONGEST_SECONDS
    while time.monotonic() < until:
        endpoint = describe(clients, one.name)
        status = endpoint["EndpointStatus"] if endpoint else ""
        if action == "stop" and endpoint is None:
            reporter.waiting(one.key, "")
            return "stopped"
        if action == "start" and status == "Failed":
            raise _failure(action, f"{one.key}: {(endpoint or {}).get('FailureReason', 'it failed')}")
        if status == "InService":
            if not by_function:
                life.in_service(settings, clients, one.name)
            if action == "start" and records.get(one.key) is None:
                reporter.waiting(one.key, "")
                return "started"
        reporter.waiting(one.key, f"{one.name}: {status or 'not there yet'}")
        time.sleep(LOCAL_PAUSE_SECONDS if account.is_local else PAUSE_SECONDS)
    raise SlipwayError(f"{one.name} did not {action} within an hour", fix="look at it with `slipway status`, then run this again")
