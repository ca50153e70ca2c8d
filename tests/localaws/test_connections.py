"""CodeConnections under both its names, and the pages by which an owner completes a connection."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from botocore.exceptions import ClientError

from slipway.localaws import connections


def post(url: str, page: str, **asked: str) -> dict[str, Any]:
    request = urllib.request.Request(f"{url}/_slipway/{page}?{urlencode(asked)}", method="POST")
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=10) as answer:
        return dict(json.load(answer))


@pytest.mark.parametrize("service", ["codeconnections", "codestar-connections"])
def test_a_connections_life(client: Any, url: str, service: str) -> None:
    api = client(service)
    made = api.create_connection(ConnectionName="c", ProviderType="GitHub", Tags=[{"Key": "a", "Value": "1"}])
    arn = made["ConnectionArn"]
    assert arn.startswith(f"arn:aws:{service}:eu-west-1:111111111111:connection/") and made["Tags"] == [{"Key": "a", "Value": "1"}]
    assert api.get_connection(ConnectionArn=arn)["Connection"]["ConnectionStatus"] == "PENDING"
    assert post(url, "connections/complete", arn=arn)["ConnectionStatus"] == "AVAILABLE"
    api.tag_resource(ResourceArn=arn, Tags=[{"Key": "b", "Value": "2"}])
    api.untag_resource(ResourceArn=arn, TagKeys=["a", "absent"])
    assert api.list_tags_for_resource(ResourceArn=arn)["Tags"] == [{"Key": "b", "Value": "2"}]
    api.create_connection(ConnectionName="d", ProviderType="Bitbucket")
    assert [one["ConnectionName"] for one in api.list_connections(ProviderTypeFilter="GitHub")["Connections"]] == ["c"]
    first = api.list_connections(MaxResults=1)
    assert [one["ConnectionName"] for one in api.list_connections(NextToken=first["NextToken"])["Connections"]] == ["d"]
    other = client("codeconnections" if service == "codestar-connections" else "codestar-connections")
    assert other.get_connection(ConnectionArn=arn)["Connection"]["ConnectionName"] == "c"
    api.delete_connection(ConnectionArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        api.get_connection(ConnectionArn=arn)
    with pytest.raises(ClientError, match="NotImplementedLocally"):
        client("codeconnections").list_hosts()


def test_what_is_wrong_is_refused(client: Any, url: str, tmp_path: Path) -> None:
    with pytest.raises(ClientError, match="InvalidInputException"):
        client("codeconnections").create_connection(ConnectionName="c")
    for page, asked, code in (
        ("connections/complete", {"arn": "arn:aws:codeconnections:eu-west-1:111111111111:connection/none"}, 404),
        ("connections/complete", {"arn": "x"}, 404),
        ("repositories", {"id": "o/n", "path": str(tmp_path)}, 400),
    ):
        with pytest.raises(urllib.error.HTTPError) as caught:
            post(url, page, **asked)
        assert caught.value.code == code


def test_repositories_have_a_place_of_their_own(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "project_root", lambda: tmp_path)
    assert connections.repository("owner/name") is None
    placed = tmp_path / ".slipway" / "local" / "repositories" / "owner" / "name.git"
    placed.mkdir(parents=True)
    assert connections.repository("owner/name") == placed
    bare = tmp_path / "bare"
    bare.mkdir()
    (bare / "HEAD").touch()
    assert post(url, "repositories", id="owner/other", path=str(bare)) == {"id": "owner/other", "path": str(bare)}
    assert connections.repository("owner/other") == bare
