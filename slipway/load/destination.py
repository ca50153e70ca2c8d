"""Where the requests of a load test go: an endpoint's InvokeEndpoint, or any URL such as an API's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from modules.api.spec import api_name
from slipway.contract.cases import Case
from slipway.errors import InputError
from slipway.load.signing import Auth, AuthKind, secret_of
from slipway.load.wire import require_sendable

if TYPE_CHECKING:
    from slipway.artifacts.account import Account
    from slipway.invoke.endpoint import Endpoint

_API_HOST = re.compile(r"\.execute-api\.[a-z0-9-]+\.amazonaws\.com(\.cn)?$")


@dataclass(frozen=True)
class Destination:
    """`name`: the endpoint's whole name, or the URL. `unwraps`: ModelError holds the container's own answer."""

    kind: str
    name: str
    url: str
    auth: Auth
    unwraps: bool = False
    headers: dict[str, str] = field(default_factory=dict)
    variant: str = ""
    host: str = ""

    def as_dict(self, environment: str) -> dict[str, str]:
        """For the report; no secret is in it."""
        return {
            "environment": environment,
            "kind": self.kind,
            "name": self.name,
            "url": self.url,
            "auth": self.auth.kind,
            "variant": self.variant,
        }


def is_url(named: str) -> bool:
    """Whether TARGET is a URL, not an endpoint."""
    return named.startswith(("http://", "https://"))


def endpoint(account: Account, named: str, *, variant: str = "", target_model: str = "") -> Destination:
    """InvokeEndpoint of an endpoint that serves. InputError when it is not there, SlipwayError when it does not answer."""
    from slipway.invoke.endpoint import find_endpoint

    found = find_endpoint(account, named)
    if found.hosting != "sagemaker":
        text = f"{named} is hosted by {found.hosting}: SageMaker does not answer for it"
        raise InputError(text, fix="load it through the API: --through api")
    found.require_serving()
    _require_real_time(account, found, variant)
    client = account.client("sagemaker-runtime")
    url = f"{client.meta.endpoint_url.rstrip('/')}/endpoints/{quote(found.name)}/invocations"
    headers = _headers(variant, target_model)
    return Destination("endpoint", found.name, url, _iam(account, "sagemaker"), True, headers, variant)


def _require_real_time(account: Account, found: Endpoint, variant: str) -> None:
    """InputError for an asynchronous endpoint, whose answers lie in S3, and for a variant that it does not have."""
    client = account.client("sagemaker")
    if "AsyncInferenceConfig" in client.describe_endpoint_config(EndpointConfigName=found.config):
        text = f"endpoint {found.name} is asynchronous: its answers go to S3, not to the caller"
        raise InputError(text, fix="load a real-time endpoint, or the API in front of this one by its URL")
    if variant:
        described = client.describe_endpoint(EndpointName=found.name)
        known = sorted(item["VariantName"] for item in described.get("ProductionVariants", ()))
        if variant not in known:
            raise InputError(f"endpoint {found.name} has no variant {variant}", fix=f"variants there: {', '.join(known)}")


def api(account: Account, named: str, *, variant: str = "", target_model: str = "") -> Destination:
    """An endpoint through the environment's API. InputError when the API does not offer it, SlipwayError when it is not deployed."""
    from slipway.invoke.api import endpoint_url, find_api

    spec = account.config.api
    kind = spec.authorization.kind if spec is not None else "open"
    secret = secret_of(kind)
    local_url = account.client("sts").meta.endpoint_url if account.is_local else None
    found = find_api(account, local_url=local_url, key=secret, token=secret)
    address = endpoint_url(account, found, named)
    if spec is not None and spec.endpoints[named].method != "POST":
        raise InputError(
            f"the API takes {spec.endpoints[named].method} for {named}; a load test sends POST", fix="name the endpoint without --through"
        )
    headers = _headers(variant, target_model)
    auth = _iam(account, "execute-api") if kind == "aws_iam" else Auth(kind, secret=found.key or found.token)
    return Destination("api", f"{named} through {api_name(account.naming)}", address, auth, False, headers, variant, found.host)


def through_api(cases: Sequence[Case]) -> tuple[Case, ...]:
    """The cases as the API answers them: a refusal has the status that the API maps it to."""
    from slipway.invoke.api import expected_through_api

    return tuple(replace(case, expect=expected_through_api(case.expect)) for case in cases)


def url(account: Account, address: str, kind: AuthKind | None = None) -> Destination:
    """A URL. Without `kind`: aws_iam where API Gateway answers by its own name or in the local AWS, else open. InputError for no URL."""
    parts = urlsplit(address)
    try:
        port_is_right = parts.port is None or parts.port > 0
    except ValueError:
        port_is_right = False
    sendable = re.fullmatch(r"[!-~]+", address) is not None
    if not sendable or not parts.hostname or not port_is_right or parts.fragment or parts.username:
        raise InputError(f"{address} is no URL that can be asked", fix="write https://HOST/STAGE/PATH")
    local = "/_user_request_/" in parts.path
    kind = kind or ("aws_iam" if local or _API_HOST.search(parts.hostname) else "open")
    if kind in ("api_key", "cognito") and parts.scheme == "http" and parts.hostname not in ("127.0.0.1", "localhost", "::1"):
        raise InputError(f"--auth {kind} would send a secret over plain http to {parts.hostname}", fix="use https")
    auth = _iam(account, "execute-api") if kind == "aws_iam" else Auth(kind, secret=secret_of(kind))
    return Destination("url", address, address, auth)


def _headers(variant: str, target_model: str) -> dict[str, str]:
    """InvokeEndpoint's own headers, which the API passes on."""
    given = {"X-Amzn-SageMaker-Target-Variant": variant, "X-Amzn-SageMaker-Target-Model": target_model}
    return {name: value for name, value in given.items() if value}


def _iam(account: Account, service: str) -> Auth:
    config = account.config
    return Auth("aws_iam", service, config.region, config.account_id if account.is_local else "")


def chosen_cases(cases: Sequence[Case], names: Sequence[str], where: str) -> tuple[Case, ...]:
    """The named cases, refusals among them; without names those the model answers. InputError for an unknown name or none left."""
    sendable = [case for case in cases if case.method == "POST" and case.path == "/invocations"]
    for case in sendable:
        require_sendable(case.all_headers(), f"{where}, case {case.name!r}")
    if not names:
        found = tuple(case for case in sendable if case.succeeds and not case.takes)
        if not found:
            raise InputError(f"{where} has no case that the model is expected to answer", fix="name one with --case")
        return found
    known = {case.name: case for case in sendable}
    for name in names:
        if name not in known:
            raise InputError(f"{where} has no case {name!r} that an endpoint can be sent", fix=f"cases there: {', '.join(known) or 'none'}")
    return tuple(known[name] for name in dict.fromkeys(names))
