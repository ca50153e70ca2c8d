"""AWS CodeConnections, also under its old name CodeStar Connections: connections, their tags, and the repositories that they reach here.

moto has no such service. A connection is PENDING until its owner has completed it, on AWS in the console, here by
`POST /_slipway/connections/complete?arn=ARN`. Which bare git repository on this machine stands for `owner/name` says
`POST /_slipway/repositories?id=owner/name&path=PATH`; without that it is `.slipway/local/repositories/owner/name.git`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from moto.core.base_backend import BackendDict, BaseBackend
from moto.moto_api._internal import mock_random

from slipway.errors import InputError
from slipway.localaws.errors import NOT_IMPLEMENTED, error
from slipway.localaws.record import FOLDER
from slipway.localaws.request import Call
from slipway.localaws.responses import Answer
from slipway.project import project_root

DEFAULT_ACCOUNT = "123456789012"
PROVIDERS = ("Bitbucket", "GitHub", "GitHubEnterpriseServer", "GitLab", "GitLabSelfManaged", "AzureDevOps")
_MOST_TAGS = 200


class Refused(Exception):
    """An error of the service: its code and its message."""


class ConnectionsBackend(BaseBackend):
    """The connections of one account and region, by ARN, under both names of the service."""

    def __init__(self, region_name: str, account_id: str) -> None:
        super().__init__(region_name, account_id)
        self.connections: dict[str, dict[str, Any]] = {}
        self.tags: dict[str, dict[str, str]] = {}

    def find(self, arn: str) -> dict[str, Any]:
        """One connection. Both services show the same ones: an ARN may name either."""
        found = self.connections.get(arn) or self.connections.get(_twin(arn))
        if found is None:
            raise Refused("ResourceNotFoundException", f"Connection not found: {arn}")
        return found


connections_backends: BackendDict[ConnectionsBackend] = BackendDict(ConnectionsBackend, "codestar-connections")
_repositories: dict[str, Path] = {}


def answer(call: Call) -> Answer:
    """The answer to one call, in JSON 1.0."""
    account, region = call.account or DEFAULT_ACCOUNT, call.region
    action = _ACTIONS.get(call.action)
    if action is None:
        return error("json", NOT_IMPLEMENTED, f"The local AWS does not implement {call.label}.")
    try:
        given = json.loads(call.body or b"{}")
        result = action(connections_backends[account][region], call.signing_name, given)
    except Refused as reason:
        code, message = reason.args
        return error("json", code, message)
    return Answer(200, [("Content-Type", "application/x-amz-json-1.0")], json.dumps(result).encode())


def _create(backend: ConnectionsBackend, service: str, given: dict[str, Any]) -> dict[str, Any]:
    provider, host = given.get("ProviderType", ""), given.get("HostArn", "")
    if not host and provider not in PROVIDERS:
        raise Refused("InvalidInputException", f"ProviderType must be one of {', '.join(PROVIDERS)}, or HostArn must name a host.")
    arn = f"arn:aws:{service}:{backend.region_name}:{backend.account_id}:connection/{mock_random.uuid4()}"
    connection = {
        "ConnectionName": given["ConnectionName"],
        "ConnectionArn": arn,
        "ProviderType": provider or "GitHubEnterpriseServer",
        "OwnerAccountId": backend.account_id,
        "ConnectionStatus": "PENDING",
    }
    backend.connections[arn] = connection | ({"HostArn": host} if host else {})
    backend.tags[arn] = {}
    _tag(backend, service, {"ResourceArn": arn, "Tags": given.get("Tags") or []})
    return {"ConnectionArn": arn, "Tags": given.get("Tags") or []}


def _get(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    return {"Connection": backend.find(given["ConnectionArn"])}


def _list(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    wanted = {"ProviderType": given.get("ProviderTypeFilter"), "HostArn": given.get("HostArnFilter")}
    found = [one for one in backend.connections.values() if all(not value or one.get(name) == value for name, value in wanted.items())]
    first = int(given.get("NextToken") or 0)
    last = first + int(given.get("MaxResults") or 100)
    return {"Connections": found[first:last], **({"NextToken": str(last)} if last < len(found) else {})}


def _delete(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    arn = backend.find(given["ConnectionArn"])["ConnectionArn"]
    del backend.connections[arn], backend.tags[arn]
    return {}


def _tag(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    tags = backend.tags[backend.find(given["ResourceArn"])["ConnectionArn"]]
    tags |= {tag["Key"]: tag["Value"] for tag in given["Tags"]}
    if len(tags) > _MOST_TAGS:
        raise Refused("LimitExceededException", f"A connection has {_MOST_TAGS} tags at most.")
    return {}


def _untag(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    tags = backend.tags[backend.find(given["ResourceArn"])["ConnectionArn"]]
    for key in given["TagKeys"]:
        tags.pop(key, None)
    return {}


def _tags(backend: ConnectionsBackend, _service: str, given: dict[str, Any]) -> dict[str, Any]:
    tags = backend.tags[backend.find(given["ResourceArn"])["ConnectionArn"]]
    return {"Tags": [{"Key": key, "Value": value} for key, value in tags.items()]}


_ACTIONS: dict[str, Callable[[ConnectionsBackend, str, dict[str, Any]], dict[str, Any]]] = {
    "CreateConnection": _create,
    "GetConnection": _get,
    "ListConnections": _list,
    "DeleteConnection": _delete,
    "TagResource": _tag,
    "UntagResource": _untag,
    "ListTagsForResource": _tags,
}


def _twin(arn: str) -> str:
    """The same connection under the service's other name."""
    parts = arn.split(":")
    if len(parts) == 6:
        parts[2] = "codestar-connections" if parts[2] == "codeconnections" else "codeconnections"
    return ":".join(parts)


def complete(arn: str) -> dict[str, Any]:
    """Make a connection AVAILABLE, as its owner does in the console. Refused for an unknown one."""
    connection = _owned(arn)
    connection["ConnectionStatus"] = "AVAILABLE"
    return connection


def status(arn: str) -> str:
    """ConnectionStatus of a connection of any account; Refused for an unknown one."""
    return str(_owned(arn)["ConnectionStatus"])


def _owned(arn: str) -> dict[str, Any]:
    parts = arn.split(":")
    if len(parts) != 6 or not parts[3] or not parts[4]:
        raise Refused("ResourceNotFoundException", f"Connection not found: {arn}")
    backend: ConnectionsBackend = connections_backends[parts[4]][parts[3]]
    return backend.find(arn)


def bind_repository(full_id: str, path: Path) -> None:
    """From now on, the git repository at `path` stands for `owner/name`."""
    _repositories[full_id] = path


def repository(full_id: str) -> Path | None:
    """The bare git repository on this machine that stands for `owner/name`; None when there is none."""
    if (bound := _repositories.get(full_id)) is not None:
        return bound
    try:
        root = project_root()
    except InputError:
        root = Path.cwd()
    found = root / FOLDER / "repositories" / f"{full_id}.git"
    return found if found.is_dir() else None
