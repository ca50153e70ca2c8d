"""Asks an endpoint through the environment's API: signed with Signature Version 4, or with an API key or a token.

`find_api` looks the API up by its name, `ask_api` sends one request, `check_cases` a case file.
"""

from __future__ import annotations

import socket
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from typing import Any

from modules._shared.expected import Expected
from modules.api.function.faults import from_model
from modules.api.spec import api_name, stage_name
from slipway.artifacts.account import Account, error_code, explain
from slipway.contract.cases import Case
from slipway.errors import InputError, SlipwayError
from slipway.invoke.call import Answer, Call
from slipway.invoke.many import CaseResult

SERVICE = "execute-api"
TIMEOUT_SECONDS = 35
"""Longer than the 29 seconds after which API Gateway itself answers 504."""
_VARIANT = "x-amzn-invoked-production-variant"
_HEADERS = {
    "variant": "X-Amzn-SageMaker-Target-Variant",
    "target_model": "X-Amzn-SageMaker-Target-Model",
    "inference_id": "X-Amzn-SageMaker-Inference-Id",
    "custom_attributes": "X-Amzn-SageMaker-Custom-Attributes",
}


@dataclass(frozen=True)
class Api:
    """The API of an environment. `url` ends without a slash, above the path of an endpoint; `host` is sent in place of the URL's, if set.

    `kind` is that of `api.authorization`; `key` and `token` are sent where they are not empty.
    """

    id: str
    url: str
    kind: str
    host: str = ""
    key: str = ""
    token: str = ""


def api_url(api_id: str, region: str, stage: str, local_url: str | None = None) -> str:
    """The invoke URL of a stage: API Gateway's own, as in the output `api_invoke_url`, or the local AWS's."""
    if local_url is not None:
        return f"{local_url.rstrip('/')}/restapis/{api_id}/{stage}/_user_request_"
    suffix = ".cn" if region.startswith("cn-") else ""
    return f"https://{api_id}.execute-api.{region}.amazonaws.com{suffix}/{stage}"


def find_api(account: Account, *, local_url: str | None = None, key: str = "", token: str = "") -> Api:
    """The deployed API of the environment. `key`: name or value of an API key; a name is looked up.

    InputError when the environment has no API, or the key it needs is not named; SlipwayError when it is not deployed.
    """
    config = account.config
    if config.api is None:
        raise InputError(f"{config.name} has no API", fix=f"add `api:` to environments/{config.name}.yaml, or leave out --through api")
    kind = config.api.authorization.kind
    if kind == "api_key" and not key:
        raise InputError(f"the API of {config.name} wants a key", fix="name one of `api.authorization.usage_plans`: --api-key NAME")
    if kind == "cognito" and not token:
        raise InputError(f"the API of {config.name} wants a token of its user pool", fix="--token TOKEN, an identity token")
    found = _api_id(account)
    name = config.api.domain.domain_name if config.api.domain else ""
    below = f"/{config.api.domain.base_path}" if config.api.domain and config.api.domain.base_path else ""
    url = api_url(found, config.region, stage_name(config.naming), local_url)
    if name:
        url = f"{local_url.rstrip('/') if local_url else f'https://{name}'}{below}"
    return Api(found, url, kind, name if local_url else "", _key_value(account, key) if key else "", token)


def endpoint_url(account: Account, api: Api, endpoint: str) -> str:
    """The URL of an endpoint of `api.endpoints`. InputError when the API does not offer it."""
    offered = account.config.api.endpoints if account.config.api else {}
    if endpoint not in offered:
        known = ", ".join(sorted(offered))
        raise InputError(f"the API of {account.config.name} does not offer {endpoint}", fix=f"endpoints there: {known}")
    return api.url + offered[endpoint].route(endpoint)


class ApiClient:
    """Sends requests to one endpoint of an API; safe for several threads at a time."""

    def __init__(self, account: Account, api: Api, endpoint: str, connections: int = 1) -> None:
        from botocore.httpsession import URLLib3Session

        self.api = api
        self.name = endpoint
        self.url = endpoint_url(account, api, endpoint)
        self.method = account.config.api.endpoints[endpoint].method if account.config.api else "POST"
        self._signer = _signer(account) if api.kind == "aws_iam" else None
        at_once: Any = [(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)]  # or the body waits 40 ms for the acknowledgement of the headers
        self._session: Any = URLLib3Session(timeout=TIMEOUT_SECONDS, max_pool_connections=connections, socket_options=at_once)

    def ask(self, call: Call) -> Answer:
        """Send one request. What API, function and model answer is an answer, whatever its status; SlipwayError when nothing does."""
        from botocore.exceptions import BotoCoreError, HTTPClientError

        request = self._prepared(call)
        started = time.monotonic()
        try:
            found = self._session.send(request)
            body = found.content
        except (BotoCoreError, HTTPClientError) as error:
            raise SlipwayError(f"nothing answers at {self.url}: {error}", fix="is the API deployed, and the network open to it?") from None
        seconds = time.monotonic() - started
        headers = {name.lower(): value for name, value in found.headers.items()}
        return Answer(found.status_code, body, headers.get("content-type", ""), headers.get(_VARIANT, ""), seconds)

    def _prepared(self, call: Call) -> Any:
        from botocore.awsrequest import AWSRequest

        headers = {"Content-Type": call.content_type, "Accept": call.accept, "Host": self.api.host}
        headers |= {header: getattr(call, name) for name, header in _HEADERS.items()}
        headers |= {"x-api-key": self.api.key, "Authorization": self.api.token}
        request = AWSRequest(self.method, self.url, headers={name: value for name, value in headers.items() if value}, data=call.body)
        if self._signer is not None:
            self._signer.add_auth(request)
        return request.prepare()


