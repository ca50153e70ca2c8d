"""Credentials of the wrong account are refused before anything is read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from slipway.deploy.account import check_account
from slipway.deploy.deploy import bootstrap_only, deploy
from slipway.deploy.destroy import destroy
from slipway.deploy.outputs import read_outputs
from slipway.deploy.preview import preview
from slipway.deploy.target import Target
from slipway.errors import SlipwayError

YES = lambda _review: True  # noqa: E731


class Elsewhere:
    """STS of another account; every other service must not be asked."""

    def get_caller_identity(self) -> dict[str, str]:
        return {"Account": "999999999999", "Arn": "arn:aws:iam::999999999999:user/eve"}


@pytest.mark.parametrize(
    "operation", [preview, read_outputs, lambda t: deploy(t, YES), lambda t: bootstrap_only(t, YES), lambda t: destroy(t, YES)]
)
def test_wrong_account_is_refused_before_anything_is_read(
    make_target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch, operation: Callable[[Target], Any]
) -> None:
    target = make_target({"state": {}, "shared": {}})
    asked: list[str] = []

    def client(service: str) -> Any:
        asked.append(service)
        return Elsewhere()

    monkeypatch.setattr(target, "client", client)
    with pytest.raises(SlipwayError, match=r"account 999999999999 .*, but dev is account 111111111111; nothing was read"):
        operation(target)
    assert asked == ["sts"]


def test_no_answer_and_no_credentials_are_told(make_target: Callable[..., Target], monkeypatch: pytest.MonkeyPatch) -> None:
    target = make_target({"state": {}})
    assert check_account(target).endswith(":root") or ":111111111111:" in check_account(target)
    target.url = "http://127.0.0.1:9"
    with pytest.raises(SlipwayError, match=r"local AWS at http://127.0.0.1:9"):
        check_account(target)
    target.url = None
    with pytest.raises(SlipwayError, match=r"cannot ask AWS who is calling: .*credentials"):
        check_account(target)
