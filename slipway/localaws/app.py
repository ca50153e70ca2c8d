"""The WSGI application: our own pages, then moto, one AWS call at a time, every failure a clear client error."""

from __future__ import annotations

import importlib
import logging
import secrets
import time
from collections.abc import Callable, Iterable
from typing import Any

from moto.moto_api._internal import mock_random
from moto.moto_server.werkzeug_app import DomainDispatcherApplication, create_backend_app

from slipway.localaws import background, connections, inside, patches
from slipway.localaws.apigateway import route as apigateway
from slipway.localaws.control import Control
from slipway.localaws.elb import route as balancers
from slipway.localaws.errors import LOCAL_ERROR, NOT_IMPLEMENTED, error
from slipway.localaws.functions import route as functions
from slipway.localaws.hosting import replay
from slipway.localaws.jobs import replay as job_ends
from slipway.localaws.journal import NOT_REPEATED, Entry, Journal
from slipway.localaws.lock import LOCK
from slipway.localaws.request import Call, Environ, read_body, read_call
from slipway.localaws.responses import Answer, run_wsgi
from slipway.localaws.retries import Retries
from slipway.localaws.sagemaker.endpoints import settle_all
from slipway.localaws.services import RUNTIME, SERVICES

LOG = logging.getLogger("slipway.localaws")
PAGES = "/_slipway/"

# moto's own pages, which would get around the journal and the list of services.
_MOTO_PAGES = ("/moto-api", "/latest/")
_CONNECTIONS = ("codeconnections", "codestar-connections")
"""A service that moto does not have at all."""


class LocalAwsApp:
    """All of the local AWS behind one port.

    One lock holds for each call to moto (lock.py): two Terraform runs that fight for a state lock see one winner. Invocations of
    endpoints take seconds and run side by side, so they are answered before the lock.
    """

    def __init__(self, journal: Journal | None = None) -> None:
        _load_services()
        patches.apply()
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._journal = journal
        self._retries = Retries()
        self._control = Control(on_reset=self._forget)
        background.hold()
        if journal:
            journal.replay(self._replay)
        inside.bind(self._aws)
        replay.bind(journal)
        job_ends.bind(journal)
        background.begin()

    def __call__(self, environ: Environ, start_response: Callable[..., Any]) -> Iterable[bytes]:
        started = time.monotonic()
        environ["RAW_URI"] = environ.get("REQUEST_URI") or environ.get("RAW_URI", "")
        answer = self._answer(environ)
        LOG.debug("%s %s %s %.0f ms", answer.status, environ["REQUEST_METHOD"], environ["PATH_INFO"], 1000 * (time.monotonic() - started))
        return answer.send(environ["REQUEST_METHOD"], start_response)

    def _forget(self) -> None:
        self._retries.clear()
        if self._journal:
            self._journal.clear()

    def _answer(self, environ: Environ) -> Answer:
        path = environ.get("PATH_INFO", "/")
        if path.startswith(PAGES):
            read_body(environ)
            return self._control.answer(environ["REQUEST_METHOD"], path[len(PAGES) :], environ.get("QUERY_STRING", ""))
        if (place := apigateway.find(environ)) is not None:
            return apigateway.answer(place, environ)
        if (passed := balancers.passed_on(environ)) is not None:
            return passed
        call = read_call(environ)
        if call.service is None:
            names = ", ".join(sorted(service.name for service in SERVICES.values()))
            return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS has no service {call.signing_name}; it has {names}.")
        if path.startswith(_MOTO_PAGES):
            return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS has no page {path}.")
        if call.service is SERVICES["lambda"] and functions.is_invocation(call):
            return functions.answer(call, environ)
        if call.service is RUNTIME:
            from slipway.localaws.runtime.route import answer

            return answer(call, environ)
        return self._aws(call, environ)

    def _aws(self, call: Call, environ: Environ) -> Answer:
        if call.account:
            environ["HTTP_X_MOTO_ACCOUNT_ID"] = call.account
        with LOCK:
            if (before := self._retries.answered(call, environ)) is not None:
                LOG.info("%s was sent again: answered as before", call.label)
                return before
            journal = self._journal if call.mutates and call.label not in NOT_REPEATED else None
            answer = self._journalled(journal, call, environ) if journal else self._moto_answer(call, environ)
            self._retries.remember(call, environ, answer)
        if call.mutates:
            background.wake()
        return answer

    def _journalled(self, journal: Journal, call: Call, environ: Environ) -> Answer:
        entry = Entry.of(call, environ, seed=secrets.randbits(64))
        mock_random.seed(entry.seed)
        answer = self._moto_answer(call, environ)
        if answer.status < 400:
            journal.append(entry)
        return answer

    def _moto_answer(self, call: Call, environ: Environ) -> Answer:
        """What moto answers; what it lacks and what breaks inside it become errors that no SDK tries again."""
        try:
            answer = connections.answer(call) if call.signing_name in _CONNECTIONS else run_wsgi(self._moto, environ)
        except NotImplementedError as reason:
            LOG.warning("%s is not implemented: %s", call.label, reason)
            return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS does not implement {call.label}. ({reason})")
        except Exception as reason:
            LOG.exception("%s failed", call.label)
            text = f"{call.label} failed inside the local AWS: {type(reason).__name__}: {reason}"
            return error(call.protocol, LOCAL_ERROR, text)
        if answer.status >= 500 or _is_unrouted(call, answer):
            LOG.warning("%s answered %s: %.2000s", call.label, answer.status, answer.body)
            return error(call.protocol, NOT_IMPLEMENTED, f"The local AWS does not implement {call.label}.")
        return answer

    def _replay(self, entry: Entry) -> None:
        settle_all()
        if entry.method == job_ends.METHOD:
            job_ends.restore(entry)
            return
        mock_random.seed(entry.seed)
        environ = entry.environ()
        answer = self._moto_answer(read_call(environ), environ)
        if answer.status >= 400:
            LOG.error("replay of %s %s answered %s: %.500s", entry.method, entry.uri, answer.status, answer.body)


def _is_unrouted(call: Call, answer: Answer) -> bool:
    """Whether moto has no route or no action for it: an empty 404, or Flask's own HTML page."""
    if answer.status not in (404, 405) or call.method == "HEAD":
        return False
    return not answer.body or answer.body.lstrip().lower().startswith(b"<!doctype html")


_PATCHES = (
    *("cloudwatch.alarms", "autoscaling.changes", "cloudwatch.changes", "cloudwatch.dashboards", "dynamodb", "ec2.changes", "ec2.vpn"),
    *("ecr", "iam", "kms", "logs", "s3", "sagemaker.changes", "sagemaker.endpoints", "sns"),
    *("budgets", "events.bus", "events.scheduler", "states.machines"),
    *("jobs.training_api", "jobs.processing_api", "jobs.tuning_api", "registry.packages", "registry.groups", "pipelines.api"),
    *("apigateway.changes", "apigateway.updates", "functions.changes", "functions.provisioned"),
    "jobs.transform",
    *("ecs.changes", "elb.changes"),
    *("codebuild.projects", "codebuild.builds", "codepipeline.definitions", "codepipeline.executions"),
)
"""The files that register patches."""


def _load_services() -> None:
    for name in _PATCHES:
        importlib.import_module(f"slipway.localaws.{name}")