def ask_api(account: Account, api: Api, endpoint: str, call: Call) -> Answer:
    """Send one request through the API."""
    return ApiClient(account, api, endpoint).ask(call)


def require_success(api: Api, endpoint: str, answer: Answer) -> None:
    """SlipwayError with the API's own status and body when there is no prediction."""
    if answer.status < 400:
        return
    fixes = {
        401: "give a token that has not expired: --token TOKEN",
        403: "use credentials of the API's account that may call execute-api:Invoke, or a key of a usage plan",
        404: "deploy the endpoint, or correct `api.endpoints`",
        413: "send less at a time; `api.endpoints.<name>.max_request_bytes` is the limit",
        415: "send one of `api.endpoints.<name>.content_types`",
        429: "send fewer requests at a time, or raise `api.throttle`",
    }
    message = f"{endpoint} through API {api.id} answered {answer.status}: {answer.text.strip()[:600] or 'nothing'}"
    raise SlipwayError(message, fix=fixes.get(answer.status, ""), details={"status": answer.status, "body": answer.text})


def check_cases(client: ApiClient, cases: Sequence[Case], call: Call, concurrency: int) -> list[CaseResult]:
    """Send every case once through the API; variant and target model come from `call`."""
    with ThreadPoolExecutor(concurrency) as pool:
        return list(pool.map(lambda case: _check(client, case, call), cases))


def expected_through_api(wanted: Expected) -> Expected:
    """What the API makes of a container's answer: of a refusal the status it maps it to, and a body of its own."""
    if wanted.status < 400:
        return wanted
    return Expected(status=from_model(wanted.status).status)


def _check(client: ApiClient, case: Case, call: Call) -> CaseResult:
    if case.method != "POST" or case.path != "/invocations":
        return CaseResult(case, None, f"an endpoint cannot be sent {case.method} {case.path}")
    sent = replace(call, body=case.body, content_type=case.content_type or "", accept=case.accept or "")
    answer = client.ask(sent)
    wanted = expected_through_api(case.expect)
    return CaseResult(case, answer, wanted.difference(answer.status, answer.content_type, answer.body))


def _api_id(account: Account) -> str:
    from botocore.exceptions import ClientError

    name = api_name(account.naming)
    try:
        pages = account.client("apigateway").get_paginator("get_rest_apis").paginate()
        found = [item["id"] for page in pages for item in page["items"] if item["name"] == name]
    except ClientError as error:
        raise explain(error, f"cannot look for the API {name}", account) from None
    if not found:
        raise SlipwayError(f"there is no API {name} in account {account.config.account_id}", fix=f"slipway deploy {account.config.name}")
    if len(found) > 1:
        raise SlipwayError(f"there are {len(found)} APIs called {name}: {', '.join(found)}", fix="delete those that Slipway has not made")
    return str(found[0])


def _key_value(account: Account, key: str) -> str:
    """The value of the API key of that name, in the plan or with the environment's prefix; otherwise `key` is the value itself."""
    from botocore.exceptions import ClientError

    names = (key, account.naming.name("api", key), account.naming.name(key))
    try:
        pages = account.client("apigateway").get_paginator("get_api_keys").paginate(includeValues=True)
        found = {item["name"]: item["value"] for page in pages for item in page["items"] if item.get("value")}
    except ClientError as error:
        if error_code(error) not in ("AccessDenied", "AccessDeniedException"):
            raise explain(error, "cannot read the API keys", account) from None
        return key
    return next((str(found[name]) for name in names if name in found), key)


def _signer(account: Account) -> Any:
    from botocore.auth import SigV4Auth

    credentials = account.credentials()
    if credentials is None:
        raise SlipwayError("there are no credentials to sign with", fix="sign in, or set AWS_PROFILE")
    return SigV4Auth(credentials, SERVICE, account.config.region)
