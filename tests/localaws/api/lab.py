"""REST APIs of the local AWS, made with boto3, and requests to them."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from dataclasses import dataclass
from typing import Any

from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from tests.localaws.functions.lab import ACCOUNT, REGION, Functions

TELLS = """
import json
def handle(event, context):
    return {"statusCode": 200, "body": json.dumps(event)}
"""
_opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))


@dataclass(frozen=True)
class Reply:
    """An HTTP answer."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.body)

    @property
    def error(self) -> str:
        """What `x-amzn-ErrorType` says."""
        return self.headers.get("x-amzn-errortype", "")


class ApiLab:
    """One API with the stage `v1`; a function `f` that tells what it was asked behind it."""

    def __init__(self, functions: Functions, url: str) -> None:
        self.functions = functions
        self.api = functions.client("apigateway")
        self.server = url
        made = self.api.create_rest_api(name="api", binaryMediaTypes=["image/*", "application/x-npy"])
        self.id, self.root = made["id"], made["rootResourceId"]
        self._paths = {"/": self.root}

    def function(self, code: str = TELLS, **options: Any) -> None:
        """The function behind the API, which the API may invoke."""
        self.functions.make(code, **options)
        self.functions.api.add_permission(
            FunctionName="f",
            StatementId="api",
            Action="lambda:InvokeFunction",
            Principal="apigateway.amazonaws.com",
            SourceArn=f"arn:aws:execute-api:{REGION}:{ACCOUNT}:{self.id}/v1/*",
        )

    def resource(self, path: str) -> str:
        """The id of a path, made with everything above it."""
        if path not in self._paths:
            parent, _, part = path.rpartition("/")
            made = self.api.create_resource(restApiId=self.id, parentId=self.resource(parent or "/"), pathPart=part)
            self._paths[path] = made["id"]
        return self._paths[path]

    def method(self, path: str = "/p", verb: str = "POST", *, auth: str = "NONE", timeout: int = 29_000, **options: Any) -> None:
        """A method that invokes the function."""
        at = {"restApiId": self.id, "resourceId": self.resource(path), "httpMethod": verb}
        self.api.put_method(**at, authorizationType=auth, **options)
        arn = f"arn:aws:lambda:{REGION}:{ACCOUNT}:function:f"
        uri = f"arn:aws:apigateway:{REGION}:lambda:path/2015-03-31/functions/{arn}/invocations"
        self.api.put_integration(**at, type="AWS_PROXY", integrationHttpMethod="POST", uri=uri, timeoutInMillis=timeout)

    def deploy(self, stage: str = "v1", **options: Any) -> str:
        """Freeze what there is and put it into the stage; the deployment's id."""
        deployment = str(self.api.create_deployment(restApiId=self.id)["id"])
        if stage in {one["stageName"] for one in self.api.get_stages(restApiId=self.id)["item"]}:
            self.patch(("replace", "/deploymentId", deployment))
        else:
            self.api.create_stage(restApiId=self.id, stageName=stage, deploymentId=deployment, **options)
        return deployment

    def patch(self, *operations: tuple[str, str, str]) -> None:
        """Change the stage."""
        told = [{"op": kind, "path": path, "value": value} for kind, path, value in operations]
        self.api.update_stage(restApiId=self.id, stageName="v1", patchOperations=told)

    def url(self, path: str = "/p") -> str:
        """The local address of a path."""
        return f"{self.server}/restapis/{self.id}/v1/_user_request_{path}"

    def send(
        self, path: str = "/p", body: bytes = b"{}", *, verb: str = "POST", signer: tuple[str, str] | None = None, **more: str
    ) -> Reply:
        """One request, not signed unless `signer` says with what."""
        return signed_fetch(verb, self.url(path), body, signer=signer, **more)


def signed_fetch(
    verb: str,
    url: str,
    body: bytes,
    *,
    signer: tuple[str, str] | None = (ACCOUNT, "local"),
    service: str = "execute-api",
    region: str = REGION,
    **headers: str,
) -> Reply:
    """One request, signed with access key and secret unless `signer` is None. A header's underscores are hyphens."""
    told = {"Content-Type": "application/json", **{name.replace("_", "-"): value for name, value in headers.items()}}
    request = AWSRequest(verb, url, data=body, headers=told)
    if signer:
        SigV4Auth(Credentials(*signer), service, region).add_auth(request)
    return fetch(verb, url, body, dict(request.headers))


def fetch(verb: str, url: str, body: bytes, headers: dict[str, str]) -> Reply:
    """Send exactly this."""
    asked = urllib.request.Request(url, data=body or None, headers=headers, method=verb)
    try:
        found: Any = _opener.open(asked, timeout=60)
    except urllib.error.HTTPError as error:
        found = error
    with found:
        return Reply(found.status, {name.lower(): value for name, value in found.headers.items()}, found.read())
