"""A function as an invocation finds it: version behind name, ARN or alias, taken down from moto's objects."""

from __future__ import annotations

import hashlib
import json
import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from moto.awslambda.exceptions import LambdaClientError
from moto.awslambda.models import lambda_backends

from slipway.localaws.lock import LOCK

MAX_AGE_SECONDS = 21_600
"""How long an asynchronous event is tried (API: MaximumEventAgeInSeconds)."""
RETRIES = 2
"""Times that a failed asynchronous event is tried again (API: MaximumRetryAttempts)."""


class UnknownFunction(Exception):
    """No such function, version or alias; the text is its ARN."""


@dataclass(frozen=True)
class Function:
    """One version of a function, and the qualifier it was asked for by. `timeout` in seconds, `memory` in MB; `reserved` None: unlimited.

    `dead_letter`, `on_success` and `on_failure` are ARNs or empty. `image`: the image's reference, empty for a .zip package.
    """

    account: str
    region: str
    name: str
    version: str
    qualifier: str
    handler: str
    runtime: str
    timeout: float
    memory: int
    variables: Mapping[str, str]
    role: str
    code: bytes = field(repr=False)
    sha: str
    reserved: int | None
    logging: Mapping[str, str]
    retries: int
    max_age: float
    dead_letter: str
    on_success: str
    on_failure: str
    policy: tuple[Mapping[str, Any], ...]
    image: str = ""

    @property
    def arn(self) -> str:
        """The ARN that the handler sees as `invoked_function_arn`."""
        base = f"arn:aws:lambda:{self.region}:{self.account}:function:{self.name}"
        return f"{base}:{self.qualifier}" if self.qualifier else base

    @property
    def log_group(self) -> str:
        """Where its output goes."""
        return self.logging.get("LogGroup") or f"/aws/lambda/{self.name}"

    @property
    def key(self) -> tuple[str, str, str]:
        """Account, region and name: what all versions have in common."""
        return (self.account, self.region, self.name)

    @property
    def identity(self) -> str:
        """Changes with everything that a running process has taken in."""
        parts = [self.version, self.sha, self.handler, self.memory, dict(self.variables), dict(self.logging), self.timeout]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def find(account: str, region: str, named: str, qualifier: str = "") -> Function:
    """The function of a name, partial ARN or ARN, with an optional qualifier. Raises UnknownFunction.

    An alias with weights answers with one of its versions, at random.
    """
    account, region, name, own = _parts(account, region, named)
    qualifier = qualifier or own
    asked = f"arn:aws:lambda:{region}:{account}:function:{name}" + (f":{qualifier}" if qualifier else "")
    with LOCK:
        backend = lambda_backends[account][region] if account in lambda_backends else None
        if backend is None or name not in backend._lambdas._functions:
            raise UnknownFunction(asked)
        try:
            found = backend.get_function(name, _version(backend, name, qualifier))
        except LambdaClientError:
            raise UnknownFunction(asked) from None
        return _taken(account, region, qualifier, found, backend._lambdas._functions[name]["latest"])


def _parts(account: str, region: str, named: str) -> tuple[str, str, str, str]:
    if named.startswith("arn:"):
        parts = named.split(":")
        return parts[4], parts[3], parts[6], parts[7] if len(parts) > 7 else ""
    if ":function:" in named:
        owner, _, rest = named.partition(":function:")
        name, _, qualifier = rest.partition(":")
        return owner, region, name, qualifier
    name, _, qualifier = named.partition(":")
    return account, region, name, qualifier


def _version(backend: Any, name: str, qualifier: str) -> str | None:
    """The version that a qualifier means now."""
    for alias in list(backend._lambdas.list_aliases(name)):
        if alias.name == qualifier:
            weights = (alias.routing_config or {}).get("AdditionalVersionWeights") or {}
            number = random.random()  # noqa: S311
            for version, weight in weights.items():
                if number < float(weight):
                    return str(version)
                number -= float(weight)
            return str(alias.function_version)
    return qualifier or None


def _taken(account: str, region: str, qualifier: str, found: Any, latest: Any) -> Function:
    newest = (latest or found).event_invoke_config
    asynchronous = newest[-1].config if newest else {}
    destinations = asynchronous.get("DestinationConfig") or {}
    reserved = (latest or found).reserved_concurrency
    return Function(
        account=account,
        region=region,
        name=found.function_name,
        version=str(found.version),
        qualifier=qualifier,
        handler=found.handler or "",
        runtime=found.run_time or "",
        timeout=float(found.timeout),
        memory=int(found.memory_size),
        variables=dict(found.environment_vars or {}),
        role=found.role,
        code=getattr(found, "code_bytes", b""),
        sha=found.code_sha_256,
        reserved=None if reserved is None else int(reserved),
        logging=dict(getattr(found, "slipway_logging", None) or {}),
        retries=int(asynchronous.get("MaximumRetryAttempts", RETRIES)),
        max_age=float(asynchronous.get("MaximumEventAgeInSeconds", MAX_AGE_SECONDS)),
        dead_letter=(getattr(found, "slipway_dead_letter", None) or {}).get("TargetArn", ""),
        on_success=(destinations.get("OnSuccess") or {}).get("Destination", ""),
        on_failure=(destinations.get("OnFailure") or {}).get("Destination", ""),
        policy=tuple(dict(statement) for statement in found.policy.statements),
        image=str(found.code.get("ImageUri", "")) if found.package_type == "Image" else "",
    )
