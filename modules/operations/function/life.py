"""One request, for one or all endpoints: whoever asks (a schedule, an event, a person) gets the same done."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, timezone

from modules.operations.function import endpoints, services
from modules.operations.function.clients import Clients
from modules.operations.function.records import Records
from modules.operations.function.settings import Busy, Hosted, Refused, Settings

Outcome = dict[str, str]
"""What happened to each endpoint, by its key."""


class Failed(Exception):
    """Some endpoints could not be stopped or started; the text names each. `outcome` has the others."""

    def __init__(self, problems: dict[str, str], outcome: Outcome) -> None:
        super().__init__("; ".join(f"{key}: {text}" for key, text in problems.items()))
        self.outcome = outcome


def stop(settings: Settings, clients: Clients, keys: Iterable[str] | None, reason: str) -> Outcome:
    """Stop these endpoints, or all. One that fails does not keep the others; then raises Failed."""
    records = _records(settings, clients)

    def one(hosted: Hosted) -> str:
        chosen = services.stop if hosted.kind == "fargate" else endpoints.stop
        return chosen(clients, records, hosted, reason)

    return _each(settings.chosen(keys), one)


def start(settings: Settings, clients: Clients, keys: Iterable[str] | None, *, scheduled: bool = False) -> Outcome:
    """Start these endpoints, or all. `scheduled`: those whose time to live is over are left out; a person is told (Failed)."""
    records, now = _records(settings, clients), datetime.now(timezone.utc)

    def one(hosted: Hosted) -> str:
        if hosted.expired(now):
            if scheduled:
                return "expired"
            raise Refused(f"expired at {hosted.expires_at}: move its expires_at and deploy")
        chosen = services.start if hosted.kind == "fargate" else endpoints.start
        return chosen(clients, records, hosted)

    return _each(settings.chosen(keys), one)


def in_service(settings: Settings, clients: Clients, name: str) -> Outcome:
    """The SageMaker endpoint of that name came into service: finish what was begun with it."""
    hosted = settings.named(name)
    if hosted is None:
        return {}
    return {hosted.key: endpoints.in_service(clients, _records(settings, clients), hosted)}


def _records(settings: Settings, clients: Clients) -> Records:
    return Records(clients.ssm, settings.record_prefix, settings.tags)


def _each(chosen: list[Hosted], one: Callable[[Hosted], str]) -> Outcome:
    outcome: Outcome = {}
    problems: dict[str, str] = {}
    for hosted in chosen:
        try:
            outcome[hosted.key] = one(hosted)
        except (Busy, Refused) as problem:
            problems[hosted.key] = str(problem)
        except Exception as problem:
            problems[hosted.key] = f"{type(problem).__name__}: {problem}"
    if problems:
        raise Failed(problems, outcome)
    return outcome
