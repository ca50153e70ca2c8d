"""What proves who asks: SigV4 by botocore's own signer, an API key, a token, or nothing."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

from slipway.errors import InputError, SlipwayError

AuthKind = Literal["aws_iam", "api_key", "cognito", "open"]
API_KEY, TOKEN = "SLIPWAY_LOAD_API_KEY", "SLIPWAY_LOAD_TOKEN"
"""Environment variables with the API key and the Cognito token: on a command line every user of the machine could read them."""
_SECRETS = {"api_key": API_KEY, "cognito": TOKEN}


@dataclass(frozen=True)
class Auth:
    """How requests are authorized; picklable, so that every client process can sign for itself.

    `service` and `region` are those of the signature (aws_iam). `local_account`: the account of a local AWS, whose access key is the
    account id; else the usual credential chain, which also renews expiring credentials. `secret`: the API key or the token.
    """

    kind: AuthKind
    service: str = ""
    region: str = ""
    local_account: str = ""
    profile: str | None = None
    secret: str = field(default="", repr=False)


def secret_of(kind: AuthKind) -> str:
    """The API key or token in the environment; empty for the other kinds. InputError when it is missing."""
    variable = _SECRETS.get(kind)
    value = os.environ.get(variable, "") if variable else ""
    if variable and not value:
        raise InputError(f"--auth {kind} needs the environment variable {variable}", fix=f"read -rs {variable}; export {variable}")
    return value


class Signer:
    """Makes the headers of requests to one URL."""

    def __init__(self, auth: Auth, clock: Callable[[], float] = time.time) -> None:
        self._auth, self._clock = auth, clock
        self._credentials: Any = _credentials(auth) if auth.kind == "aws_iam" else None
        self._signed: dict[int, tuple[int, dict[str, str]]] = {}

    def headers(self, key: int, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """`headers` and what authorizes them. `key` stands for this very request.

        A SigV4 signature covers the time in whole seconds, so within a second the same request has the same signature: it is made
        once per second and request, byte for byte what signing each one would give.
        """
        if self._auth.kind == "api_key":
            return {**headers, "x-api-key": self._auth.secret}
        if self._auth.kind == "cognito":
            return {**headers, "Authorization": self._auth.secret}
        if self._auth.kind == "open":
            return dict(headers)
        second = int(self._clock())
        kept = self._signed.get(key)
        if kept is None or kept[0] != second:
            self._signed[key] = kept = (second, self.sign(url, headers, body))
        return kept[1]

    def sign(self, url: str, headers: Mapping[str, str], body: bytes) -> dict[str, str]:
        """`headers` with a SigV4 signature of now."""
        from botocore.auth import SigV4Auth
        from botocore.awsrequest import AWSRequest

        request: Any = AWSRequest("POST", url, headers=dict(headers), data=body)
        SigV4Auth(self._credentials.get_frozen_credentials(), self._auth.service, self._auth.region).add_auth(request)
        return dict(request.headers.items())


def _credentials(auth: Auth) -> Any:
    from botocore.credentials import Credentials
    from botocore.session import Session

    if auth.local_account:
        return Credentials(auth.local_account, "local")
    found = Session(profile=auth.profile or os.environ.get("AWS_PROFILE")).get_credentials()
    if found is None:
        raise SlipwayError("no AWS credentials to sign requests with", fix="sign in, or name a profile (AWS_PROFILE)")
    return found
