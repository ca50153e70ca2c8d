"""What a request asks for: service, action, account. Read from the headers and the form, as AWS does it."""

from __future__ import annotations

import io
import re
from dataclasses import dataclass, replace
from typing import Any
from urllib.parse import parse_qs, unquote

from slipway.localaws.services import RUNTIME, SERVICES, Protocol, Service

Environ = dict[str, Any]

_SCOPE = re.compile(r"Credential=([^/,\s]+)/\d{8}/([^/]+)/([^/]+)/aws4_request")
_ACCOUNT = re.compile(r"\d{12}")
_INVOCATIONS = re.compile(r"/endpoints/[^/]+/(async-)?invocations(-response-stream)?$")
_FEDERATED = ("AssumeRoleWithSAML", "AssumeRoleWithWebIdentity")
_READS = re.compile(r"(Describe|Get|List|BatchGet|BatchCheck|Query|Scan|Filter|Lookup|Simulate|Validate|Head)")


@dataclass(frozen=True)
class Call:
    """One API call.

    `signing_name` is empty for an unsigned request and `service` is None when the local AWS has no such service.
    `account` is the caller's account id if the access key id is one (12 digits), else None. `region` is that of the signature,
    empty for an unsigned request.
    `action` is empty where only the path tells it (S3).
    """

    method: str
    path: str
    query: str
    body: bytes
    signing_name: str
    service: Service | None
    action: str
    account: str | None
    region: str = ""

    @property
    def protocol(self) -> Protocol:
        """The protocol that an error must follow; for an unknown service, the one that the request looks like."""
        if self.service:
            return self.service.protocol
        if self.signing_name == "ec2":
            return "ec2"
        if self.method == "POST" and self.action:
            return "query" if b"Action=" in self.body else "json"
        return "rest-json"

    @property
    def label(self) -> str:
        """How messages and logs name the call, such as `sagemaker UpdateEndpoint`."""
        name = self.service.name if self.service else self.signing_name
        return f"{name} {self.action or f'{self.method} {self.path}'}"

    @property
    def mutates(self) -> bool:
        """Whether the call may change state."""
        return not _READS.match(self.action) if self.action else self.method not in ("GET", "HEAD", "OPTIONS")


def read_body(environ: Environ) -> bytes:
    """Read the whole body and put it back, so that nothing stays on the connection whatever the handler does."""
    stream = environ["wsgi.input"]
    if environ.get("wsgi.input_terminated"):
        body: bytes = stream.read()
    else:
        body = stream.read(int(environ.get("CONTENT_LENGTH") or 0))
    environ["wsgi.input"] = io.BytesIO(body)
    environ["CONTENT_LENGTH"] = str(len(body))
    environ.pop("HTTP_TRANSFER_ENCODING", None)
    environ["wsgi.input_terminated"] = False
    return body


def read_call(environ: Environ) -> Call:
    """Describe the request; its body is read in full and stays readable."""
    body = read_body(environ)
    path, query = environ.get("PATH_INFO", "/"), environ.get("QUERY_STRING", "")
    access_key, region, signing_name = _credential(environ, query)
    action = _action(environ, query, body)
    return Call(
        method=environ["REQUEST_METHOD"],
        path=path,
        query=query,
        body=body,
        signing_name=signing_name,
        service=_spoken(_service(signing_name, path, action), environ),
        action=action,
        account=access_key if _ACCOUNT.fullmatch(access_key) else None,
        region=region,
    )


def _credential(environ: Environ, query: str) -> tuple[str, str, str]:
    """Access key id, region and signing name, of a signed header or a presigned URL."""
    text: str = environ.get("HTTP_AUTHORIZATION", "")
    if "X-Amz-Credential" in query:
        text = "Credential=" + unquote(parse_qs(query)["X-Amz-Credential"][0])
    match = _SCOPE.search(text)
    return (match.group(1), match.group(2), match.group(3).lower()) if match else ("", "", "")


def _action(environ: Environ, query: str, body: bytes) -> str:
    target: str = environ.get("HTTP_X_AMZ_TARGET", "")
    if target:
        return target.rpartition(".")[2]
    form = query
    if environ.get("CONTENT_TYPE", "").startswith("application/x-www-form-urlencoded"):
        form = body.decode("utf-8", "replace") or query
    return parse_qs(form).get("Action", [""])[0] if "Action=" in form else ""


def _service(signing_name: str, path: str, action: str) -> Service | None:
    if not signing_name:
        return SERVICES["sts" if action in _FEDERATED else "s3"]
    if signing_name == "sagemaker" and _INVOCATIONS.search(path):
        return RUNTIME
    return SERVICES.get(signing_name)


def _spoken(service: Service | None, environ: Environ) -> Service | None:
    """The service with the protocol of this request: newer SDKs speak JSON to services that began with Query."""
    if service and service.protocol == "query" and environ.get("CONTENT_TYPE", "").startswith("application/x-amz-json"):
        return replace(service, protocol="json")
    return service
