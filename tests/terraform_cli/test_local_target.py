"""The override that sends a stack to the local AWS."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from slipway.errors import SlipwayError
from slipway.terraform.local_target import PROFILE, local_url, remove_override, write_override

BACKEND = {"bucket": "b", "key": "k", "region": "eu-west-1", "allowed_account_ids": ["111111111111"], "use_lockfile": True}
DOCUMENT: dict[str, Any] = {
    "terraform": {"backend": {"s3": BACKEND}},
    "provider": {"aws": [{"region": "eu-west-1"}, {"alias": "us", "region": "us-east-1"}]},
    "data": {"terraform_remote_state": {"shared": {"backend": "s3", "config": {"bucket": "b", "key": "shared", "region": "eu-west-1"}}}},
}


@dataclass(frozen=True)
class Account:
    account_id: str = "111111111111"


def written(folder: Path, document: dict[str, Any]) -> dict[str, Any]:
    (folder / "cdk.tf.json").write_text(json.dumps(document))
    result: dict[str, Any] = json.loads(write_override(folder, Account(), "http://127.0.0.1:1").read_text())
    return result


def test_every_provider_backend_and_remote_state_is_covered(tmp_path: Path) -> None:
    made = written(tmp_path, DOCUMENT)
    plain, aliased = made["provider"]["aws"]
    assert "alias" not in plain and aliased["alias"] == "us"
    assert plain["access_key"] == "111111111111" and plain["shared_config_files"] == [PROFILE] and plain["profile"] == "default"
    assert (tmp_path / PROFILE).read_text() == "[default]\nendpoint_url = http://127.0.0.1:1\n"
    backend, state = made["terraform"]["backend"]["s3"], made["data"]["terraform_remote_state"]["shared"]["config"]
    assert {**backend, **BACKEND} == backend and (state["key"], state["use_path_style"]) == ("shared", True)
    assert set(backend["endpoints"]) == {"s3", "dynamodb", "sts", "iam"}
    remove_override(tmp_path)
    remove_override(tmp_path)
    assert [file.name for file in tmp_path.iterdir()] == ["cdk.tf.json"]


def test_only_what_the_document_holds_is_overridden(tmp_path: Path) -> None:
    assert written(tmp_path, {"resource": {}}) == {}


def test_where_the_local_aws_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(SlipwayError, match="not running") as caught:
        local_url(tmp_path)
    assert "slipway local up" in caught.value.fix
    (tmp_path / ".slipway" / "local").mkdir(parents=True)
    (tmp_path / ".slipway" / "local" / "server.json").write_text('{"url": "http://127.0.0.1:2/", "pid": 1}')
    assert local_url(tmp_path) == "http://127.0.0.1:2"
    monkeypatch.setenv("SLIPWAY_LOCAL", "http://127.0.0.1:3")
    assert local_url(tmp_path) == "http://127.0.0.1:3"
